/** The cloud and the stack's state, laid side by side: one by one, by kind and id. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Testbed } from "../e2e/support/testbed";

export interface CloudObject {
  readonly id: string;
  readonly name?: string;
  readonly [key: string]: unknown;
}
export type CloudState = Readonly<Record<string, readonly CloudObject[]>>;

interface StateResource {
  readonly urn: string;
  readonly type: string;
  readonly id?: string;
  readonly delete?: boolean;
  readonly initErrors?: readonly string[];
}

/** Where the objects of a type of resource are, and how the state writes their id. */
const KINDS: Readonly<Record<string, string>> = {
  "openstack:compute/instance:Instance": "compute.servers",
  "openstack:compute/serverGroup:ServerGroup": "compute.server_groups",
  "openstack:compute/keypair:Keypair": "compute.keypairs",
  "openstack:networking/network:Network": "network.networks",
  "openstack:networking/subnet:Subnet": "network.subnets",
  "openstack:networking/router:Router": "network.routers",
  "openstack:networking/port:Port": "network.ports",
  "openstack:networking/secGroup:SecGroup": "network.security_groups",
  "openstack:networking/secGroupRule:SecGroupRule": "network.security_group_rules",
  "openstack:networking/floatingIp:FloatingIp": "network.floatingips",
  "openstack:blockstorage/volume:Volume": "volume.volumes",
  "openstack:loadbalancer/loadBalancer:LoadBalancer": "load-balancer.loadbalancers",
  "openstack:loadbalancer/listener:Listener": "load-balancer.listeners",
  "openstack:loadbalancer/pool:Pool": "load-balancer.pools",
  "openstack:loadbalancer/member:Member": "load-balancer.members",
  "openstack:loadbalancer/monitor:Monitor": "load-balancer.healthmonitors",
  "openstack:dns/recordSet:RecordSet": "dns.recordsets",
  "openstack:objectstorage/container:Container": "object-store.containers",
  "openstack:identity/applicationCredential:ApplicationCredential": "identity.application_credentials",
};

/** Containers and key pairs are known by their names. */
const keyOf = (kind: string, { id, name = "" }: CloudObject) =>
  /\.(keypairs|containers)$/.test(kind) ? name : id;

export class Look {
  private constructor(
    readonly cloud: CloudState,
    readonly resources: readonly StateResource[],
    readonly pending: number,
    private readonly furniture: ReadonlySet<string>,
  ) {}

  /** @param furniture ids of what was there before, and is nobody's */
  static async at(bed: Testbed, furniture: ReadonlySet<string>): Promise<Look> {
    const cloud = await cloudOf(bed);
    const { resources = [], pending_operations: pending = [] } = readState(bed);
    return new Look(cloud, resources, pending.length, furniture);
  }

  /** Objects of a kind that may be the cluster's. */
  of(kind: string): readonly CloudObject[] {
    return (this.cloud[kind] ?? []).filter(({ id }) => !this.furniture.has(id));
  }

  /** Everything that is not as it should be, in words; empty when state and cloud are equal. */
  differences(): string[] {
    return [
      ...(this.pending === 0 ? [] : [`the state has ${this.pending} pending operations`]),
      ...this.resources
        .filter(({ delete: leaving, initErrors = [] }) => leaving === true || initErrors.length > 0)
        .map(({ urn }) => `the state has something unfinished: ${urn}`),
      ...Object.entries(KINDS).flatMap(([type, kind]) => this.compared(type, kind)),
      ...this.attachments(),
      ...this.interfaces(),
      ...this.inError(),
    ];
  }

  private inState(type: string): string[] {
    return this.resources.filter((one) => one.type === type).map(({ id = "" }) => id.split("/").at(-1)!);
  }

  private compared(type: string, kind: string): string[] {
    const known = this.inState(type);
    const there = this.of(kind).filter((object) => this.isOfTheStack(kind, object));
    const keys = new Set(there.map((object) => keyOf(kind, object)));
    const missing = [...new Set(known)].filter((id) => !keys.has(id));
    const twice = known.filter((id, index) => known.indexOf(id) !== index);
    return [
      ...twice.map((id) => `the state has ${kind} ${id} twice`),
      ...missing.map((id) => `the state has ${kind} ${id}, the cloud has not`),
      ...there
        .filter((object) => !known.includes(keyOf(kind, object)))
        .map(
          ({ id, name }) => `the cloud has ${kind} ${id} (${String(name ?? "no name")}), the state has not`,
        ),
    ];
  }

