/** A change of one node, pool or list is a change of nothing else: every difference here is a machine that is rebuilt. */
import assert from "node:assert/strict";
import fc from "fast-check";
import type { ClusterInput } from "../../config/schema";
import { nodePortsGroup } from "../../plan/securityGroups";
import { machinesOf, type ClusterPlan } from "../../plan";
import { cluster, planOf } from "../support/arbitraryCluster";
import { clientCidrs, controlPlane, pool, poolName, pools } from "../support/arbitraryNodes";

type Pools = NonNullable<ClusterInput["pools"]>;

/** Everything that a pool is made of. */
function poolParts(plan: ClusterPlan, name: string) {
  const groups = new Set(["worker", nodePortsGroup(name)]);
  return {
    group: plan.pools.find((group) => group.pool === name),
    securityGroups: plan.securityGroups.filter((group) => groups.has(group.key)),
  };
}

function withoutPools(plan: ClusterPlan, changed: readonly string[]) {
  const gone = new Set(changed);
  const ports = new Set(changed.map(nodePortsGroup));
  return {
    ...plan,
    pools: plan.pools.filter((group) => !gone.has(group.pool)),
    securityGroups: plan.securityGroups.filter((group) => !ports.has(group.key)),
  };
}

const numbers = (group: { count?: number; nodes?: number[] }): number[] =>
  group.nodes ?? Array.from({ length: group.count ?? 0 }, (_, index) => index + 1);

/** The same group with other nodes. */
function withNodes<T extends { count?: number; nodes?: number[] }>(group: T, nodes: number[]): T {
  return { ...group, count: undefined, nodes };
}

/** That what is in both plans is the same in both, and that only the expected machines are in one of them. */
function assertOnlyDiffersBy(before: ClusterPlan, after: ClusterPlan, names: readonly string[]): void {
  const old = new Map(machinesOf(before).map((machine) => [machine.name, machine]));
  const now = new Map(machinesOf(after).map((machine) => [machine.name, machine]));
  const changed = new Set([...old.keys(), ...now.keys()]);
  for (const [name, machine] of old) {
    if (!now.has(name)) continue;
    assert.deepEqual(now.get(name), machine);
    changed.delete(name);
  }
  assert.deepEqual([...changed].sort(), [...names].sort());
}

/** An order in which to write the same things; fast-check shrinks it to fewer swaps. */
const order = fc.infiniteStream(fc.nat());

function shuffled<T>(items: readonly T[], by: Iterator<number>): T[] {
  const keyed = items.map((item) => ({ item, key: by.next().value as number }));
  return keyed.sort((a, b) => a.key - b.key).map(({ item }) => item);
}

