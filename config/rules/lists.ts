/** Lists in which an entry stands twice. */
import type { Path } from "../issue";
import { at, type Problem, type Rule } from "./rule";

/** Not ours to judge: they go to Kubespray and Helm as they are. */
const FOREIGN = new Set(["extraVars", "values"]);

function walk(value: unknown, path: Path): Problem[] {
  if (Array.isArray(value)) {
    const first = new Map<unknown, number>();
    const repeated = value.flatMap((item: unknown, index): Problem[] => {
      if (typeof item === "object" || !first.has(item)) {
        first.set(item, index);
        return [];
      }
      const message = `${JSON.stringify(item)} is in the list twice`;
      return [
        { path: [...path, index], message, hint: "Remove one.", because: [[...path, first.get(item) ?? 0]] },
      ];
    });
    return [...repeated, ...value.flatMap((item, index) => walk(item, [...path, index]))];
  }
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value)
    .filter(([key]) => !FOREIGN.has(key))
    .flatMap(([key, item]) => walk(item, [...path, key]));
}

const duplicates: Rule = {
  // Duplicates (of nodes above all) pass every check of Kubespray; Neutron answers 409 half-way.
  code: "duplicate-entry",
  check: (_, written) => walk(written, at()),
};

export const listRules: readonly Rule[] = [duplicates];
