/** What goes, and what is left, for people. */
import type { Belonging } from "../belongings/types";
import { kindOf } from "../drift/cloud/digest";
import type { StackState } from "../recover/state";
import type { Leftovers, Removal } from "./leftovers";

const line = ({ kind, id, name, owner }: Belonging) =>
  `  ${kind} ${name || "(no name)"}  ${id}${owner === "kubernetes" ? "  (made by Kubernetes)" : ""}`;

/** By kind, most first: five hundred lines say less than twelve. */
export function whatGoes({ resources }: StackState): string[] {
  const counts = new Map<string, number>();
  for (const { type } of resources)
    if (type.startsWith("openstack:")) counts.set(kindOf(type), (counts.get(kindOf(type)) ?? 0) + 1);
  return [...counts].sort(([, a], [, b]) => b - a).map(([kind, count]) => `${count} ${kind}`);
}

export function leftoversText({ ours, doubtful, kept, unasked }: Leftovers): string[] {
  const part = (title: string, lines: readonly string[]) => (lines.length === 0 ? [] : [title, ...lines]);
  return [
    ...part("Left in the cloud:", ours.map(line)),
    ...part(
      "Called like this cluster's, and perhaps another organisation's; look at them yourself:",
      doubtful.map(line),
    ),
    ...part(
      "Kept:",
      kept.map(({ kind, id, name, why }) => `  ${kind} ${name}  ${id}: ${why}`),
    ),
    ...part(
      "Could not be asked:",
      unasked.map(({ service, reason }) => `  ${service}: ${reason}`),
    ),
  ];
}

export function removalText({ removed, stuck }: Removal): string[] {
  return [
    ...(removed.length > 0 ? [`Deleted ${removed.length} leftovers.`] : []),
    ...stuck.map(({ what, reason }) => `Still there: ${line(what).trim()}: ${reason}`),
  ];
}
