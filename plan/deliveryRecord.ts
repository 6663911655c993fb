/** What publishing leaves in the stack's outputs, and what a preview makes of it. */
import { z } from "zod";
import type { DeliveryResult } from "./delivery";

const record = z.object({
  lifecycle: z.enum(["day-1", "day-2"]),
  branch: z.string(),
  commit: z.string(),
  published: z.boolean(),
  pullRequest: z.string().optional(),
  files: z.record(z.string(), z.string()),
  recipients: z.array(z.string()),
  knownHosts: z.string().optional(),
});

/** Nothing where nothing was published, or where an older program wrote something else. */
export function parseDelivery(value: unknown): DeliveryResult | undefined {
  const { success, data } = record.safeParse(value);
  return success ? data : undefined;
}

/** `base/0123456789ab/`: a folder that comes and goes as a whole. */
const BASE = /^base\/[^/]+\//;

/** A line for each file that comes, changes or goes, by path; the many of a base are one. */
export function changedFiles(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): string[] {
  const paths = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
  const lines = new Map<string, number>();
  for (const path of paths) {
    if (before[path] === after[path]) continue;
    const sign = before[path] === undefined ? "+" : after[path] === undefined ? "-" : "~";
    const line = `${sign} ${BASE.exec(path)?.[0] ?? path}`;
    lines.set(line, (lines.get(line) ?? 0) + 1);
  }
  return [...lines].map(([line, count]) => (line.endsWith("/") ? `${line} (${count} files)` : line));
}
