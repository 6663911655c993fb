/** Nodes as the last run left them, against what the Kubernetes API shows. */
import type { ConvergeRecord } from "../../plan/kubernetes/record";
import { taintKey } from "../../plan/kubernetes/labels";
import type { ObservedNode } from "../../plan/kubernetes/types";
import type { Taint } from "../../plan/types";
import type { Difference, Finding } from "./report";

type Expected = ConvergeRecord["nodes"][number];

/** A node with what only the drift report asks for. */
export type SeenNode = ObservedNode & {
  /** `containerd://2.1.4` */
  readonly runtime: string;
  /** Why it is not ready, as the kubelet or the node controller says. */
  readonly notReady?: string;
};

const finding = (node: string, code: string, message: string, repair: string): Finding => ({
  layer: "nodes",
  code,
  subject: `Node ${node}`,
  message,
  repair,
});

const SET_AGAIN = "reconcile sets them again.";
const CONVERGE = "pulumi up brings it in: it compares the configuration with the cluster.";

/** @param record what the last run converged */
export function nodeFindings(record: Pick<ConvergeRecord, "nodes">, seen: readonly SeenNode[]): Finding[] {
  const byName = new Map(seen.map((node) => [node.name, node]));
  const expected = new Set(record.nodes.map(({ name }) => name));
  const usual = mostCommon(seen.map(({ runtime }) => runtime));
  return [
    ...record.nodes
      .filter(({ name }) => !byName.has(name))
      .map(({ name }) => finding(name, "node-missing", "is not in the cluster", CONVERGE)),
    ...seen.filter(({ name }) => !expected.has(name)).map(extra),
    ...record.nodes.flatMap((node) => {
      const there = byName.get(node.name);
      return there === undefined ? [] : differencesOf(node, there, usual);
    }),
  ];
}

const extra = ({ name }: SeenNode): Finding =>
  finding(
    name,
    "node-extra",
    "is in the cluster, and no node of this stack",
    `If nobody runs it: kubectl drain ${name} --ignore-daemonsets, kubectl delete node ${name}.`,
  );

function differencesOf(node: Expected, there: SeenNode, usualRuntime: string): Finding[] {
  const runtime = there.runtime === usualRuntime ? [] : [runtimeDifference(there, usualRuntime)];
  return [
    ...conditionFindings(there),
    ...differing(
      node,
      "node-version",
      "runs another version of Kubernetes",
      versionDifferences(node, there),
      CONVERGE,
    ),
    ...differing(node, "node-labels", "has other labels", labelDifferences(node, there), SET_AGAIN),
    ...differing(node, "node-taints", "has other taints", taintDifferences(node, there), SET_AGAIN),
    ...differing(node, "node-runtime", "has another container runtime than most nodes", runtime, CONVERGE),
  ];
}

function differing(
  { name }: Expected,
  code: string,
  message: string,
  differences: readonly Difference[],
  repair: string,
): Finding[] {
  return differences.length === 0 ? [] : [{ ...finding(name, code, message, repair), differences }];
}

function conditionFindings({ name, ready, notReady, unschedulable }: SeenNode): Finding[] {
  const found: Finding[] = [];
  if (!ready) {
    const message = `is not Ready: ${notReady ?? "the kubelet does not say why"}`;
    const repair = `kubectl describe node ${name}; on the machine: journalctl -u kubelet -u containerd.`;
    found.push(finding(name, "node-not-ready", message, repair));
  }
  if (unschedulable)
    found.push(
      finding(name, "node-cordoned", "takes no new pods (cordoned)", "reconcile uncordons it, or ignore it."),
    );
  return found;
}

const runtimeDifference = ({ runtime }: SeenNode, usual: string): Difference => ({
  path: "containerRuntimeVersion",
  expected: usual,
  actual: runtime,
});

function versionDifferences({ role, version }: Expected, there: SeenNode): Difference[] {
  const pairs = [
    ["kubelet", there.kubeletVersion],
    // Of a worker there is none, and of a control plane that is just starting nobody can tell.
    ["kube-apiserver", role === "control-plane" ? there.apiServerVersion : undefined],
  ] as const;
  return pairs
    .filter(([, actual]) => actual !== undefined && actual !== version)
    .map(([path, actual]) => ({ path, expected: version, actual }));
}

/** Of the labels that the program set; what others add is theirs. */
function labelDifferences(node: Expected, there: SeenNode): Difference[] {
  const set = Object.entries(node.labels)
    .filter(([key, value]) => there.labels[key] !== value)
    .map(([key, expected]) => ({ path: `labels.${key}`, expected, actual: there.labels[key] }));
  const left = there.owned.labels
    .filter((key) => !(key in node.labels) && there.labels[key] !== undefined)
    .map((key) => ({ path: `labels.${key}`, actual: there.labels[key] }));
  return [...set, ...left];
}

/** Kubernetes' own: what it does about a node that is cordoned or in trouble is said above. */
const OWN_TAINTS = /^node\.kubernetes\.io\/|^node\.cloudprovider\.kubernetes\.io\//;
const CONTROL_PLANE_TAINT = "node-role.kubernetes.io/control-plane";

/** A taint that nobody asked for keeps pods away, whoever set it. */
function taintDifferences(node: Expected, there: SeenNode): Difference[] {
  const text = ({ key, value, effect }: Taint) => `${key}${value === "" ? "" : `=${value}`}:${effect}`;
  const seen = new Map(there.taints.map((taint) => [taintKey(taint), taint]));
  const wanted = new Map(node.taints.map((taint) => [taintKey(taint), taint]));
  const path = (key: string) => `taints.${key}`;
  const missing = [...wanted]
    .filter(([key, taint]) => seen.get(key)?.value !== taint.value)
    .map(([key, taint]) => {
      const actual = seen.get(key);
      return { path: path(key), expected: text(taint), ...(actual && { actual: text(actual) }) };
    });
  const extra = foreignTaints(node, there).map((taint) => ({
    path: path(taintKey(taint)),
    actual: text(taint),
  }));
  return [...missing, ...extra];
}

/** Taints that nobody asked for, Kubernetes' own left out. */
export function foreignTaints(
  node: { readonly taints: readonly Taint[] },
  there: { readonly taints: readonly Taint[] },
): Taint[] {
  const wanted = new Set(node.taints.map(taintKey));
  return there.taints.filter(
    (taint) =>
      !wanted.has(taintKey(taint)) && !OWN_TAINTS.test(taint.key) && taint.key !== CONTROL_PLANE_TAINT,
  );
}

function mostCommon(values: readonly string[]): string {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts].sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))[0]?.[0] ?? "";
}
