/** `npm run soak -- [--sequences N] [--seed N] [--lanes N] [--minutes N] [--regressions] [--real]`. */
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { play, type Played } from "./play";
import { REGRESSIONS } from "./regressions";
import { sequenceOf } from "./sequence";
import type { SoakSequence } from "./types";

const { values } = parseArgs({
  options: {
    sequences: { type: "string", default: "200" },
    seed: { type: "string", default: String(Date.now() % 1_000_000_000) },
    lanes: { type: "string", default: "3" },
    minutes: { type: "string" },
    regressions: { type: "boolean", default: false },
    real: { type: "boolean", default: false },
  },
});

function sequences(): SoakSequence[] {
  if (values.regressions) return REGRESSIONS.map(({ sequence }) => sequence);
  return Array.from({ length: Number(values.sequences) }, (_, index) =>
    sequenceOf(Number(values.seed) + index),
  );
}

function tell({ seed, seconds, failure, diary }: Played, done: number, of: number): void {
  const verdict = failure === undefined ? "✓" : "✗";
  console.log(`${verdict} seed ${seed}  ${seconds} s  (${done} of ${of})`);
  if (failure === undefined) return;
  console.log([...diary, failure].join("\n").replace(/^/gm, "    "));
  console.log(`    Again: npm run soak -- --sequences 1 --seed ${seed}`);
}

async function soak(): Promise<void> {
  const logs = mkdtempSync(join(tmpdir(), "opencenter-soak-"));
  const all = sequences();
  const waiting = [...all];
  const played: Played[] = [];
  const until = values.minutes === undefined ? Infinity : Date.now() + Number(values.minutes) * 60_000;
  console.log(
    `${all.length} sequences from seed ${values.seed}, ${values.lanes} at a time; logs of failures in ${logs}`,
  );
  const lane = async () => {
    for (let next = waiting.shift(); next !== undefined && Date.now() < until; next = waiting.shift()) {
      played.push(await play(next, { logs, realKubernetes: values.real }));
      tell(played.at(-1)!, played.length, all.length);
    }
  };
  await Promise.all(Array.from({ length: Number(values.lanes) }, lane));
  const failed = played.filter(({ failure }) => failure !== undefined).map(({ seed }) => seed);
  console.log(`\n${played.length} of ${all.length} sequences played, ${failed.length} failed`);
  if (failed.length > 0) console.log(`seeds that failed: ${failed.join(", ")}`);
  process.exitCode = failed.length > 0 || played.length === 0 ? 1 : 0;
}

void soak();
