/**
 * Changes of a configuration, as a person would write them. Each takes a cluster and numbers of the seed, and gives the
 * cluster as it is then, or nothing where it does not apply.
 */
import type { ClusterInput } from "../../config/schema";
import { CLIENTS, POOL_NAMES } from "./clusters";
import type { SoakCluster } from "./types";

type Pool = NonNullable<ClusterInput["pools"]>[string];
type Dice = readonly [number, number, number];
export type Change = (cluster: SoakCluster, dice: Dice) => SoakCluster | undefined;

const MOST_WORKERS = 4;

const pick = <T>(items: readonly T[], die: number): T | undefined => items[die % items.length];

export const numbersOf = ({ nodes, count = 0 }: { nodes?: number[]; count?: number }): number[] =>
  nodes ?? Array.from({ length: count }, (_, index) => index + 1);

export function withNodes<T extends { count?: number; nodes?: number[] }>(
  { count: _, ...group }: T,
  nodes: number[],
) {
  return { ...group, nodes };
}

const workersOf = ({ pools = {} }: SoakCluster) =>
  Object.values(pools).flatMap((pool) => numbersOf(pool)).length;

/** Changes one pool of those that there are. */
function inPool(change: (pool: Pool, dice: Dice) => Pool | undefined): Change {
  return (cluster, dice) => {
    const name = pick(Object.keys(cluster.pools ?? {}), dice[0]);
    const pool = name === undefined ? undefined : change(cluster.pools![name]!, dice);
    return pool === undefined ? undefined : { ...cluster, pools: { ...cluster.pools, [name!]: pool } };
  };
}

const other = <T>(values: readonly T[], now: T, die: number): T => {
  const rest = values.filter((value) => JSON.stringify(value) !== JSON.stringify(now));
  return pick(rest, die)!;
};

const endpoint = (cluster: SoakCluster, keys: object): SoakCluster => ({
  ...cluster,
  apiEndpoint: { ...cluster.apiEndpoint, ...keys },
});

