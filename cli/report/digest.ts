/** What was reviewed, in a few letters: the same preview has the same ones, and any other has others. */
import { digestOfValue } from "./digestOfValue";
import type { Outcome } from "./outcome";

/** Hexadecimal digits: enough to tell two values apart in one line. */
const SHOWN = 8;

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
