/** Labels and taints as Kubernetes takes them: `kubectl` would refuse them one node at a time, after installation. */
import type { Path } from "../issue";
import type { ClusterConfig } from "../resolve";
import { at, when, type Problem, type Rule } from "./rule";

const NAME = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;

function isQualifiedName(key: string): boolean {
  const parts = key.split("/");
  const [prefix, name] = parts.length === 1 ? [undefined, key] : parts;
  if (parts.length > 2 || !NAME.test(name ?? "")) return false;
  return prefix === undefined || (prefix.length <= 253 && PREFIX.test(prefix));
}

const isLabelValue = (value: string): boolean => value === "" || NAME.test(value);

const KEY_HINT = "Write [prefix.example.com/]name, the name of 63 letters, digits, '-', '_' or '.' at most.";
const VALUE_HINT =
  "Write 63 letters, digits, '-', '_' or '.' at most, beginning and ending with a letter or digit.";

/** The prefix of a key when it is one of Kubernetes' own. */
function ownPrefix(key: string): string | undefined {
  const prefix = key.includes("/") ? (key.split("/")[0] ?? "") : "";
  return /(^|\.)(kubernetes|k8s)\.io$/.test(prefix) ? prefix : undefined;
}

/** Set by kubelet and cloud controller manager, which put their own value back. */
const MANAGED = [
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "topology.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "failure-domain.beta.kubernetes.io/region",
];
const CONTROL_PLANE_ROLES = ["node-role.kubernetes.io/control-plane", "node-role.kubernetes.io/master"];
/** Prefixes of Kubernetes in which users may set labels. */
const OPEN_PREFIXES = ["node.kubernetes.io", "kubelet.kubernetes.io", "node-restriction.kubernetes.io"];

function labelRule(
  code: string,
  check: (key: string, value: string, path: Path) => readonly Problem[],
): Rule {
  return {
    code,
    check: ({ pools }) =>
      Object.entries(pools).flatMap(([pool, { labels }]) =>
        Object.entries(labels).flatMap(([key, value]) => check(key, value, at("pools", pool, "labels", key))),
      ),
  };
}

const labelKey = labelRule("label-key", (key, _, path) =>
  when(!isQualifiedName(key), {
    path,
    message: `${JSON.stringify(key)} is not a label's key`,
    hint: KEY_HINT,
  }),
);

const labelValue = labelRule("label-value", (_, value, path) =>
  when(!isLabelValue(value), {
    path,
    message: `${JSON.stringify(value)} is not a label's value`,
    hint: VALUE_HINT,
  }),
);

const labelReserved = labelRule("label-reserved", (key, _, path) => {
  const managed = MANAGED.includes(key);
  return when(managed || CONTROL_PLANE_ROLES.includes(key), {
    path,
    aboutKey: true,
    message: managed
      ? `${key} is set by Kubernetes itself`
      : `${key} makes this worker look like the control plane`,
    hint: "Remove it, or use a label of your own.",
  });
});

const labelRestricted = labelRule("label-restricted", (key, _, path) => {
  const prefix = ownPrefix(key);
  const settled = MANAGED.includes(key) || CONTROL_PLANE_ROLES.includes(key);
  if (prefix === undefined || settled || OPEN_PREFIXES.includes(prefix)) return [];
  // NodeRestriction keeps kubelets from setting them; the installer sets labels as an administrator and may.
  const message = `${prefix}/ belongs to Kubernetes: a node cannot give itself this label when it registers again`;
  return [{ severity: "warning", path, aboutKey: true, message, hint: "Use a prefix of your own." }];
});

type Taint = ClusterConfig["pools"][string]["taints"][number];

function taintRule(
  code: string,
  check: (taint: Taint, path: Path, all: readonly Taint[], index: number) => readonly Problem[],
): Rule {
  return {
    code,
    check: ({ pools }) =>
      Object.entries(pools).flatMap(([pool, { taints }]) =>
        taints.flatMap((taint, index) => check(taint, at("pools", pool, "taints", index), taints, index)),
      ),
  };
}

const taintKey = taintRule("taint-key", ({ key }, path) =>
  when(!isQualifiedName(key), {
    path: [...path, "key"],
    message: `${JSON.stringify(key)} is not a taint's key`,
    hint: KEY_HINT,
  }),
);

const taintValue = taintRule("taint-value", ({ value }, path) =>
  when(!isLabelValue(value), {
    path: [...path, "value"],
    message: `${JSON.stringify(value)} is not a taint's value`,
    hint: VALUE_HINT,
  }),
);

const taintReserved = taintRule("taint-reserved", ({ key }, path) =>
  when(/^node(\.cloudprovider)?\.kubernetes\.io\//.test(key), {
    path: [...path, "key"],
    message: `${key} is set and removed by Kubernetes itself`,
    hint: "Use a key of your own.",
  }),
);

const duplicateTaint = taintRule("duplicate-taint", (taint, path, all, index) => {
  const first = all.findIndex((other) => other.key === taint.key && other.effect === taint.effect);
  return when(first < index, {
    path: [...path, "key"],
    message: `${taint.key} with effect ${taint.effect} is there twice`,
    hint: "Remove one; Kubernetes keeps one value for each key and effect.",
    because: [[...path.slice(0, -1), first], path],
  });
});

const allTainted: Rule = {
  // The platform's own pods tolerate nothing of the user's.
  code: "all-workers-tainted",
  check: ({ pools }) => {
    const used = Object.values(pools).filter((pool) => pool.nodes.length > 0);
    const closed = used.every((pool) => pool.taints.some((taint) => taint.effect !== "PreferNoSchedule"));
    return when(used.length > 0 && closed, {
      severity: "warning",
      path: at("pools"),
      message:
        "every pool has a taint: pods that tolerate none, the platform's among them, have nowhere to run",
      hint: "Add a pool without taints.",
    });
  },
};

export const kubernetesSyntaxRules: readonly Rule[] = [
  labelKey,
  labelValue,
  labelReserved,
  labelRestricted,
  taintKey,
  taintValue,
  taintReserved,
  duplicateTaint,
  allTainted,
];
