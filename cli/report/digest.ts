/** What was reviewed, in a few letters: the same preview has the same ones, and any other has others. */
import { createHash } from "node:crypto";
import type { Outcome } from "./outcome";

/** Hexadecimal digits: short enough to read out, long enough that nobody finds another preview with the same ones. */
const LENGTH = 32;
const SHOWN = 8;

/** Keys in one order: the engine promises none. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** Of any value that JSON can say; secrets come masked, and say nothing. */
export function digestOfValue(value: unknown): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, LENGTH);
}

export type Reviewed = Pick<Outcome, "changes" | "playbooks" | "files">;

/** One line for each thing that would be done. Playbooks have an order; the engine's steps run side by side. */
export function linesOf({ changes, playbooks, files }: Reviewed): readonly string[] {
  const shown = changes.map(({ op, type, name, properties, becomes }) => {
    const which = properties.length === 0 ? "" : ` (${[...properties].sort().join(", ")})`;
    return `${op} ${type} ${name}${which}${becomes === undefined ? "" : ` → ${becomes.slice(0, SHOWN)}`}`;
  });
  return [
    ...shown.sort(),
    ...playbooks.map((line, index) => `playbook ${index + 1}: ${line}`),
    ...[...files].sort().map((line) => `file: ${line}`),
  ];
}

/** Of everything that would be done to a stack. */
export function digestOfOutcome({ changes, playbooks, files }: Reviewed): string {
  const exact = changes.map(({ op, type, name, properties, becomes = "" }) =>
    JSON.stringify([op, type, name, [...properties].sort(), becomes]),
  );
  return digestOfValue([exact.sort(), playbooks, [...files].sort()]);
}
