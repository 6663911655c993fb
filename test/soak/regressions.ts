/** Sequences that failed once: the soak plays them before anything else. One line of data each, in the file beside this. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { SoakSequence } from "./types";

export interface Regression {
  readonly seed: number;
  /** What went wrong. */
  readonly found: string;
  /** Version of the program in which it did. */
  readonly version: string;
  /** Part of every run of the tests; the others are played by `npm run soak -- --regressions`. @default false */
  readonly always?: boolean;
  /** What the seed stood for then: another generator would make something else of it. */
  readonly sequence: SoakSequence;
}

export const REGRESSIONS: readonly Regression[] = readFileSync(join(__dirname, "regressions.jsonl"), "utf8")
  .split("\n")
  .filter((line) => line !== "")
  .map((line) => JSON.parse(line) as Regression);
