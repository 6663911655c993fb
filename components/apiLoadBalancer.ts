/** The load balancer in front of the API servers. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { LoadBalancerPlan } from "../plan";
import type { Machine } from "./machine";
import type { Network } from "./network";

/** Arguments of {@link ApiLoadBalancer}. */
export interface ApiLoadBalancerArgs {
  readonly plan: LoadBalancerPlan;
  readonly network: Network;
  /** Fixed address in the subnet. @default one that Neutron chooses */
  readonly vip?: string;
  /** Control-plane machines in the order of the plan's members. */
  readonly machines: readonly Machine[];
  readonly tags: readonly string[];
  /** Refuse deletion: its address is in every kubeconfig and certificate. @default false */
  readonly protect?: boolean;
}

export class ApiLoadBalancer extends pulumi.ComponentResource {
  readonly address: pulumi.Output<string>;
  readonly portId: pulumi.Output<string>;

  constructor(name: string, args: ApiLoadBalancerArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:network:ApiLoadBalancer", name, {}, opts);
    const loadBalancer = this.createLoadBalancer(name, args);
    const listener = this.createListener(name, args, loadBalancer);
    const pool = this.createPool(name, args, listener);
    const monitor = this.createMonitor(name, args, pool);
    this.addMembers(name, args, pool, monitor);
    this.address = loadBalancer.vipAddress;
    this.portId = loadBalancer.vipPortId;
    this.registerOutputs({ address: this.address });
  }

  private createLoadBalancer(name: string, { plan, network, vip, tags, protect }: ApiLoadBalancerArgs) {
    return new openstack.loadbalancer.LoadBalancer(
      name,
      {
        name: plan.name,
        description: "Kubernetes API",
        vipSubnetId: network.subnetId,
        vipAddress: vip,
        loadbalancerProvider: plan.provider,
        flavorId: plan.flavorId,
        tags: [...tags],
      },
      // A fixed address cannot be taken while the old one has it.
      { parent: this, protect, deleteBeforeReplace: true },
    );
  }

  private createListener(name: string, args: ApiLoadBalancerArgs, lb: openstack.loadbalancer.LoadBalancer) {
    const { plan, tags } = args;
    return new openstack.loadbalancer.Listener(
      `${name}-listener`,
      {
        name: plan.name,
        loadbalancerId: lb.id,
        // TLS ends at the API servers, which check client certificates.
        protocol: "TCP",
        protocolPort: plan.port,
        allowedCidrs: plan.allowedCidrs === undefined ? undefined : [...plan.allowedCidrs],
        tags: [...tags],
      },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  private createPool(name: string, { plan }: ApiLoadBalancerArgs, listener: openstack.loadbalancer.Listener) {
    // OVN hashes source addresses and ports and offers nothing else.
    const lbMethod = plan.provider === "ovn" ? "SOURCE_IP_PORT" : "ROUND_ROBIN";
    return new openstack.loadbalancer.Pool(
      `${name}-pool`,
      { name: plan.name, listenerId: listener.id, protocol: "TCP", lbMethod },
      { parent: this, deleteBeforeReplace: true },
    );
  }

  private createMonitor(name: string, { plan }: ApiLoadBalancerArgs, pool: openstack.loadbalancer.Pool) {
    const { delaySeconds, timeoutSeconds, maxRetries } = plan.monitor;
    return new openstack.loadbalancer.Monitor(
      `${name}-monitor`,
      {
        name: plan.name,
        poolId: pool.id,
        type: "TCP",
        delay: delaySeconds,
        timeout: timeoutSeconds,
        maxRetries,
      },
      // With its pool, as Octavia does it: by itself it cannot be deleted once that is gone, and a run that was killed
      // between the two could never be ended.
      { parent: this, deleteBeforeReplace: true, deletedWith: pool },
    );
  }

  /** One after the other: Octavia answers 409 to whoever changes a load balancer that is still being changed. */
  private addMembers(
    name: string,
    { plan, network, machines }: ApiLoadBalancerArgs,
    pool: openstack.loadbalancer.Pool,
    monitor: openstack.loadbalancer.Monitor,
  ): void {
    let previous: pulumi.Resource = monitor;
    for (const machine of machines) {
      previous = new openstack.loadbalancer.Member(
        `${name}-member-${machine.plan.name}`,
        {
          name: machine.plan.name,
          poolId: pool.id,
          address: machine.address,
          protocolPort: plan.memberPort,
          subnetId: network.subnetId,
        },
        // Like the monitor.
        { parent: this, dependsOn: [previous], deletedWith: pool },
      );
    }
  }
}
