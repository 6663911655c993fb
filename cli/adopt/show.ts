/** An adoption in words. */
import { kindOf } from "../drift/cloud/digest";
import { foreseen, type Effect } from "./changes";
import type { Adoption, Change } from "./types";

const shown = (value: string) => (value === "" ? "(none)" : value);

export function changeLines(changes: readonly Change[]): string[] {
  return changes.map(
    ({ property, from, to, replaces }) =>
      `    ${property}: ${shown(from)} → ${shown(to)}${replaces ? "  (needs a new object)" : ""}`,
  );
}

export function planLines(adoptions: readonly Adoption[]): string[] {
  return adoptions.flatMap((adoption) => {
    const { wanted, id, object } = adoption;
    const called = typeof object["name"] === "string" && object["name"] !== "" ? `, ${object["name"]}` : "";
    return [`  ${kindOf(wanted.type)} ${wanted.name} → ${id}${called}`, ...changeLines(foreseen(adoption))];
  });
}

export function effectLines(effects: readonly Effect[]): string[] {
  return effects.flatMap(({ name, op, changes }) => [`  ${name}: ${op}`, ...changeLines(changes)]);
}