  /** What a server, a router or a load balancer brings along is no resource of its own. */
  private isOfTheStack(kind: string, object: CloudObject): boolean {
    if (kind === "network.ports") return !/^(network:|Octavia$)/.test(String(object["device_owner"] ?? ""));
    if (kind === "volume.volumes") return !this.isOfAServer(object);
    if (kind === "dns.recordsets") return !["SOA", "NS"].includes(String(object["type"]));
    if (kind === "network.security_groups") return object.name !== "default";
    if (kind === "network.security_group_rules")
      return this.of("network.security_groups").some(
        ({ id, name }) => id === object["security_group_id"] && name !== "default",
      );
    return true;
  }

  private isOfAServer(volume: CloudObject): boolean {
    return this.of("compute.volume_attachments").some(
      (one) => one["volume_id"] === volume.id && one["delete_on_termination"] === true,
    );
  }

  private attachedTo(volume: CloudObject): string[] {
    const attachments = (volume["attachments"] ?? []) as readonly { server_id?: string }[];
    return attachments.map(({ server_id: server = "" }) => server);
  }

  /** A volume is attached where the state says so, and nowhere else. */
  private attachments(): string[] {
    const known = this.resources
      .filter(({ type }) => type === "openstack:compute/volumeAttach:VolumeAttach")
      .map(({ id = "" }) => id)
      .sort();
    const volumes = new Set(this.inState("openstack:blockstorage/volume:Volume"));
    const there = this.of("volume.volumes")
      .filter(({ id }) => volumes.has(id))
      .flatMap((volume) => this.attachedTo(volume).map((server) => `${server}/${volume.id}`))
      .sort();
    return JSON.stringify(known) === JSON.stringify(there)
      ? []
      : [`attachments: the state has ${known.join(", ")}; the cloud has ${there.join(", ")}`];
  }

  private interfaces(): string[] {
    const known = this.inState("openstack:networking/routerInterface:RouterInterface").length;
    const there = this.of("network.ports").filter(({ device_owner: owner }) =>
      String(owner).startsWith("network:router_interface"),
    ).length;
    return known === there ? [] : [`router interfaces: ${known} in the state, ${there} in the cloud`];
  }

  private inError(): string[] {
    return Object.entries(this.cloud).flatMap(([kind, objects]) =>
      objects
        .filter(({ status, provisioning_status: other }) => /^error/i.test(String(other ?? status)))
        .map(({ id, name }) => `${kind} ${id} (${String(name)}) is in ERROR`),
    );
  }
}

/** Everything that the project has. */
export async function cloudOf(bed: Testbed): Promise<CloudState> {
  const state = await bed.simulator.state("sandbox");
  return Object.fromEntries(
    Object.entries(state).map(([kind, objects]) => [
      kind,
      objects.map((object) => ({ ...object, id: String(object["id"]) })),
    ]),
  );
}

/**
 * The same when nothing in it is on its way any more: a picture of a volume that is still being made differs from every
 * later one, and the neighbour would look as if it had been touched.
 */
export async function settledCloud(bed: Testbed): Promise<CloudState> {
  for (;;) {
    const cloud = await cloudOf(bed);
    if (!Object.values(cloud).flat().some(isOnItsWay)) return cloud;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

const isOnItsWay = ({ status, provisioning_status: other }: CloudObject): boolean =>
  /^(creating|build|pending)/i.test(String(other ?? status));

/** The checkpoint as it lies on the disk: no program has to start for it. */
function readState(bed: Testbed): { resources?: StateResource[]; pending_operations?: unknown[] } {
  const { stateDirectory, stack } = bed.session.workspace;
  const file = join(stateDirectory, ".pulumi", "stacks", "opencenter", `${stack}.json`);
  const { checkpoint } = JSON.parse(readFileSync(file, "utf8")) as {
    checkpoint: { latest?: { resources?: StateResource[]; pending_operations?: unknown[] } };
  };
  return checkpoint.latest ?? {};
}
