/** What differs between an object as it is and as it should be. */
import { isDeepStrictEqual } from "node:util";
import { type Properties, UNKNOWN } from "../shared";
import { isMap } from "./objects";

export interface Change {
  readonly path: readonly string[];
  readonly kind: "add" | "delete" | "update";
  readonly replaces: boolean;
}

/**
 * @param ignored paths as in `ignoreChanges`
 * @param replacing paths whose change needs another object
 */
export function changesBetween(
  before: Properties,
  after: Properties,
  ignored: readonly string[],
  replacing: readonly string[],
): Change[] {
  const ignoredPaths = ignored.map(parsePath);
  const replacingPaths = replacing.map(parsePath);
  return differences([], before, after)
    .filter(({ path }) => !ignoredPaths.some((prefix) => isWithin(prefix, path)))
    .map((change) => ({
      ...change,
      // The other way round too: metadata that is gone as a whole takes the name with it.
      replaces: replacingPaths.some(
        (place) => isWithin(place, change.path) || (change.kind !== "add" && isWithin(change.path, place)),
      ),
    }));
}

function differences(path: readonly string[], before: unknown, after: unknown): Omit<Change, "replaces">[] {
  if (isDeepStrictEqual(before, after)) return [];
  // An empty map and none are the same to Kubernetes.
  if (isMap(before ?? {}) && isMap(after ?? {}) && (isMap(before) || isMap(after))) {
    const [olds, news] = [(before ?? {}) as Properties, (after ?? {}) as Properties];
    const names = [...new Set([...Object.keys(olds), ...Object.keys(news)])].sort();
    return names.flatMap((name) => differences([...path, name], olds[name], news[name]));
  }
  if (after === undefined) return [{ path, kind: "delete" }];
  return [{ path, kind: before === undefined && after !== UNKNOWN ? "add" : "update" }];
}

/** A path as the engine writes it: `data.key`, `metadata.labels["a.b"]`, `*`. By hand: the SDK has no parser for it. */
export function parsePath(text: string): string[] {
  return [...text.matchAll(/\["((?:[^"\\]|\\.)*)"\]|([^.[\]]+)/g)].map(
    ([, quoted, bare]) => quoted?.replace(/\\(.)/g, "$1") ?? bare!,
  );
}

export function printPath(path: readonly string[]): string {
  return path.reduce((before, name) => {
    if (/[."[\]]/.test(name)) return `${before}["${name.replace(/["\\]/g, "\\$&")}"]`;
    return before === "" ? name : `${before}.${name}`;
  }, "");
}

function isWithin(prefix: readonly string[], path: readonly string[]): boolean {
  return prefix.length <= path.length && prefix.every((name, at) => name === "*" || name === path[at]);
}
