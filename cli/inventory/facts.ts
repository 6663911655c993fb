/** What the stack's outputs say of the cloud, and placeholders for the rest. */
import { z } from "zod";
import type { ClusterConfig } from "../../config/resolve";
import { placeholderFacts } from "../../plan/kubernetes/placeholders";
import type { CloudFacts } from "../../plan/kubernetes/types";

/** As `index.ts` exports them. Loose, for an older program may have written them. */
const outputsShape = z.object({
  nodes: z.array(z.object({ name: z.string(), address: z.string(), id: z.string() })),
  endpoint: z.object({ address: z.string(), floatingIp: z.string().optional() }),
  network: z.object({
    networkId: z.string(),
    subnetId: z.string(),
    externalNetworkId: z.string().optional(),
  }),
  bastion: z.object({ address: z.string(), hostKey: z.string() }).optional(),
});

export interface KnownFacts {
  readonly facts: CloudFacts;
  readonly source: "outputs" | "placeholders";
  /** Of what there is only a placeholder: names of nodes, and `the external network's id`. */
  readonly invented: readonly string[];
}

export function factsFrom(config: ClusterConfig, outputs: Readonly<Record<string, unknown>>): KnownFacts {
  const placeholders = placeholderFacts(config);
  const { data } = outputsShape.safeParse(outputs);
  const names = Object.keys(placeholders.machines);
  if (data === undefined) return { facts: placeholders, source: "placeholders", invented: names };
  const { endpoint, network, bastion } = data;
  const nodes = new Map(data.nodes.map(({ name, address, id }) => [name, { address, serverId: id }]));
  const machines = names.map((name) => [name, nodes.get(name) ?? placeholders.machines[name]!] as const);
  return {
    facts: {
      machines: Object.fromEntries(machines),
      endpoint,
      networkId: network.networkId,
      subnetId: network.subnetId,
      externalNetworkId: network.externalNetworkId ?? placeholders.externalNetworkId,
      ...(bastion === undefined ? {} : { bastion }),
    },
    source: "outputs",
    invented: [
      ...names.filter((name) => !nodes.has(name)),
      ...(network.externalNetworkId === undefined ? ["the external network's id"] : []),
    ],
  };
}
