/** What the real services answered, kept as one line per call and one file per area. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Recorded } from "./normal";

const FOLDER = join(__dirname, "golden");

const fileOf = (area: string) => join(FOLDER, `${area}.jsonl`);

/** @returns undefined when the area was never recorded */
export function readGolden(area: string): Recorded[] | undefined {
  if (!existsSync(fileOf(area))) return undefined;
  const lines = readFileSync(fileOf(area), "utf8").split("\n");
  return lines.filter((line) => line !== "").map((line) => JSON.parse(line) as Recorded);
}

export function writeGolden(area: string, steps: readonly Recorded[]): void {
  writeFileSync(fileOf(area), steps.map((step) => `${JSON.stringify(step)}\n`).join(""));
}
