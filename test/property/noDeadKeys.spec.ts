/**
 * No dead keys: what a user may write does something. Every leaf of the schema is changed, one at a time, and the
 * plan and the resources that the program registers must not be the same as before.
 */
import assert from "node:assert/strict";
import { everyPath } from "../../config/checking/schemaModel";
import type { ClusterConfig } from "../../config/resolve";
import { Cluster } from "../../components/cluster";
import { planCluster } from "../../plan";
import { planDrift } from "../../plan/drift";
import { deploy } from "../support/mocks";
import { scratch } from "../support/scratch";
import { changed, changedTogether } from "./support";

/**
 * Sections whose consumer is not written yet. A key that begins to have an effect makes this test fail, and is then
 * taken from the list; a section (`a.b.*`) may only be listed while nothing in it has one.
 */
const notYetUsed: readonly string[] = [
  // Follows from the URL; another value is an error, which is all that it is for.
  "cluster.gitops.auth",
];

/** Sections that a verb reads, and no component: their consumer's answer must change, and no resource may. */
const verbs: Readonly<Record<string, (config: ClusterConfig) => unknown>> = {
  "cluster.drift.*": (config) => planDrift(config, "2026-06-15"),
};
const ofVerbs = Object.keys(verbs);

const every = [...new Set(everyPath().map((path) => path.join(".")))];
const leaves = every.filter((path) => !every.some((other) => other.startsWith(`${path}.`)));

function listed(path: string, list: readonly string[]): boolean {
  return list.some(
    (entry) => entry === path || (entry.endsWith(".*") && path.startsWith(entry.slice(0, -1))),
  );
}

/** What the engine is told, as text: order included, for dependencies are told by it. */
async function deployed(config: ClusterConfig): Promise<string> {
  // The SDK takes a stack for every promise, half of the time of a deployment; sixty of them are too slow with it.
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    const { resources: registered, calls } = await deploy(
      () => new Cluster(config.name, { config, root: scratch() }),
    );
    return JSON.stringify([registered, calls]);
  } finally {
    Error.stackTraceLimit = limit;
  }
}

const known = new Map<string, Promise<string>>();

/** Most keys are changed in the same configuration, and a cluster takes a quarter of a second to make. */
function resources(config: ClusterConfig): Promise<string> {
  const key = JSON.stringify(config);
  const result = known.get(key) ?? deployed(config);
  known.set(key, result);
  return result;
}

const plan = (config: ClusterConfig): string => JSON.stringify(planCluster(config));

async function hasEffect(path: string): Promise<{ inPlan: boolean; inResources: boolean }> {
  const { before, after } = changed(path);
  // One after the other: the SDK knows one engine at a time.
  const [old, now] = [await resources(before), await resources(after)];
  return { inPlan: plan(before) !== plan(after), inResources: old !== now };
}

describe("no dead keys", function () {
  this.timeout(60_000);
  this.slow(5_000);

  it("tells the same twice, so that a difference means something", async () => {
    const { before } = changed("cluster.name");
    assert.equal(await deployed(before), await deployed(before));
  });

  for (const path of leaves.filter((leaf) => !listed(leaf, [...notYetUsed, ...ofVerbs]))) {
    it(`${path} changes resources`, async () => {
      const { inResources } = await hasEffect(path);
      assert.ok(inResources, `${path} has no effect: use it, or take it out of the schema`);
    });
  }

  for (const [section, consumer] of Object.entries(verbs))
    for (const path of leaves.filter((leaf) => listed(leaf, [section])))
      it(`${path} changes what a verb does, and no resource`, async () => {
        const { before, after } = changed(path);
        assert.notDeepEqual(consumer(after), consumer(before));
        assert.equal((await hasEffect(path)).inResources, false);
      });

  const waiting = leaves.filter((leaf) => listed(leaf, notYetUsed));
  for (const path of waiting) {
    it(`${path} waits for its consumer`, () => {
      const { before, after } = changed(path);
      assert.equal(plan(after), plan(before), `${path} has an effect now: take it from notYetUsed`);
    });
  }

  it("lets no component read what waits for its consumer", async function () {
    this.timeout(300_000);
    const { before, after } = changedTogether(waiting);
    // All at once, for each deployment takes its time; one by one only to name those that have an effect.
    if ((await resources(after)) === (await resources(before))) return;
    const used = [];
    for (const path of waiting) if ((await hasEffect(path)).inResources) used.push(path);
    assert.fail(`these have an effect now: take them from notYetUsed: ${used.join(", ")}`);
  });

  it("lists only what is in the schema", () => {
    const stale = notYetUsed.filter((entry) => !leaves.some((leaf) => listed(leaf, [entry])));
    assert.deepEqual(stale, []);
  });
});
