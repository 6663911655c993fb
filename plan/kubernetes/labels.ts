/** Labels and taints: Kubespray only ever adds them, so the difference is taken and applied here. */
import type { Taint } from "../types";
import type { NodePlan, ObservedNode } from "./types";

/** What is to change on one node. */
export interface NodeMetadataChange {
  readonly node: string;
  readonly setLabels: Readonly<Record<string, string>>;
  readonly removeLabels: readonly string[];
  /** The complete list afterwards: the API replaces taints as a whole. */
  readonly taints: readonly Taint[];
  readonly taintsChange: boolean;
  /** What the program owns afterwards. */
  readonly owned: ObservedNode["owned"];
  readonly ownedChange: boolean;
}

export function taintKey({ key, effect }: Pick<Taint, "key" | "effect">): string {
  return `${key}:${effect}`;
}

const sameList = (a: readonly string[], b: readonly string[]) =>
  a.length === b.length && a.every((value, index) => value === b[index]);

/** The difference on a node, or nothing. Only what the program itself once set is ever taken away. */
export function nodeMetadataChange(wanted: NodePlan, there: ObservedNode): NodeMetadataChange | undefined {
  const setLabels = Object.fromEntries(
    Object.entries(wanted.labels).filter(([key, value]) => there.labels[key] !== value),
  );
  const removeLabels = there.owned.labels.filter(
    (key) => !(key in wanted.labels) && there.labels[key] !== undefined,
  );
  const wantedKeys = wanted.taints.map(taintKey);
  const foreign = there.taints.filter(
    (taint) => !wantedKeys.includes(taintKey(taint)) && !there.owned.taints.includes(taintKey(taint)),
  );
  const taints = [...foreign, ...wanted.taints];
  const taintsChange = !sameTaints(taints, there.taints);
  const owned = { labels: Object.keys(wanted.labels).sort(), taints: [...wantedKeys].sort() };
  const ownedChange =
    !sameList(owned.labels, [...there.owned.labels].sort()) ||
    !sameList(owned.taints, [...there.owned.taints].sort());
  if (Object.keys(setLabels).length + removeLabels.length === 0 && !taintsChange && !ownedChange)
    return undefined;
  return { node: wanted.name, setLabels, removeLabels, taints, taintsChange, owned, ownedChange };
}

function sameTaints(a: readonly Taint[], b: readonly Taint[]): boolean {
  const texts = (taints: readonly Taint[]) =>
    taints.map(({ key, value, effect }) => `${key}=${value}:${effect}`).sort();
  return sameList(texts(a), texts(b));
}

/** Changes on all wanted nodes that are in the cluster. */
export function nodeMetadataChanges(
  wanted: readonly NodePlan[],
  there: readonly ObservedNode[],
): NodeMetadataChange[] {
  const byName = new Map(there.map((node) => [node.name, node]));
  return wanted.flatMap((node) => {
    const observed = byName.get(node.name);
    return (observed && nodeMetadataChange(node, observed)) ?? [];
  });
}
