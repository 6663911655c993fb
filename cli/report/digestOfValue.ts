/** A digest that depends on what a value says alone, and not on the order in which it says it. */
import { createHash } from "node:crypto";

/** Hexadecimal digits: short enough to read out, long enough that nobody finds another preview with the same ones. */
const LENGTH = 32;

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
