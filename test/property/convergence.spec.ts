/**
 * Any sequence of changes, with runs that stop anywhere, ends in the cluster that the configuration describes. The
 * cluster is a model that does what each playbook does, Kubespray's limits included; the planner is the real one.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { nodeMetadataChanges } from "../../plan/kubernetes/labels";
import { planRemoval } from "../../plan/kubernetes/removal";
import { planConvergence } from "../../plan/kubernetes/steps";
import type { ConvergeRequest } from "../../plan/kubernetes/types";
import { node, request } from "../unit/plan/kubernetes/support";
import { ModelCluster } from "./modelCluster";

interface Wish {
  readonly controlPlane: readonly number[];
  readonly workers: readonly number[];
  readonly upgrade: boolean;
  readonly variables: string;
  readonly credential: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly tainted: boolean;
}

/** Versions in the order in which a cluster may have them. */
const LADDER = [
  { ref: "v2.30.0", version: "1.33.7" },
  { ref: "v2.30.0", version: "1.34.3" },
  { ref: "v2.31.0", version: "1.34.3" },
  { ref: "v2.31.0", version: "1.35.4" },
] as const;

const wish: fc.Arbitrary<Wish> = fc.record({
  // The first stays: its replacement has a procedure and a test of its own.
  controlPlane: fc
    .subarray([2, 3, 4, 5, 6], { minLength: 0, maxLength: 4 })
    .map((others) => [1, ...(others.length % 2 === 0 ? others : others.slice(1))]),
  workers: fc.subarray([1, 2, 3, 4], { minLength: 1 }),
  upgrade: fc.boolean(),
  variables: fc.constantFrom("a", "b"),
  credential: fc.constantFrom("c", "d"),
  labels: fc.dictionary(fc.constantFrom("x", "y"), fc.constantFrom("1", "2"), {
    maxKeys: 2,
    noNullPrototype: true,
  }),
  tainted: fc.boolean(),
});

/** Number of playbooks after which the run is killed; large for never. */
const patience = fc.oneof(fc.nat(5), fc.constant(99));

function requestFor(wanted: Wish, rung: (typeof LADDER)[number]): ConvergeRequest {
  const names = [
    ...wanted.controlPlane.map((ordinal) => `prod-cp-${ordinal}`),
    ...wanted.workers.map((ordinal) => `prod-w-${ordinal}`),
  ];
  const taints = wanted.tainted ? [{ key: "t", value: "", effect: "NoSchedule" as const }] : [];
  const base = request(names, { version: rung.version, variables: wanted.variables });
  const nodes = names.map((name) =>
    name.includes("-w-") ? node(name, { labels: wanted.labels, taints }) : node(name),
  );
  return { ...base, nodes, kubespray: { ...base.kubespray, ref: rung.ref } };
}

/** Nodes whose machines are still in the stack's state: a removal that failed is repeated by the next run. */
type Members = Set<string>;

/** What `pulumi up` does: converge, then each node that left. Killed after so many playbooks. */
function up(
  cluster: ModelCluster,
  members: Members,
  wanted: ConvergeRequest,
  credential: string,
  playbooks: number,
): boolean {
  const digests = { variables: wanted.variables, surroundings: "s1", credential };
  const plan = planConvergence(wanted, digests, cluster.observed());
  assert.deepEqual(plan.refusals, []);
  let left = playbooks;
  for (const step of plan.steps) {
    if (left-- === 0) {
      cluster.runHalf(step, wanted);
      return false;
    }
    cluster.run(step, wanted);
  }
  for (const change of nodeMetadataChanges(wanted.nodes, cluster.observed()?.nodes ?? []))
    cluster.label(change);
  for (const { name } of wanted.nodes) members.add(name);
  for (const name of [...members].filter((member) => !wanted.nodes.some((node) => node.name === member))) {
    const removal = planRemoval(wanted, cluster.observed()!, name);
    assert.deepEqual(removal.refusals, []);
    for (const step of removal.steps) {
      if (left-- === 0) return false;
      cluster.run(step, wanted);
    }
    members.delete(name);
  }
  return true;
}

const KILLED_BEFORE_TOLD: [Wish, number[]] = [
  {
    ...{ controlPlane: [1, 5, 6], workers: [2], upgrade: false, variables: "a", credential: "c" },
    ...{ labels: {}, tainted: false },
  },
  [0, 1],
];

describe("any sequence of changes", () => {
  it("ends in the cluster that the configuration describes, also when runs are killed", () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(wish, fc.array(patience, { maxLength: 3 })), { minLength: 1, maxLength: 5 }),
        (wishes) => {
          const cluster = new ModelCluster();
          const members: Members = new Set();
          let rung = 0;
          for (const [wanted, kills] of wishes) {
            const step = LADDER[rung]!;
            const target = requestFor(wanted, step);
            for (const kill of kills) up(cluster, members, target, wanted.credential, kill);
            assert.ok(up(cluster, members, target, wanted.credential, 99), "nothing kills this one");
            cluster.assertEquals(target, wanted.credential);
            const again = planConvergence(
              target,
              { variables: wanted.variables, surroundings: "s1", credential: wanted.credential },
              cluster.observed(),
            );
            assert.deepEqual(
              [again.steps, again.refusals, again.leaving],
              [[], [], []],
              "nothing is left to do",
            );
            if (wanted.upgrade && rung < LADDER.length - 1) rung += 1;
          }
        },
      ),
      // The example: killed between the end of the installation and the word to the API servers.
      { numRuns: 300, examples: [[[KILLED_BEFORE_TOLD]]] },
    );
  });
});
