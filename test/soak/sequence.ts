/** From a seed to a sequence: pure, and the same each time. */
import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { validateStackValues } from "../../config/validate";
import { ALLOWED, NOT_IN_PRODUCTION } from "./changes";
import { soakCluster } from "./clusters";
import { disturbance, firstDisturbance, lastDisturbance } from "./disturbances";
import { FORBIDDEN } from "./forbidden";
import type { Disturbance, SoakCluster, SoakSequence, SoakStep } from "./types";

const die = fc.nat(1000);

/** A step before it is known which cluster it meets. */
interface Throw {
  readonly change: string;
  readonly forbidden: string | undefined;
  readonly dice: readonly [number, number, number];
  readonly disturbance: Disturbance;
  readonly careful: boolean;
}

const oneThrow: fc.Arbitrary<Throw> = fc.record({
  change: fc.constantFrom(...Object.keys(ALLOWED)),
  forbidden: fc.oneof(
    { weight: 6, arbitrary: fc.constant(undefined) },
    { weight: 1, arbitrary: fc.constantFrom(...Object.keys(FORBIDDEN)) },
  ),
  dice: fc.tuple(die, die, die),
  disturbance,
  careful: fc.boolean(),
});

const draft = fc.record({
  cluster: soakCluster,
  first: firstDisturbance,
  careful: fc.boolean(),
  throws: fc.array(oneThrow, { minLength: 1, maxLength: 4 }),
  end: lastDisturbance,
});

/** Whether a stack's file may say so. */
export function isValid(cluster: SoakCluster): boolean {
  return validateStackValues({ organization: "soak", cluster: { name: "soak", ...cluster } }).valid;
}

const same = (a: SoakCluster, b: SoakCluster) => JSON.stringify(a) === JSON.stringify(b);

/** The change that was thrown where it applies, else the next in the list that does. */
function allowed(cluster: SoakCluster, { change, dice }: Throw): { change: string; cluster: SoakCluster } {
  const names = Object.keys(ALLOWED);
  const from = names.indexOf(change);
  for (const name of [...names.slice(from), ...names.slice(0, from)]) {
    if (cluster.environment === "production" && NOT_IN_PRODUCTION.has(name)) continue;
    const after = ALLOWED[name]!(cluster, dice);
    if (after !== undefined && !same(after, cluster) && isValid(after))
      return { change: name, cluster: after };
  }
  throw new Error("no change applies, and tags always do");
}

function step(cluster: SoakCluster, thrown: Throw): SoakStep {
  const { forbidden, dice, careful } = thrown;
  const refused = forbidden === undefined ? undefined : FORBIDDEN[forbidden]!.change(cluster, dice);
  if (forbidden !== undefined && refused !== undefined && !same(refused, cluster))
    return { change: forbidden, cluster: refused, refused: true, disturbance: { kind: "none" }, careful };
  return { ...allowed(cluster, thrown), refused: false, disturbance: thrown.disturbance, careful };
}

/** The sequence of a seed. */
export function sequenceOf(seed: number): SoakSequence {
  const [drawn] = fc.sample(draft, { seed, numRuns: 1 });
  if (drawn === undefined) throw new Error("fast-check drew nothing");
  let { cluster } = drawn;
  const first = {
    change: "a new cluster",
    cluster,
    refused: false,
    disturbance: drawn.first,
    careful: drawn.careful,
  };
  const steps: SoakStep[] = [first];
  for (const thrown of drawn.throws) {
    const next = step(cluster, thrown);
    steps.push(next);
    if (!next.refused) cluster = next.cluster;
  }
  return { seed, steps, end: drawn.end };
}

/** Steps of a sequence that must not take long: the cluster, and one change of it. */
const SHORT = 2;

/** The beginning of a sequence, for CI. */
export function shortened(sequence: SoakSequence): SoakSequence {
  return { ...sequence, steps: sequence.steps.slice(0, SHORT) };
}

/** Seeds of other commits are other sequences: CI sees new ones with each, and the same when it runs again. */
export function freshSeed(now = new Date()): number {
  try {
    const commit = execFileSync("git", ["rev-parse", "HEAD"], { cwd: __dirname, encoding: "utf8" });
    return Number.parseInt(commit.slice(0, 7), 16);
  } catch {
    // An archive without its history.
    return Number(now.toISOString().slice(0, 10).replaceAll("-", ""));
  }
}
