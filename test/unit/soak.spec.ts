/** The soak's own promises, as far as they are data. What it plays is seen by test/e2e/soak.spec.ts. */
import assert from "node:assert/strict";
import { validateStackValues } from "../../config/validate";
import { observedFrom, type ConvergeRecord } from "../../plan/kubernetes/record";
import { planPreview } from "../../plan/kubernetes/preview";
import { ALLOWED, NOT_IN_PRODUCTION } from "../soak/changes";
import { FORBIDDEN } from "../soak/forbidden";
import { REGRESSIONS } from "../soak/regressions";
import { freshSeed, isValid, sequenceOf, shortened } from "../soak/sequence";
import type { SoakCluster } from "../soak/types";

const SEEDS = Array.from({ length: 400 }, (_, index) => index);
const sequences = SEEDS.map(sequenceOf);
/** Checking a configuration takes a moment. */
const CHECKED = 60;
const steps = sequences.flatMap((sequence) => sequence.steps);

const resolved = (cluster: SoakCluster) =>
  validateStackValues({ organization: "soak", cluster: { name: "soak", ...cluster } }).config;

describe("a sequence of the soak", () => {
  it("is the same for the same seed, and another for another one", () => {
    for (const seed of [1, 77]) assert.deepEqual(sequenceOf(seed), sequenceOf(seed));
    assert.notDeepEqual(sequenceOf(1).steps, sequenceOf(2).steps);
    assert.equal(new Set(sequences.map(({ steps: own }) => JSON.stringify(own))).size, SEEDS.length);
  });

  it("makes a cluster first, and changes it by one thing at a time", () => {
    for (const { steps: own } of sequences) {
      assert.ok(own.length >= 2 && own.length <= 5);
      let [before] = own.map(({ cluster }) => cluster);
      for (const { cluster, refused, change } of own.slice(1)) {
        assert.notDeepEqual(cluster, before, change);
        if (!refused) before = cluster;
      }
    }
  });

  it("asks only for what is valid, unless it is to be refused", () => {
    for (const { cluster, refused, change } of sequences
      .slice(0, CHECKED)
      .flatMap((sequence) => sequence.steps))
      assert.ok(refused || isValid(cluster), `${change}: ${JSON.stringify(cluster)}`);
  });

  it("comes to every change, and every kind of disturbance", () => {
    const changes = new Set(steps.map(({ change }) => change));
    for (const name of [...Object.keys(ALLOWED), ...Object.keys(FORBIDDEN)])
      assert.ok(changes.has(name), name);
    const kinds = steps.map(({ disturbance }) => disturbance.kind);
    assert.deepEqual([...new Set(kinds)].sort(), ["drift", "faults", "none", "playbook", "signal"]);
  });

  it("takes nothing away in production, where it is protected", () => {
    for (const { cluster, change } of steps)
      assert.ok(cluster.environment !== "production" || !NOT_IN_PRODUCTION.has(change), change);
  });

  it("can be cut short, and has a seed of the day where there is no commit", () => {
    assert.deepEqual(shortened(sequenceOf(5)).steps, sequenceOf(5).steps.slice(0, 2));
    assert.ok(Number.isSafeInteger(freshSeed()));
  });

  it("that failed once is whole", () => {
    for (const { seed, found, version, sequence } of REGRESSIONS) {
      assert.ok(found.length > 10 && /^\d+\.\d+\.\d+$/.test(version), String(seed));
      assert.equal(sequence.seed, seed);
      for (const { cluster, refused, change } of sequence.steps)
        assert.ok(refused ? change in FORBIDDEN : isValid(cluster), `${seed}: ${change}`);
    }
  });
});

describe("what the soak takes for forbidden", () => {
  /** As a run would have left it. */
  function ran(cluster: SoakCluster): ConvergeRecord {
    const config = resolved(cluster);
    assert.ok(config !== undefined);
    const { steps: playbooks } = planPreview(config, undefined, undefined);
    const mark = playbooks.map(({ proves }) => proves?.mark).findLast((one) => one !== undefined);
    const names = mark?.controlPlane ?? [];
    const { version } = config.kubernetes;
    const node = { role: "control-plane" as const, address: "10.20.0.11", version, labels: {}, taints: [] };
    return {
      version,
      kubesprayRef: config.kubespray.ref,
      nodes: names.map((name) => ({ ...node, name })),
      mark: { version, credential: "c", surroundings: "s", kubesprayRef: config.kubespray.ref, ...mark },
      hostKeys: [],
    } as unknown as ConvergeRecord;
  }

  /** Of the errors in the stack's file, or of the plan. */
  function refusalOf(before: SoakCluster, after: SoakCluster): string[] {
    const { config, issues } = validateStackValues({
      organization: "soak",
      cluster: { name: "soak", ...after },
    });
    if (config === undefined)
      return issues.filter(({ severity }) => severity === "error").map(({ code }) => code);
    const record = ran(before);
    return planPreview(config, record, observedFrom(record)).refusals.map(({ code }) => code);
  }

  for (const [name, { change, codes }] of Object.entries(FORBIDDEN)) {
    it(`is refused before anything is done: ${name}`, () => {
      const clusters = sequences.slice(0, 15).map(({ steps: [first] }) => first!.cluster);
      // Not every cluster can be changed like this.
      const changed = clusters.flatMap((before) => {
        const after = change(before, [1, 2, 3]);
        return after === undefined ? [] : [{ before, after }];
      });
      assert.ok(changed.length > 0);
      for (const { before, after } of changed) {
        const refusal = refusalOf(before, after);
        assert.ok(
          refusal.some((code) => codes.includes(code)),
          `${refusal.join(", ")}: ${JSON.stringify(after)}`,
        );
      }
    });
  }
});
