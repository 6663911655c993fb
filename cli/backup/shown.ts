/** Sets as people read them. */
import { table } from "../table";
import type { BackupSet } from "./sets";
import type { Check } from "./verify";

const UNITS = ["B", "KiB", "MiB", "GiB"];

export function shownSize(bytes: number): string {
  const power = Math.min(UNITS.length - 1, bytes === 0 ? 0 : Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 1024 ** power;
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${UNITS[power]}`;
}

export function shownAge(since: Date, now: Date): string {
  const minutes = Math.max(0, Math.round((now.getTime() - since.getTime()) / 60_000));
  if (minutes < 120) return `${minutes} min`;
  return minutes < 48 * 60 ? `${Math.round(minutes / 60)} h` : `${Math.round(minutes / 1_440)} d`;
}

/** Names of what a set has. */
export function partsOf({ manifest }: BackupSet): string[] {
  if (manifest === undefined) return [];
  return [...manifest.parts.map(({ part }) => part), ...(manifest.velero === undefined ? [] : ["velero"])];
}

const sizeOf = ({ objects, manifest }: BackupSet) =>
  objects.reduce((sum, { size }) => sum + size, 0) +
  (manifest?.velero?.files ?? []).reduce((sum, { size }) => sum + size, 0);

export function shownSets(sets: readonly BackupSet[], shownStore: string, now = new Date()): string {
  if (sets.length === 0) return `There is no backup in ${shownStore}.`;
  const rows = sets.map((set) => [
    set.name,
    shownAge(set.begunAt, now),
    shownSize(sizeOf(set)),
    set.state,
    set.manifest?.expiresAt.slice(0, 10) ?? "-",
    set.problem ?? partsOf(set).join(", "),
  ]);
  return table([["BACKUP", "AGE", "SIZE", "STATE", "KEPT UNTIL", "PARTS"], ...rows]);
}

export function setJson(set: BackupSet, now = new Date()) {
  const { name, state, manifest, problem, begunAt } = set;
  return {
    name,
    state,
    problem: problem ?? null,
    begunAt: begunAt.toISOString(),
    ageSeconds: Math.round((now.getTime() - begunAt.getTime()) / 1_000),
    expiresAt: manifest?.expiresAt ?? null,
    bytes: sizeOf(set),
    parts: partsOf(set),
    without: manifest?.without ?? [],
    versions: manifest?.versions ?? null,
  };
}

export function shownChecks(checks: readonly Check[]): string {
  return table(
    checks.map(({ what, size, problem }) => [
      problem === undefined ? "✓" : "✗",
      what,
      shownSize(size),
      problem ?? "",
    ]),
  );
}
