/** Small clusters that the simulated cloud can carry, of every shape. */
import fc from "fast-check";
import type { ClusterInput } from "../../config/schema";
import { optional } from "../support/arbitraryNodes";
import type { SoakCluster } from "./types";

type Pool = NonNullable<ClusterInput["pools"]>[string];

export const CLIENTS = ["198.51.100.0/24", "203.0.113.7/32", "192.0.2.0/25"] as const;
export const POOL_NAMES = ["general", "db", "gpu"] as const;

const clients = fc.subarray([...CLIENTS], { minLength: 1, maxLength: 2 });

const volumes = fc.constantFrom<Pool["volumes"]>(
  undefined,
  [{ name: "data", sizeGiB: 5 }],
  [
    { name: "data", sizeGiB: 2 },
    { name: "scratch", sizeGiB: 1, persistent: false },
  ],
);

/** A pool of so many nodes. */
export function poolOf(nodes: number): fc.Arbitrary<Pool> {
  return fc.record(
    {
      count: fc.constant(nodes),
      flavor: fc.constantFrom("small", "tiny"),
      volumes,
      labels: optional(fc.constantFrom({ tier: "gold" }, { tier: "silver" })),
      taints: optional(fc.constant([{ key: "gpu", effect: "NoSchedule" as const }])),
      nodePorts: optional(
        fc.record({ from: fc.constantFrom(30080, 31000), allowedCidrs: clients }).map((p) => [p]),
      ),
      serverGroupPolicy: optional(fc.constantFrom("none" as const, "soft-anti-affinity" as const)),
      rootVolume: optional(fc.constant({ sizeGiB: 10 })),
    },
    { requiredKeys: ["count", "flavor"] },
  );
}

const workers: fc.Arbitrary<ClusterInput["pools"]> = fc.oneof(
  { weight: 1, arbitrary: fc.constant({}) },
  { weight: 4, arbitrary: fc.record({ general: poolOf(1) }) },
  { weight: 3, arbitrary: fc.record({ general: poolOf(2) }) },
  { weight: 2, arbitrary: fc.record({ general: poolOf(1), db: poolOf(1) }) },
  { weight: 1, arbitrary: fc.record({ general: poolOf(3) }) },
);

const named = { hostname: "api.sandbox.example.org", dns: "designate" as const };
const octavia = { type: "octavia" as const };
const endpoint: fc.Arbitrary<{ apiEndpoint: ClusterInput["apiEndpoint"]; controlPlanes: number }> = fc
  .oneof(
    {
      weight: 3,
      arbitrary: fc.constantFrom(octavia, { ...octavia, provider: "ovn" }, { ...octavia, ...named }),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom({ type: "kube-vip" as const }, { type: "kube-vip" as const, ...named }),
    },
    {
      weight: 2,
      arbitrary: fc.constantFrom({ type: "single" as const }, { type: "single" as const, ...named }),
    },
  )
  .chain((apiEndpoint) =>
    fc.record({
      apiEndpoint: optional(fc.constant(false)).map((floatingIp) =>
        floatingIp === undefined ? apiEndpoint : { ...apiEndpoint, floatingIp },
      ),
      controlPlanes: apiEndpoint.type === "single" ? fc.constant(1) : fc.constantFrom(1, 1, 3),
    }),
  );

/** A valid one. Production is rare: what it protects can hardly be changed. */
export const soakCluster: fc.Arbitrary<SoakCluster> = endpoint.chain(({ apiEndpoint, controlPlanes }) =>
  fc.record({
    environment: fc.constantFrom("development", "development", "development", "staging", "production"),
    domain: fc.constant("sandbox.example.org"),
    openstack: fc.constant({ cloud: "sandbox", externalNetwork: "public", image: "ubuntu-24.04" }),
    network: fc.constantFrom<ClusterInput["network"]>(
      {},
      { hostRoutes: [{ destination: "192.0.2.0/24", nextHop: "10.20.0.9" }] },
    ),
    access: fc.record({
      sshAllowedCidrs: clients,
      apiAllowedCidrs: clients,
      bastion: fc.constantFrom<NonNullable<ClusterInput["access"]["bastion"]>>(
        { flavor: "tiny" },
        { enabled: false },
      ),
    }),
    controlPlane: fc.record({
      count: fc.constant(controlPlanes),
      flavor: fc.constant("small"),
      serverGroupPolicy: fc.constantFrom("none" as const, "soft-anti-affinity" as const),
    }),
    pools: workers,
    apiEndpoint: fc.constant(apiEndpoint),
    backup: fc.constantFrom({ store: "none" as const }, { store: "swift" as const }),
  }),
);