describe("a change of configuration", () => {
  it("of other pools leaves a pool alone", () => {
    fc.assert(
      fc.property(cluster, poolName, pool, pools, (input, name, kept, others) => {
        const [before, after] = [input.pools ?? {}, others].map((rest) =>
          planOf({ ...input, pools: { ...rest, [name]: kept } }),
        ) as [ClusterPlan, ClusterPlan];
        assert.deepEqual(poolParts(after, name), poolParts(before, name));
        const all = [...Object.keys(input.pools ?? {}), ...Object.keys(others)];
        assert.deepEqual(withoutPools(after, all), withoutPools(before, all));
      }),
    );
  });

  it("of the control plane leaves everything alone but itself and the endpoint's members", () => {
    fc.assert(
      fc.property(cluster, controlPlane([1, 3, 5]), (input, other) => {
        // The bastion takes its flavor from the control plane unless it has its own.
        const bastion = input.access.bastion?.enabled === false ? undefined : { flavor: "tiny" };
        const fixed = {
          ...input,
          access: { ...input.access, bastion: { ...input.access.bastion, ...bastion } },
        };
        const rest = ({ controlPlane: _group, apiEndpoint, ...plan }: ClusterPlan) => ({
          ...plan,
          apiEndpoint: { ...apiEndpoint, loadBalancer: { ...apiEndpoint.loadBalancer, members: [] } },
        });
        assert.deepEqual(rest(planOf({ ...fixed, controlPlane: other })), rest(planOf(fixed)));
      }),
    );
  });

  it("that adds a node to a pool adds that node", () => {
    fc.assert(
      fc.property(cluster, poolName, pool, fc.integer({ min: 1, max: 999 }), (input, name, group, node) => {
        const nodes = numbers(group).filter((other) => other !== node);
        const of = (list: number[]): ClusterInput => ({
          ...input,
          pools: { ...input.pools, [name]: withNodes(group, list) },
        });
        const [without, withIt] = [planOf(of(nodes)), planOf(of([...nodes, node]))];
        assertOnlyDiffersBy(without, withIt, [`${input.name}-${name}-${node}`]);
        const rest = ({ pools: groups, ...plan }: ClusterPlan) => ({
          ...plan,
          pools: groups.map(({ machines: _machines, ...data }) => data),
        });
        assert.deepEqual(rest(withIt), rest(without));
      }),
    );
  });

  it("that adds nodes to the control plane adds those nodes, and members in the same order", () => {
    fc.assert(
      fc.property(
        cluster,
        fc.uniqueArray(fc.integer({ min: 1, max: 999 }), { minLength: 3, maxLength: 3 }),
        (input, [first, ...more]) => {
          const of = (nodes: number[]) =>
            planOf({ ...input, controlPlane: withNodes(input.controlPlane, nodes) });
          const [one, three] = [of([first ?? 1]), of([first ?? 1, ...more])];
          assertOnlyDiffersBy(
            one,
            three,
            more.map((node) => `${input.name}-cp-${node}`),
          );
          const [few, all] = [one, three].map((plan) => plan.apiEndpoint.loadBalancer?.members ?? []);
          assert.deepEqual(
            all?.filter((member) => few?.includes(member)),
            few,
          );
        },
      ),
    );
  });

  it("of the order of pools, nodes and tables changes nothing", () => {
    fc.assert(
      fc.property(cluster, order, (input, stream) => {
        const group = <T extends { nodes?: number[] }>(written: T): T =>
          written.nodes === undefined ? written : { ...written, nodes: shuffled(written.nodes, stream) };
        const groups = Object.entries(input.pools ?? {}).map(
          ([name, written]) => [name, group(written)] as const,
        );
        const other = Object.fromEntries(
          shuffled(
            Object.entries({
              ...input,
              controlPlane: group(input.controlPlane),
              pools: Object.fromEntries(shuffled(groups, stream)) as Pools,
            }),
            stream,
          ),
        ) as ClusterInput;
        assert.deepEqual(planOf(other), planOf(input));
      }),
    );
  });
});

/** Rules by group and key. */
function rulesOf(plan: ClusterPlan): Map<string, unknown> {
  return new Map(
    plan.securityGroups.flatMap((group) =>
      group.rules.map((rule) => [`${group.key}/${rule.key}`, rule] as const),
    ),
  );
}

describe("one more network", () => {
  const more = "192.0.2.0/25";

  function assertOnlyAdds(before: ClusterInput, after: ClusterInput): void {
    const [old, now] = [rulesOf(planOf(before)), rulesOf(planOf(after))];
    for (const [key, rule] of old) assert.deepEqual(now.get(key), rule, key);
    for (const [key, rule] of now) {
      if (old.has(key)) continue;
      assert.deepEqual((rule as { peer: unknown }).peer, { cidr: more }, key);
    }
    assertOnlyDiffersBy(planOf(before), planOf(after), []);
  }

  for (const list of ["apiAllowedCidrs", "sshAllowedCidrs"] as const) {
    it(`in ${list} is nothing to the rules of the others, wherever it stands`, () => {
      fc.assert(
        fc.property(cluster, fc.nat(4), (input, place) => {
          const cidrs = input.access[list].toSpliced(place, 0, more);
          assertOnlyAdds(input, { ...input, access: { ...input.access, [list]: cidrs } });
        }),
      );
    });
  }

  it("for a NodePort is nothing to the rules of the others", () => {
    fc.assert(
      fc.property(cluster, poolName, pool, clientCidrs, (input, name, group, cidrs) => {
        const of = (allowedCidrs: string[]): ClusterInput => ({
          ...input,
          pools: { ...input.pools, [name]: { ...group, nodePorts: [{ from: 31000, allowedCidrs }] } },
        });
        assertOnlyAdds(of(cidrs), of([more, ...cidrs]));
      }),
    );
  });
});
