/** TEMPORARY (lead, for integration): the owner of this file replaces it. */
import { addressAt } from "../../config/address";
import type { ClusterConfig } from "../../config/resolve";
import { planNodes } from "./nodes";
import type { CloudFacts } from "./types";

export function placeholderFacts(config: ClusterConfig): CloudFacts {
  const nodes = planNodes(config);
  return {
    machines: Object.fromEntries(
      nodes.map(({ name }, index) => [
        name,
        { address: addressAt(config.network.cidr, 10 + index), serverId: `placeholder-${name}` },
      ]),
    ),
    endpoint: { address: config.apiEndpoint.vip ?? addressAt(config.network.cidr, 5) },
    networkId: "placeholder-network",
    subnetId: "placeholder-subnet",
    externalNetworkId: "placeholder-external-network",
  };
}
