/** The control plane or a worker pool: machines of one kind and the way Nova spreads them. */
import * as pulumi from "@pulumi/pulumi";
import type { NodeGroupPlan } from "../plan";
import { Machine, type MachineArgs, type MachineSurroundings } from "./machine";
import { createServerGroup } from "./serverGroup";

/** Arguments of {@link NodePool}. */
export interface NodePoolArgs extends MachineSurroundings {
  readonly plan: NodeGroupPlan;
  /** cloud-init document of its machines. */
  readonly userData: pulumi.Input<string>;
  /** Refuse deletion of its machines. @default false */
  readonly protect?: boolean;
  /** Refuse deletion of their persistent volumes. @default false */
  readonly protectVolumes?: boolean;
  /**
   * Touch one machine at a time, each after the one before it: three control-plane servers that resize at once are
   * an etcd without a quorum.
   * @default false
   */
  readonly serial?: boolean;
}

export class NodePool extends pulumi.ComponentResource {
  readonly machines: readonly Machine[];

  constructor(name: string, args: NodePoolArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:compute:NodePool", name, {}, opts);
    const serverGroup = this.createServerGroup(name, args);
    this.machines = this.createMachines(args, serverGroup);
    this.registerOutputs({});
  }

  private createServerGroup(name: string, { plan, securityGroups }: NodePoolArgs) {
    if (plan.serverGroup === undefined) return undefined;
    return createServerGroup(`${name}-server-group`, plan.serverGroup, {
      parent: this,
      // For the servers, which come after it. Each by itself would have every rule's name in the state: half of what
      // it holds of a server, and the engine writes all of it twice per resource. Not the network: that would go after
      // the server groups, and these with the ports, whose five seconds a destroy would wait for once more.
      dependsOn: [securityGroups],
    });
  }

  private createMachines(args: NodePoolArgs, serverGroup: MachineArgs["serverGroup"]): Machine[] {
    const { plan, serial, ...surroundings } = args;
    const machines: Machine[] = [];
    for (const machine of plan.machines) {
      const after = serial === true ? machines.at(-1) : undefined;
      const machineArgs = { ...surroundings, plan: machine, serverGroup, after };
      machines.push(new Machine(machine.name, machineArgs, { parent: this }));
    }
    return machines;
  }
}
