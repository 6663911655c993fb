/** What differs between two trees, in words. */
import { isDeepStrictEqual } from "node:util";
import type { Files } from "../types";
import { clusterObjects, type Objects } from "./objects";

export interface FileDifferences {
  readonly added: readonly string[];
  readonly changed: readonly string[];
  readonly removed: readonly string[];
}

export function fileDifferences(before: Files, after: Files): FileDifferences {
  const sorted = (paths: Iterable<string>) => [...paths].sort();
  return {
    added: sorted([...after.keys()].filter((path) => !before.has(path))),
    changed: sorted(
      [...after]
        .filter(([path, text]) => before.has(path) && before.get(path) !== text)
        .map(([path]) => path),
    ),
    removed: sorted([...before.keys()].filter((path) => !after.has(path))),
  };
}

/** One object that is not the same. */
export interface ObjectDifference {
  /** Such as `HelmRelease kyverno/kyverno`. */
  readonly object: string;
  readonly kind: "added" | "changed" | "removed";
  /** Of a changed object: `spec.chart.spec.version: 3.8.2 → 3.8.3`. */
  readonly fields: readonly string[];
}

/** What changes in the cluster's objects, by service or stage; only those where something does. */
export function objectDifferences(
  before: Files,
  after: Files,
  cluster: string,
): ReadonlyMap<string, readonly ObjectDifference[]> {
  const [old, now] = [clusterObjects(before, cluster), clusterObjects(after, cluster)];
  const owners = [...new Set([...old.keys(), ...now.keys()])].sort();
  const nothing: Objects = new Map();
  return new Map(
    owners
      .map((owner) => [owner, between(old.get(owner) ?? nothing, now.get(owner) ?? nothing)] as const)
      .filter(([, differences]) => differences.length > 0),
  );
}

function between(before: Objects, after: Objects): ObjectDifference[] {
  const identities = [...new Set([...before.keys(), ...after.keys()])].sort();
  return identities.flatMap((object): ObjectDifference[] => {
    const [old, now] = [before.get(object), after.get(object)];
    if (old === undefined) return [{ object, kind: "added", fields: [] }];
    if (now === undefined) return [{ object, kind: "removed", fields: [] }];
    const fields = fieldDifferences(old, now, "");
    return fields.length === 0 ? [] : [{ object, kind: "changed", fields }];
  });
}

const isMapping = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Lists count as one: their items have no names to tell them by. */
function fieldDifferences(before: unknown, after: unknown, path: string): string[] {
  if (isDeepStrictEqual(before, after)) return [];
  if (isMapping(before) && isMapping(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort();
    return keys.flatMap((key) =>
      fieldDifferences(before[key], after[key], path === "" ? key : `${path}.${key}`),
    );
  }
  return [`${path}: ${shown(before)} → ${shown(after)}`];
}

/** Longer values are for `git diff`. */
const LONGEST = 80;

function shown(value: unknown): string {
  if (value === undefined) return "(none)";
  const text = typeof value === "string" ? value.replaceAll("\n", "⏎") : JSON.stringify(value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
}

const SIGNS = { added: "+", changed: "~", removed: "-" } as const;

/** For people: services as headings, their objects below. */
export function differencesAsText(
  differences: ReadonlyMap<string, readonly ObjectDifference[]>,
): readonly string[] {
  return [...differences].flatMap(([owner, objects]) => [
    owner,
    ...objects.flatMap(({ object, kind, fields }) => [
      `  ${SIGNS[kind]} ${object}`,
      ...fields.map((field) => `      ${field}`),
    ]),
  ]);
}
