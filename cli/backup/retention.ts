/** Which sets may go. */
import type { BackupSet } from "./sets";
import { newestComplete } from "./sets";

export interface Expiry {
  readonly name: string;
  readonly why: string;
}

/**
 * Sets older than the retention, and what killed runs left. Never the newest complete one: when backups have stopped to
 * be made, it is the last. Never one that is refused either: it is evidence, and its times are somebody's claim.
 *
 * @param dead whether nobody else can be making a set now
 */
export function expired(
  sets: readonly BackupSet[],
  retentionSeconds: number,
  now: Date,
  dead: boolean,
): Expiry[] {
  const last = newestComplete(sets)?.name;
  return sets.flatMap(({ name, state, begunAt, manifest }): Expiry[] => {
    if (name === last) return [];
    if (state === "incomplete") return dead ? [{ name, why: "left by a run that was stopped" }] : [];
    if (state === "refused") return [];
    const made = manifest === undefined ? begunAt : new Date(manifest.createdAt);
    const old = now.getTime() - made.getTime() > retentionSeconds * 1_000;
    return old ? [{ name, why: `older than ${retentionSeconds / 86_400} days` }] : [];
  });
}
