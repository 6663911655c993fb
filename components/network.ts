/** The network of the nodes: one of our own with a way out, or one that is there. */
import * as openstack from "@pulumi/openstack";
import * as pulumi from "@pulumi/pulumi";
import type { NetworkPlan } from "../plan";

/** Arguments of {@link Network}. */
export interface NetworkArgs {
  readonly plan: NetworkPlan;
  readonly tags: readonly string[];
  /** Network that the router leads to. */
  readonly externalNetworkId: pulumi.Input<string>;
  /** Refuse deletion: everything else stands on the network. @default false */
  readonly protect?: boolean;
}

export class Network extends pulumi.ComponentResource {
  readonly networkId: pulumi.Output<string>;
  readonly subnetId: pulumi.Output<string>;
  /** Absent for an existing network without a router of its own. */
  readonly routerId?: pulumi.Output<string>;

  constructor(name: string, args: NetworkArgs, opts?: pulumi.ComponentResourceOptions) {
    super("opencenter:network:Network", name, {}, opts);
    const { existing } = args.plan;
    if (existing === undefined) {
      const network = this.createNetwork(name, args);
      const subnet = this.createSubnet(name, args, network);
      const router = this.createRouter(name, args, subnet);
      this.networkId = network.id;
      this.subnetId = subnet.id;
      this.routerId = router.id;
    } else {
      this.networkId = pulumi.output(existing.networkId);
      this.subnetId = pulumi.output(existing.subnetId);
      this.routerId = existing.routerId === undefined ? undefined : pulumi.output(existing.routerId);
    }
    this.registerOutputs({ networkId: this.networkId, subnetId: this.subnetId, routerId: this.routerId });
  }

  private createNetwork(name: string, { plan, tags, protect }: NetworkArgs): openstack.networking.Network {
    return new openstack.networking.Network(
      name,
      { name: plan.name, adminStateUp: true, mtu: plan.mtu, tags: [...tags] },
      { parent: this, protect },
    );
  }

  private createSubnet(
    name: string,
    { plan, tags, protect }: NetworkArgs,
    network: openstack.networking.Network,
  ) {
    const subnet = new openstack.networking.Subnet(
      `${name}-subnet`,
      {
        name: plan.name,
        networkId: network.id,
        cidr: plan.cidr,
        ipVersion: plan.etherType === "IPv4" ? 4 : 6,
        gatewayIp: plan.gateway,
        allocationPools: plan.allocationPool === undefined ? undefined : [plan.allocationPool],
        dnsNameservers: [...plan.dnsServers],
        enableDhcp: true,
        tags: [...tags],
      },
      { parent: this, protect },
    );
    for (const { destination, nextHop } of plan.hostRoutes) {
      new openstack.networking.SubnetRoute(
        `${name}-route-${destination.replace(/[.:/]+/g, "-")}`,
        { subnetId: subnet.id, destinationCidr: destination, nextHop },
        // Two routes to one destination would share the traffic until the old one goes.
        { parent: this, deletedWith: subnet, deleteBeforeReplace: true },
      );
    }
    return subnet;
  }

  private createRouter(name: string, args: NetworkArgs, subnet: openstack.networking.Subnet) {
    const { plan, tags, externalNetworkId, protect } = args;
    const router = new openstack.networking.Router(
      `${name}-router`,
      { name: plan.name, adminStateUp: true, externalNetworkId, tags: [...tags] },
      { parent: this, protect },
    );
    new openstack.networking.RouterInterface(
      `${name}-router-interface`,
      { routerId: router.id, subnetId: subnet.id },
      { parent: this },
    );
    return router;
  }
}
