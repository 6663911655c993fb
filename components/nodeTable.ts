/** The machines as others see them: the stack's table of nodes, and what Kubernetes has to know of the cloud. */
import * as pulumi from "@pulumi/pulumi";
import type { CloudFacts } from "../plan/kubernetes/types";
import type { ApiEndpoint } from "./apiEndpoint";
import type { Bastion } from "./bastion";
import type { Machine } from "./machine";
import type { Network } from "./network";

/** A row of the node table. */
export interface NodeOutput {
  readonly name: string;
  readonly role: "control-plane" | "worker";
  /** `cp` or the pool's name. */
  readonly pool: string;
  /** Address in the cluster's subnet. */
  readonly address: string;
  /** Id of the server. */
  readonly id: string;
  readonly flavor: string;
  readonly availabilityZone: string;
}

export function nodeTable(machines: readonly Machine[]): pulumi.Output<NodeOutput[]> {
  return pulumi.all(
    machines.map(({ plan, address, instanceId, availabilityZone }) =>
      pulumi.output({
        name: plan.name,
        role: plan.role === "control-plane" ? ("control-plane" as const) : ("worker" as const),
        pool: plan.pool ?? "",
        address,
        id: instanceId,
        flavor: plan.flavor,
        availabilityZone,
      }),
    ),
  );
}

/** What is there before Kubernetes. */
interface Provisioned {
  readonly nodes: pulumi.Output<NodeOutput[]>;
  readonly network: Network;
  readonly externalNetworkId: pulumi.Output<string>;
  readonly endpoint: ApiEndpoint;
  readonly bastion?: Bastion;
}

export function cloudFacts({
  bastion,
  endpoint,
  network,
  nodes,
  externalNetworkId: external,
}: Provisioned): pulumi.Output<CloudFacts> {
  return pulumi
    .all([
      nodes,
      endpoint.address,
      endpoint.floatingIp,
      network.networkId,
      network.subnetId,
      external,
      bastion?.floatingIp,
      bastion?.hostKey,
    ])
    .apply(([rows, address, floatingIp, networkId, subnetId, externalNetworkId, jump, hostKey]) => ({
      machines: Object.fromEntries(rows.map((row) => [row.name, { address: row.address, serverId: row.id }])),
      endpoint: { address, floatingIp },
      networkId,
      subnetId,
      externalNetworkId,
      bastion: jump === undefined || hostKey === undefined ? undefined : { address: jump, hostKey },
    }));
}
