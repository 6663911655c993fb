/** Valid groups of nodes, and the small values that whole clusters are made of too. */
import fc from "fast-check";
import type { ClusterInput } from "../../config/schema";

export type PoolInput = NonNullable<ClusterInput["pools"]>[string];
type ControlPlaneInput = ClusterInput["controlPlane"];

export const optional = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
export const word = fc.constantFrom(
  "one",
  "two",
  "fast",
  "large",
  "ubuntu-24.04",
  "3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21",
);
export const zones = fc.uniqueArray(fc.constantFrom("az1", "az2", "az3", "nova"), { maxLength: 4 });
export const tags = fc.uniqueArray(fc.constantFrom("team-a", "cost=7", "Über", "a b", "x"), { maxLength: 3 });
/** Of characters that no placeholder is made of. */
const metadataValue = fc.string({ unit: fc.constantFrom(..."aZ0 :/,é"), maxLength: 20 });
const metadata = fc.dictionary(fc.constantFrom("owner", "a:b", "cost centre"), metadataValue, {
  maxKeys: 2,
});
export const octet = fc.integer({ min: 0, max: 255 });

/** Networks that have nothing to do with those of the cluster; the world among them, for users may write it. */
const clientCidr = fc.oneof(
  { weight: 9, arbitrary: fc.tuple(octet, octet).map(([a, b]) => `198.${a}.${b}.0/24`) },
  { weight: 4, arbitrary: fc.tuple(octet, octet).map(([a, b]) => `203.0.${a}.${b}/32`) },
  { weight: 1, arbitrary: fc.constant("0.0.0.0/0") },
);
export const clientCidrs = fc.uniqueArray(clientCidr, { minLength: 1, maxLength: 4 });

/** Half as `count`, half as `nodes`, in any order. */
function size(counts: readonly number[]): fc.Arbitrary<{ count?: number; nodes?: number[] }> {
  return fc.constantFrom(...counts).chain((count) =>
    fc.oneof(
      fc.constant({ count }),
      fc
        .uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: count, maxLength: count })
        .map((nodes) => ({ nodes })),
    ),
  );
}

const rootVolume = optional(
  fc.record({ sizeGiB: fc.integer({ min: 10, max: 400 }), type: optional(fc.constant("fast")) }),
);

const nodeGroup = {
  flavor: word,
  image: optional(word),
  rootVolume,
  configDrive: fc.boolean(),
  metadata,
  tags,
};

export function controlPlane(counts: readonly number[]): fc.Arbitrary<ControlPlaneInput> {
  return fc
    .record({
      ...nodeGroup,
      size: size(counts),
      availabilityZones: optional(zones),
      serverGroupPolicy: fc.constantFrom(
        "anti-affinity" as const,
        "soft-anti-affinity" as const,
        "none" as const,
      ),
    })
    .map(({ size: written, ...rest }) => ({ ...rest, ...written }));
}

const nodePorts = fc.uniqueArray(fc.integer({ min: 0, max: 270 }), { maxLength: 3 }).chain((tens) =>
  fc.tuple(
    ...tens.map((ten) =>
      fc.record({
        // Ten ports for each entry, so that no two entries meet.
        from: fc.constant(30000 + ten * 10),
        to: optional(fc.integer({ min: 30000 + ten * 10, max: 30009 + ten * 10 })),
        protocol: fc.constantFrom("tcp" as const, "udp" as const),
        allowedCidrs: clientCidrs,
      }),
    ),
  ),
);

const taints = fc.uniqueArray(
  fc.record({
    key: fc.constantFrom("gpu", "example.com/dedicated"),
    value: fc.constantFrom("", "true", "team-a"),
    effect: fc.constantFrom("NoSchedule" as const, "PreferNoSchedule" as const, "NoExecute" as const),
  }),
  { maxLength: 2, selector: ({ key, effect }) => `${key}:${effect}` },
);

const volumes = fc.uniqueArray(
  fc.record({
    name: fc.constantFrom("data", "logs", "a", "etcd-1"),
    sizeGiB: fc.integer({ min: 1, max: 500 }),
    type: optional(fc.constant("fast")),
    persistent: fc.boolean(),
  }),
  { maxLength: 3, selector: (volume) => volume.name },
);

const placement: fc.Arbitrary<Pick<PoolInput, "availabilityZones" | "serverGroupPolicy">> = fc.oneof(
  fc.record({
    availabilityZones: optional(zones),
    serverGroupPolicy: fc.constantFrom(
      "anti-affinity" as const,
      "soft-anti-affinity" as const,
      "soft-affinity" as const,
      "none" as const,
    ),
  }),
  fc.record({
    // One host is in one zone.
    availabilityZones: fc.constant<string[]>(["az1"]),
    serverGroupPolicy: fc.constant("affinity" as const),
  }),
);

export const pool: fc.Arbitrary<PoolInput> = fc
  .record({
    ...nodeGroup,
    size: size([0, 1, 2, 3, 5]),
    placement,
    volumes,
    labels: fc.dictionary(fc.constantFrom("tier", "example.com/tier"), fc.constantFrom("gold", ""), {
      maxKeys: 2,
    }),
    taints,
    nodePorts,
    extraSecurityGroupIds: fc.uniqueArray(fc.uuid(), { maxLength: 2 }),
  })
  .map(({ size: written, placement, ...rest }) => ({ ...rest, ...placement, ...written }));

/** The program's own words among them, for those are what may collide. */
export const poolName = fc.oneof(
  fc.constantFrom("worker", "api", "control-plane", "a", "a-node-ports", "cp-x", "general", "network", "x2"),
  fc.stringMatching(/^[a-z][a-z0-9]{0,6}(-[a-z]{1,4})?$/).filter((name) => !["cp", "bastion"].includes(name)),
);

export const pools = fc.dictionary(poolName, pool, { maxKeys: 4 });
