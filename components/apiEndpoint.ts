/** Where the Kubernetes API is reached: a load balancer, a virtual address on the control plane, or its only node. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { ApiEndpointPlan } from "../plan";
import { ApiLoadBalancer } from "./apiLoadBalancer";
import type { Cloud } from "./cloud";
import type { Machine } from "./machine";
import type { Network } from "./network";
import type { SecurityGroups } from "./securityGroups";

/** Arguments of {@link ApiEndpoint}. */
export interface ApiEndpointArgs {
  readonly plan: ApiEndpointPlan;
  readonly cloud: Cloud;
  readonly network: Network;
  readonly securityGroups: SecurityGroups;
  /** Control-plane machines. */
  readonly machines: readonly Machine[];
  readonly tags: readonly string[];
  /** Refuse deletion: the address is in every kubeconfig and certificate. @default false */
  readonly protect?: boolean;
}

/** An address in the subnet, and the port that carries it. */
interface Address {
  readonly address: pulumi.Output<string>;
  readonly portId: pulumi.Output<string>;
}

export class ApiEndpoint extends pulumi.ComponentResource {
  /** Address in the subnet, by which the nodes reach the API. */
  readonly address: pulumi.Output<string>;
  /** Address on the external network, when one was asked for. */
  readonly floatingIp?: pulumi.Output<string>;
  /** What clients use: host name, else floating IP, else address. */
  readonly host: pulumi.Output<string>;
  /** `https://host:port` */
  readonly url: pulumi.Output<string>;

  constructor(name: string, args: ApiEndpointArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:network:ApiEndpoint", name, {}, opts);
    const { plan } = args;
    const target = this.createTarget(name, args);
    this.address = target.address;
    this.floatingIp = plan.floatingIp ? this.createFloatingIp(name, args, target) : undefined;
    this.host =
      plan.hostname === undefined ? (this.floatingIp ?? this.address) : pulumi.output(plan.hostname);
    this.url = pulumi.interpolate`https://${this.host}:${plan.port}`;
    this.registerOutputs({ address: this.address, floatingIp: this.floatingIp, url: this.url });
  }

  private createTarget(name: string, args: ApiEndpointArgs): Address {
    const { plan, network, machines, tags, protect } = args;
    switch (plan.type) {
      case "octavia": {
        if (plan.loadBalancer === undefined)
          throw new Error("an octavia endpoint has no load balancer in the plan");
        const balancer = { plan: plan.loadBalancer, network, vip: plan.vip, machines, tags, protect };
        return new ApiLoadBalancer(name, balancer, { parent: this });
      }
      case "kube-vip":
        return this.reserveAddress(name, args);
      case "single": {
        const [machine] = machines;
        if (machine === undefined) throw new Error("a single endpoint has no machine in the plan");
        return machine;
      }
    }
  }

  /** kube-vip announces the address itself; the port only keeps Neutron from giving it to somebody else. */
  private reserveAddress(name: string, args: ApiEndpointArgs): Address {
    const { plan, network, securityGroups, tags, protect } = args;
    const port = new openstack.networking.Port(
      `${name}-vip`,
      {
        name: plan.name,
        description: "Virtual address of the Kubernetes API",
        networkId: network.networkId,
        fixedIps: [{ subnetId: network.subnetId, ipAddress: plan.vip }],
        securityGroupIds: [securityGroups.id("control-plane")],
        tags: [...tags],
      },
      { parent: this, protect, deleteBeforeReplace: true },
    );
    return { address: port.allFixedIps.apply((addresses) => addresses[0] ?? ""), portId: port.id };
  }

  private createFloatingIp(name: string, args: ApiEndpointArgs, target: Address): pulumi.Output<string> {
    const floatingIp = new openstack.networking.FloatingIp(
      `${name}-floating-ip`,
      {
        pool: args.cloud.externalNetwork.name,
        portId: target.portId,
        description: `Kubernetes API of ${args.plan.name}`,
        tags: [...args.tags],
      },
      // Neutron refuses the association until a router joins the subnet and the external network.
      { parent: this, protect: args.protect, dependsOn: [args.network] },
    );
    return floatingIp.address;
  }
}