/** What the program must be able to carry out. */
export const ALLOWED: Readonly<Record<string, Change>> = {
  "a node more": (cluster, dice) =>
    workersOf(cluster) >= MOST_WORKERS
      ? undefined
      : inPool((pool) => withNodes(pool, [...numbersOf(pool), Math.max(0, ...numbersOf(pool)) + 1]))(
          cluster,
          dice,
        ),
  "a node less": inPool((pool, [, die]) => {
    const nodes = numbersOf(pool);
    return nodes.length === 0
      ? undefined
      : withNodes(
          pool,
          nodes.filter((_, index) => index !== die % nodes.length),
        );
  }),
  "a node in another's place": inPool((pool, [, die]) => {
    const nodes = numbersOf(pool);
    return nodes.length === 0
      ? undefined
      : withNodes(pool, [
          ...nodes.filter((_, index) => index !== die % nodes.length),
          Math.max(...nodes) + 1,
        ]);
  }),
  "a pool more": (cluster, [die, size]) => {
    const name = pick(
      POOL_NAMES.filter((free) => cluster.pools?.[free] === undefined),
      die,
    );
    if (name === undefined || workersOf(cluster) >= MOST_WORKERS) return undefined;
    const pool: Pool = { count: 1 + (size % 2 === 0 ? 0 : workersOf(cluster) < 2 ? 1 : 0), flavor: "small" };
    return { ...cluster, pools: { ...cluster.pools, [name]: pool } };
  },
  "a pool less": (cluster, [die]) => {
    const gone = pick(Object.keys(cluster.pools ?? {}), die);
    if (gone === undefined) return undefined;
    return {
      ...cluster,
      pools: Object.fromEntries(Object.entries(cluster.pools!).filter(([name]) => name !== gone)),
    };
  },
  labels: inPool((pool, [, die]) => ({
    ...pool,
    labels: other([{}, { tier: "gold" }, { tier: "iron", "example.com/rack": "7" }], pool.labels ?? {}, die),
  })),
  taints: inPool((pool, [, die]) => ({
    ...pool,
    taints: other(
      [[], [{ key: "gpu", effect: "NoSchedule" }], [{ key: "db", effect: "NoExecute" }]],
      pool.taints ?? [],
      die,
    ),
  })),
  "a volume more": inPool((pool) =>
    pool.volumes?.some(({ name }) => name === "logs") === true
      ? undefined
      : { ...pool, volumes: [...(pool.volumes ?? []), { name: "logs", sizeGiB: 1 }] },
  ),
  "a larger volume": inPool((pool) =>
    pool.volumes?.[0] === undefined
      ? undefined
      : {
          ...pool,
          volumes: [{ ...pool.volumes[0], sizeGiB: pool.volumes[0].sizeGiB + 3 }, ...pool.volumes.slice(1)],
        },
  ),
  "node ports": inPool((pool, [, die, clients]) => ({
    ...pool,
    nodePorts: other(
      [
        [],
        [{ from: 30080, allowedCidrs: [pick(CLIENTS, clients)!] }],
        [{ from: 30443, to: 30445, allowedCidrs: [...CLIENTS] }],
      ],
      pool.nodePorts ?? [],
      die,
    ),
  })),
  "flavor of a pool": inPool((pool) => ({ ...pool, flavor: pool.flavor === "small" ? "medium" : "small" })),
  "server group of a pool": inPool((pool) => ({
    ...pool,
    serverGroupPolicy: pool.serverGroupPolicy === "none" ? "soft-anti-affinity" : "none",
  })),
  "metadata of a pool": inPool((pool, [, die]) => ({ ...pool, metadata: { owner: `team-${die % 5}` } })),
  "flavor of the control plane": (cluster) => ({
    ...cluster,
    controlPlane: {
      ...cluster.controlPlane,
      flavor: cluster.controlPlane.flavor === "small" ? "medium" : "small",
    },
  }),
  "three control-plane nodes": (cluster) =>
    cluster.apiEndpoint?.type === "single" || numbersOf(cluster.controlPlane).length !== 1
      ? undefined
      : { ...cluster, controlPlane: withNodes(cluster.controlPlane, [1, 2, 3]) },
  "one control-plane node": (cluster) =>
    numbersOf(cluster.controlPlane).length !== 3
      ? undefined
      : { ...cluster, controlPlane: withNodes(cluster.controlPlane, [1]) },
  "a control-plane node in another's place": (cluster) => {
    const nodes = numbersOf(cluster.controlPlane);
    if (nodes.length !== 3) return undefined;
    return {
      ...cluster,
      controlPlane: withNodes(cluster.controlPlane, [nodes[0]!, nodes[2]!, Math.max(...nodes) + 1]),
    };
  },
  "who may use SSH": (cluster, [die]) => ({
    ...cluster,
    access: {
      ...cluster.access,
      sshAllowedCidrs: other(
        [[CLIENTS[0]], [CLIENTS[1], CLIENTS[2]], [CLIENTS[2]]],
        cluster.access.sshAllowedCidrs,
        die,
      ),
    },
  }),
  "who may use the API": (cluster, [die]) => ({
    ...cluster,
    access: {
      ...cluster.access,
      apiAllowedCidrs: other(
        [[CLIENTS[0]], [CLIENTS[1], CLIENTS[2]], [...CLIENTS]],
        cluster.access.apiAllowedCidrs,
        die,
      ),
    },
  }),
  bastion: (cluster) => ({
    ...cluster,
    access: {
      ...cluster.access,
      bastion: cluster.access.bastion?.enabled === false ? { flavor: "tiny" } : { enabled: false },
    },
  }),
  "floating IP of the endpoint": (cluster) =>
    endpoint(cluster, { floatingIp: cluster.apiEndpoint?.floatingIp === false }),
  "name of the endpoint": (cluster, [die]) => {
    const { hostname: _, dns: __, ...rest } = cluster.apiEndpoint ?? {};
    if (cluster.apiEndpoint?.hostname !== undefined && die % 2 === 0)
      return { ...cluster, apiEndpoint: rest };
    const hostname = other(
      ["api.sandbox.example.org", "kube.sandbox.example.org"],
      cluster.apiEndpoint?.hostname,
      die,
    );
    return endpoint(cluster, { hostname, dns: "designate" });
  },
  "health checks of the endpoint": (cluster, [die]) =>
    cluster.apiEndpoint?.type === "octavia"
      ? endpoint(cluster, {
          monitor: { delaySeconds: 10 + (die % 9), timeoutSeconds: 4, maxRetries: 2 + (die % 3) },
        })
      : undefined,
  "port of the endpoint": (cluster) =>
    cluster.apiEndpoint?.type === "octavia"
      ? endpoint(cluster, { port: cluster.apiEndpoint.port === 8443 ? 6443 : 8443 })
      : undefined,
  "type of the endpoint": (cluster, [die]) => {
    const { floatingIp, hostname, dns } = cluster.apiEndpoint ?? {};
    const alone = numbersOf(cluster.controlPlane).length === 1;
    const types = alone ? (["octavia", "kube-vip", "single"] as const) : (["octavia", "kube-vip"] as const);
    const type = other<(typeof types)[number]>(types, cluster.apiEndpoint?.type ?? "octavia", die);
    const kept = {
      ...(floatingIp === undefined ? {} : { floatingIp }),
      ...(hostname === undefined ? {} : { hostname, dns }),
    };
    // The old one holds its address until the new one is there.
    const vip = cluster.apiEndpoint?.vip === "10.20.0.6" ? "10.20.0.7" : "10.20.0.6";
    return { ...cluster, apiEndpoint: { type, ...kept, ...(type === "single" ? {} : { vip }) } };
  },
  tags: (cluster, [die]) => ({
    ...cluster,
    tags: other([[], ["team-a"], ["team-b", "cost=7"]], cluster.tags ?? [], die),
  }),
  "resolvers of the nodes": (cluster, [die]) => ({
    ...cluster,
    network: {
      ...cluster.network,
      dnsServers: other(
        [[], ["192.0.2.53"], ["192.0.2.53", "192.0.2.54"]],
        cluster.network?.dnsServers ?? [],
        die,
      ),
    },
  }),
  "routes of the subnet": (cluster, [die]) => ({
    ...cluster,
    network: {
      ...cluster.network,
      hostRoutes: other(
        [
          [],
          [{ destination: "192.0.2.0/24", nextHop: "10.20.0.9" }],
          [{ destination: "192.0.2.0/24", nextHop: "10.20.0.8" }],
        ],
        cluster.network?.hostRoutes ?? [],
        die,
      ),
    },
  }),
  "place of backups": (cluster) => ({
    ...cluster,
    backup: { store: cluster.backup?.store === "swift" ? "none" : "swift" },
  }),
  "a new credential": (cluster) => {
    const active = cluster.secrets?.applicationCredential?.active ?? 1;
    return {
      ...cluster,
      secrets: {
        ...cluster.secrets,
        applicationCredential: { generations: [active, active + 1], active: active + 1 },
      },
    };
  },
};

/** What takes away or replaces something that is protected in production, and is not asked for there. */
export const NOT_IN_PRODUCTION: ReadonlySet<string> = new Set([
  "a node less",
  "a node in another's place",
  "a pool less",
  "one control-plane node",
  "a control-plane node in another's place",
  "bastion",
  "floating IP of the endpoint",
  "name of the endpoint",
  "type of the endpoint",
  "place of backups",
]);
