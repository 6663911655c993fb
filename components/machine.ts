/** One server with its port and its volumes. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { MachinePlan } from "../plan";
import { isId, type Cloud } from "./cloud";
import type { Network } from "./network";
import type { SecurityGroups } from "./securityGroups";
import { instanceDisks } from "./instanceDisks";

/** What all machines of a cluster stand on. */
export interface MachineSurroundings {
  readonly cloud: Cloud;
  readonly network: Network;
  readonly securityGroups: SecurityGroups;
  /** Name of the Nova key pair of the default user. */
  readonly keyPair: pulumi.Input<string>;
}

/** Arguments of {@link Machine}. */
export interface MachineArgs extends MachineSurroundings {
  readonly plan: MachinePlan;
  /** cloud-init document. */
  readonly userData: pulumi.Input<string>;
  /**
   * Where Nova is told to spread it. It must be made after the rules of the security groups, as a pool's is: the
   * server then waits for it instead of each of them. @default none; the server waits for the rules itself
   */
  readonly serverGroup?: openstack.compute.ServerGroup;
  /** Refuse deletion of the server and its port. @default false */
  readonly protect?: boolean;
  /** Refuse deletion of persistent volumes: they hold data whatever the machine is. @default false */
  readonly protectVolumes?: boolean;
  /** A machine that must be finished before this one is touched. */
  readonly after?: Machine;
}

/**
 * What never changes an existing server. Each of these would rebuild or replace it, its disk included, and a new
 * default image or key is no reason to lose a node: only machines made afterwards get the new value.
 */
const ONLY_FOR_NEW_SERVERS = [
  "imageId",
  "imageName",
  "userData",
  "keyPair",
  "availabilityZone",
  "schedulerHints",
  "configDrive",
  "blockDevices",
];

export class Machine extends pulumi.ComponentResource {
  readonly plan: MachinePlan;
  readonly instanceId: pulumi.Output<string>;
  readonly portId: pulumi.Output<string>;
  /** Address in the cluster's subnet. */
  readonly address: pulumi.Output<string>;
  readonly availabilityZone: pulumi.Output<string>;

  private readonly instance: openstack.compute.Instance;

  constructor(name: string, args: MachineArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:compute:Machine", name, {}, opts);
    this.plan = args.plan;
    const port = this.createPort(name, args);
    this.instance = this.createInstance(name, args, port);
    this.attachVolumes(name, args);
    this.instanceId = this.instance.id;
    this.portId = port.id;
    this.address = port.allFixedIps.apply((addresses) => addresses[0] ?? "");
    this.availabilityZone = this.instance.availabilityZone;
    this.registerOutputs({ instanceId: this.instanceId, address: this.address });
  }

  private createPort(name: string, args: MachineArgs): openstack.networking.Port {
    const { plan, network, securityGroups } = args;
    return new openstack.networking.Port(
      `${name}-port`,
      {
        name: plan.name,
        networkId: network.networkId,
        fixedIps: [{ subnetId: network.subnetId }],
        securityGroupIds: [
          ...plan.securityGroups.map((key) => securityGroups.id(key)),
          ...plan.extraSecurityGroupIds,
        ],
        allowedAddressPairs: plan.allowedAddresses.map((ipAddress) => ({ ipAddress })),
        tags: [...plan.tags],
      },
      { parent: this, protect: args.protect },
    );
  }

  private createInstance(name: string, args: MachineArgs, port: openstack.networking.Port) {
    const { plan, cloud, network, securityGroups, serverGroup, after } = args;
    // A pool's server group waits for the rules (see NodePool), and all of its servers for that one.
    const rules = serverGroup ?? securityGroups;
    return new openstack.compute.Instance(
      name,
      {
        name: plan.name,
        ...(isId(plan.flavor) ? { flavorId: plan.flavor } : { flavorName: plan.flavor }),
        ...instanceDisks(plan, cloud),
        networks: [{ port: port.id }],
        keyPair: args.keyPair,
        userData: args.userData,
        configDrive: plan.configDrive,
        availabilityZone: plan.availabilityZone,
        schedulerHints: serverGroup === undefined ? undefined : [{ group: serverGroup.id }],
        metadata: plan.metadata,
        tags: [...plan.tags],
      },
      {
        parent: this,
        protect: args.protect,
        ignoreChanges: ONLY_FOR_NEW_SERVERS,
        // Name and port are the old server's until it is gone.
        deleteBeforeReplace: true,
        // A first boot without a way out, or before its rules, leaves cloud-init half done.
        dependsOn: [network, rules, ...(after === undefined ? [] : [after.instance])],
      },
    );
  }

  /** Volumes that outlive the server are resources of their own; the others are part of it (see instanceDisks). */
  private attachVolumes(name: string, { plan, protectVolumes }: MachineArgs): void {
    for (const volume of plan.volumes.filter(({ persistent }) => persistent)) {
      const resource = new openstack.blockstorage.Volume(
        `${name}-${volume.key}`,
        {
          name: volume.name,
          size: volume.sizeGiB,
          volumeType: volume.type,
          enableOnlineResize: true,
          metadata: plan.metadata,
        },
        // Another type means a new, empty volume: only volumes made afterwards get it.
        { parent: this, protect: protectVolumes, ignoreChanges: ["volumeType"] },
      );
      new openstack.compute.VolumeAttach(
        `${name}-${volume.key}-attach`,
        { instanceId: this.instance.id, volumeId: resource.id },
        {
          parent: this,
          // A volume cannot be attached twice.
          deleteBeforeReplace: true,
          // The server gives its volumes back when it goes; taking one from under a running system loses writes.
          deletedWith: this.instance,
        },
      );
    }
  }
}
