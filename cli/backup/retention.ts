/** Which sets may go. */
import type { BackupSet } from "./sets";
import { newestComplete } from "./sets";
import { isWhole, type Skippable } from "./whole";

export interface Expiry {
  readonly name: string;
  readonly why: string;
}

/**
 * Sets older than the retention, and what killed runs left. Never the newest complete one: when backups have stopped to
 * be made, it is the last. Never the newest one with all that is wanted either: sets that are made while Velero is down
 * are complete, and would let the last ones go that have its part. And never one that is refused: it is evidence, and its
 * times are somebody's claim.
 *
 * @param dead whether nobody else can be making a set now
 * @param wanted what a set is to have
 */
export function expired(
  sets: readonly BackupSet[],
  retentionSeconds: number,
  now: Date,
  dead: boolean,
  wanted: readonly Skippable[],
): Expiry[] {
  const whole = sets.filter(({ manifest }) => manifest !== undefined && isWhole(manifest, wanted));
  const last = [newestComplete(sets), newestComplete(whole)].map((set) => set?.name);
  return sets.flatMap(({ name, state, begunAt, manifest }): Expiry[] => {
    if (last.includes(name)) return [];
    if (state === "incomplete") return dead ? [{ name, why: "left by a run that was stopped" }] : [];
    if (state === "refused") return [];
    const made = manifest === undefined ? begunAt : new Date(manifest.createdAt);
    const old = now.getTime() - made.getTime() > retentionSeconds * 1_000;
    return old ? [{ name, why: `older than ${retentionSeconds / 86_400} days` }] : [];
  });
}
