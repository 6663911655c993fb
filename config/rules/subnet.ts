/** Addresses inside the subnet of the nodes: allocation pool, endpoint, routes, resolvers. */
import {
  addressAt,
  addressCount,
  compareAddresses,
  contains,
  etherType,
  inRange,
  isWorld,
  overlaps,
  rangeSize,
} from "../address";
import type { AddressRange } from "../address";
import type { ClusterConfig } from "../resolve";
import type { ClusterInput } from "../schema";
import { at, groupsOf, when, type Problem, type Rule } from "./rule";

const CIDR = at("network", "cidr");
const POOL = at("network", "allocationPool");
const VIP = at("apiEndpoint", "vip");

const isEdge = (cidr: string, address: string): boolean =>
  address === addressAt(cidr, 0) || address === addressAt(cidr, -1);

/** The pool where its ends are in order and of the subnet's family: else the other rules would count nonsense. */
function soundPool({ network }: ClusterConfig): AddressRange | undefined {
  const pool = network.allocationPool;
  if (pool === undefined || network.existing !== undefined) return undefined;
  const inside = [pool.start, pool.end].every((end) => contains(network.cidr, end));
  return inside && compareAddresses(pool.start, pool.end) <= 0 ? pool : undefined;
}

const poolInside: Rule = {
  // openCenter accepted it; Neutron refuses it after the network exists.
  code: "pool-outside-subnet",
  check: ({ network }) =>
    (["start", "end"] as const).flatMap((end) => {
      const address = network.allocationPool?.[end];
      if (address === undefined || network.existing !== undefined) return [];
      if (contains(network.cidr, address) && !isEdge(network.cidr, address)) return [];
      return [
        {
          path: [...POOL, end],
          message: `${address} is not an address for machines in ${network.cidr}`,
          hint: `Write one from ${addressAt(network.cidr, 2)} to ${addressAt(network.cidr, -2)}.`,
          because: [CIDR],
        },
      ];
    }),
};

const poolOrder: Rule = {
  // openCenter accepted it; Neutron answers 400.
  code: "pool-reversed",
  check: ({ network }) => {
    const pool = network.allocationPool;
    if (pool === undefined || etherType(pool.start) !== etherType(pool.end)) return [];
    return when(compareAddresses(pool.start, pool.end) > 0, {
      path: POOL,
      message: `the pool begins at ${pool.start}, behind its end ${pool.end}`,
      hint: "Swap start and end.",
      because: [CIDR],
    });
  },
};

const poolGateway: Rule = {
  // Neutron refuses a pool that holds the gateway; the router takes the first address.
  code: "pool-holds-gateway",
  check: (config) => {
    const pool = soundPool(config);
    return when(pool !== undefined && inRange(pool, config.network.gateway), {
      path: POOL,
      message: `the pool holds the gateway ${config.network.gateway}`,
      hint: `Begin the pool behind it, for example at ${addressAt(config.network.cidr, 10)}.`,
      because: [CIDR],
    });
  },
};

/** Ports that Octavia's amphora driver takes from the pool: an active and a standby machine. */
const AMPHORAE = 2;
const SPARE_PERCENT = 10;

interface Demand {
  readonly needed: number;
  readonly available: number;
  readonly problem: Problem;
}

function demand(config: ClusterConfig, written: ClusterInput): Demand | undefined {
  const { network, apiEndpoint, access } = config;
  if (etherType(network.cidr) === "IPv6") return undefined;
  const nodes = groupsOf(config).reduce((sum, { group }) => sum + group.nodes.length, 0);
  const balancer = apiEndpoint.type === "octavia" && apiEndpoint.provider === "amphora" ? AMPHORAE : 0;
  const needed = nodes + (access.bastion.enabled ? 1 : 0) + balancer;
  const pool = soundPool(config);
  // Network, gateway and broadcast address are never free in somebody else's subnet.
  const whole = network.existing === undefined ? undefined : Number(addressCount(network.cidr)) - 3;
  const available = pool === undefined ? whole : Number(rangeSize(pool));
  if (available === undefined) return undefined;
  const where = pool === undefined ? network.cidr : `${pool.start} to ${pool.end}`;
  const problem = {
    // Without a pool of the user's own the subnet is what is too small.
    path: written.network?.allocationPool === undefined ? CIDR : POOL,
    message: `${where} has ${available} addresses; nodes, bastion and load balancer need ${needed}`,
    hint: "Write a larger network.cidr or allocationPool; the subnet cannot grow later.",
    because: [CIDR, at("pools"), at("controlPlane"), at("apiEndpoint"), at("access", "bastion")],
  };
  return { needed, available, problem };
}

const poolSize: Rule = {
  // Found otherwise when the last machine gets no port, an hour into the installation.
  code: "pool-too-small",
  check: (config, written) => {
    const found = demand(config, written);
    return found !== undefined && found.needed > found.available ? [found.problem] : [];
  },
};

