/** `npm run soak`: random sequences on the simulated cloud. docs/soak.md says what they are and what was found. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { isUsageError, wholeNumber } from "../../sandbox/usage";
import { play, type Played } from "./play";
import { REGRESSIONS } from "./regressions";
import { sequenceOf } from "./sequence";
import type { SoakSequence } from "./types";

const USAGE = `npm run soak [-- OPTIONS]
  --sequences 200  how many are played
  --seed N         of the first; the others follow (default: what the clock says)
  --lanes 3        how many at a time
  --minutes N      begins none after so long, and says how many were played
  --regressions    what failed once, instead of new ones
  --real           the real programs of Kubernetes and Flux, where they are built
`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      sequences: { type: "string", default: "200" },
      seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
      lanes: { type: "string", default: "3" },
      minutes: { type: "string" },
      regressions: { type: "boolean", default: false },
      real: { type: "boolean", default: false },
    },
  });
  const { help, regressions, real, minutes } = values;
  return {
    ...{ help, regressions, real },
    count: wholeNumber(values.sequences, "--sequences"),
    seed: wholeNumber(values.seed, "--seed", 0),
    lanes: wholeNumber(values.lanes, "--lanes"),
    milliseconds: minutes === undefined ? Infinity : wholeNumber(minutes, "--minutes") * 60_000,
  };
}

type Options = ReturnType<typeof readArguments>;

function sequences({ regressions, count, seed }: Options): SoakSequence[] {
  if (regressions) return REGRESSIONS.map(({ sequence }) => sequence);
  return Array.from({ length: count }, (_, index) => sequenceOf(seed + index));
}

function tell({ seed, seconds, failure, diary }: Played, done: number, of: number): void {
  const verdict = failure === undefined ? "✓" : "✗";
  console.log(`${verdict} seed ${seed}  ${seconds} s  (${done} of ${of})`);
  if (failure === undefined) return;
  console.log([...diary, failure].join("\n").replace(/^/gm, "    "));
  console.log(`    Again: npm run soak -- --sequences 1 --seed ${seed}`);
}

async function soak(options: Options): Promise<void> {
  const { seed, lanes, real, milliseconds } = options;
  const logs = mkdtempSync(join(tmpdir(), "opencenter-soak-"));
  const all = sequences(options);
  const waiting = [...all];
  const played: Played[] = [];
  const until = Date.now() + milliseconds;
  console.log(
    `${all.length} sequences from seed ${all[0]?.seed ?? seed}, ${lanes} at a time; logs of failures in ${logs}`,
  );
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined && Date.now() < until; next = waiting.shift()) {
      played.push(await play(next, { logs, realKubernetes: real }));
      tell(played.at(-1)!, played.length, all.length);
    }
  };
  await Promise.all(Array.from({ length: lanes }, lane));
  const failed = played.filter(({ failure }) => failure !== undefined).map(({ seed }) => seed);
  console.log(`\n${played.length} of ${all.length} sequences played, ${failed.length} failed`);
  if (failed.length > 0) console.log(`seeds that failed: ${failed.join(", ")}`);
  process.exitCode = failed.length > 0 || played.length === 0 ? 1 : 0;
}

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) process.stdout.write(USAGE);
  else await soak(options);
}

main().catch((error: unknown) => {
  console.error(isUsageError(error) ? `${error.message}\n${USAGE}` : error);
  process.exitCode = 1;
});
