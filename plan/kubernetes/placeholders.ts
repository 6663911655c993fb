/** Facts for before the first `up`: enough to look at an inventory, and recognisable as invented. */
import { addressAt, addressCount, inRange } from "../../config/address";
import type { ClusterConfig } from "../../config/resolve";
import { planNodes } from "./nodes";
import type { CloudFacts } from "./types";

/** Where machines begin in a subnet whose pools we do not know. */
const FIRST_MACHINE = 10;
/** The endpoint's, where Neutron will choose one. */
const ENDPOINT = 5;
/** Of the networks that are reserved for documentation: it is nobody's. */
const OUTSIDE = { endpoint: "192.0.2.10", bastion: "192.0.2.11" };
const PLACEHOLDER_HOST_KEY = "ssh-ed25519 placeholder";

/** The first addresses that Neutron might give to machines, the endpoint's left out. */
function machineAddresses({ network, apiEndpoint }: ClusterConfig, count: number): string[] {
  const { cidr, allocationPool } = network;
  const addresses: string[] = [];
  const size = Number(addressCount(cidr));
  for (let n = allocationPool === undefined ? FIRST_MACHINE : 1; addresses.length < count && n < size; n++) {
    const address = addressAt(cidr, n);
    const free = allocationPool === undefined || inRange(allocationPool, address);
    if (free && address !== apiEndpoint.vip) addresses.push(address);
  }
  return addresses;
}

/** Addresses inside the subnet, in the order of the nodes; ids that no cloud has. */
export function placeholderFacts(config: ClusterConfig): CloudFacts {
  const { network, apiEndpoint, access } = config;
  const nodes = planNodes(config);
  const addresses = machineAddresses(config, nodes.length);
  const machines = Object.fromEntries(
    nodes.map(({ name }, index) => [
      name,
      { address: addresses[index] ?? "", serverId: `placeholder-${name}` },
    ]),
  );
  const [first] = nodes;
  const own =
    apiEndpoint.type === "single" && first !== undefined ? machines[first.name]?.address : undefined;
  return {
    machines,
    endpoint: {
      address: apiEndpoint.vip ?? own ?? addressAt(network.cidr, ENDPOINT),
      ...(apiEndpoint.floatingIp ? { floatingIp: OUTSIDE.endpoint } : {}),
    },
    networkId: network.existing?.networkId ?? "placeholder-network",
    subnetId: network.existing?.subnetId ?? "placeholder-subnet",
    externalNetworkId: "placeholder-external-network",
    ...(access.bastion.enabled
      ? { bastion: { address: OUTSIDE.bastion, hostKey: PLACEHOLDER_HOST_KEY } }
      : {}),
  };
}