const poolSpare: Rule = {
  // A replaced node has its new port before the old one goes, and LoadBalancer Services take addresses too.
  code: "pool-nearly-full",
  check: (config, written) => {
    const found = demand(config, written);
    if (found === undefined || found.needed > found.available) return [];
    const tight = found.needed * (100 + SPARE_PERCENT) > found.available * 100;
    return tight ? [{ ...found.problem, severity: "warning" as const }] : [];
  },
};

const vipInside: Rule = {
  // Accepted by openCenter and Kubespray; the endpoint is then unreachable.
  code: "vip-outside-subnet",
  check: ({ network, apiEndpoint: { vip } }) =>
    vip === undefined || contains(network.cidr, vip)
      ? []
      : [
          {
            path: VIP,
            message: `${vip} is not in the subnet ${network.cidr}`,
            hint: `Write an address of the subnet outside of the allocation pool, for example ${addressAt(network.cidr, 5)}.`,
            because: [CIDR],
          },
        ],
};

const vipTaken: Rule = {
  // openCenter accepted the gateway as endpoint; Neutron answers 409 after the network exists.
  code: "vip-taken",
  check: ({ network, apiEndpoint: { vip } }) => {
    // In an existing subnet the gateway may be any address.
    const gateway = network.existing === undefined ? [network.gateway] : [];
    const taken = [addressAt(network.cidr, 0), addressAt(network.cidr, -1), ...gateway];
    return when(vip !== undefined && taken.includes(vip), {
      path: VIP,
      message: `${vip} is the gateway, network or broadcast address of ${network.cidr}`,
      hint: `Write another address, for example ${addressAt(network.cidr, 5)}.`,
      because: [CIDR],
    });
  },
};

const vipInPool: Rule = {
  // Neutron may give the address to a machine before the endpoint asks for it.
  code: "vip-in-allocation-pool",
  check: (config, written) => {
    const pool = soundPool(config);
    const { vip } = config.apiEndpoint;
    if (pool === undefined || vip === undefined || !inRange(pool, vip)) return [];
    // The default is the fifth address: then the pool that was written is at fault.
    const path = written.apiEndpoint?.vip === undefined ? POOL : VIP;
    const message = `the endpoint's address ${vip} is in the allocation pool ${pool.start} to ${pool.end}`;
    return [
      { path, message, hint: "Move one of the two.", because: [CIDR, POOL, VIP, at("apiEndpoint", "type")] },
    ];
  },
};

const hostRoutes: Rule = {
  // Neutron takes any next hop; the route is then dead on every node.
  code: "host-route",
  check: ({ network, kubernetes }, written) =>
    (written.network?.existing === undefined ? network.hostRoutes : []).flatMap(
      ({ destination, nextHop }, index) => {
        const path = at("network", "hostRoutes", index);
        const lost = !contains(network.cidr, nextHop) || isEdge(network.cidr, nextHop);
        const clash = [network.cidr, kubernetes.podCidr, kubernetes.serviceCidr].find(
          (own) => isWorld(destination) || overlaps(own, destination),
        );
        return [
          ...when(lost, {
            path: [...path, "nextHop"],
            message: `${nextHop} is not an address of a machine in ${network.cidr}`,
            hint: "A next hop must be in the subnet itself.",
            because: [CIDR],
          }),
          ...when(clash !== undefined, {
            path: [...path, "destination"],
            message: isWorld(destination)
              ? `${destination} replaces the default route of the nodes`
              : `${destination} overlaps ${clash}, the cluster's own`,
            hint: "Route only networks outside of the cluster.",
            because: [CIDR, at("kubernetes", "podCidr"), at("kubernetes", "serviceCidr")],
          }),
        ];
      },
    ),
};

const resolvers: Rule = {
  // Nodes need a resolver before there are pods, and a pod's loopback is not the node's.
  code: "dns-server-unreachable",
  check: ({ network, kubernetes }) =>
    network.dnsServers.flatMap((server, index) => {
      const inside = ["127.0.0.0/8", "::1/128", kubernetes.podCidr, kubernetes.serviceCidr].find((cidr) =>
        contains(cidr, server),
      );
      if (inside === undefined) return [];
      return [
        {
          path: at("network", "dnsServers", index),
          message: `${server} is in ${inside}, which nodes cannot reach while they are installed`,
          hint: "Write a resolver outside of the cluster.",
          because: [at("kubernetes", "podCidr"), at("kubernetes", "serviceCidr")],
        },
      ];
    }),
};

export const subnetRules: readonly Rule[] = [
  poolInside,
  poolOrder,
  poolGateway,
  poolSize,
  poolSpare,
  vipInside,
  vipTaken,
  vipInPool,
  hostRoutes,
  resolvers,
];
