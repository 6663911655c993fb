/** The way out for Kubespray variables without a key, and its limits. */
import { gte, valid } from "semver";
import { contains, isCidr } from "../address";
import type { ClusterConfig } from "../resolve";
import { choices, forbiddenVariables, ownedVariables } from "./extraVarTables";
import { at, when, type Problem, type Rule } from "./rule";

type Variables = ClusterConfig["kubernetes"]["extraVars"];

const varPath = (name: string) => at("kubernetes", "extraVars", name);

/** A rule about each variable by itself. */
function variableRule(
  code: string,
  check: (name: string, value: unknown) => Omit<Problem, "path"> | undefined,
): Rule {
  return {
    code,
    check: ({ kubernetes: { extraVars } }) =>
      Object.entries(extraVars).flatMap(([name, value]) => {
        const problem = check(name, value);
        return problem === undefined ? [] : [{ path: varPath(name), aboutKey: true, ...problem }];
      }),
  };
}

const owned = variableRule("extra-var-owned", (name) => {
  // Extra variables win in Ansible, and plan and cluster would disagree.
  const key = Object.hasOwn(ownedVariables, name) ? ownedVariables[name] : undefined;
  return key === undefined
    ? undefined
    : { message: `${name} is set by ${key}`, hint: `Remove it and use ${key}.` };
});

const forbidden = variableRule("extra-var-forbidden", (name) => {
  const why = forbiddenVariables.find((entry) => entry.name.test(name))?.why;
  return why === undefined ? undefined : { message: `${name} may not be set: ${why}`, hint: "Remove it." };
});

const booleans = variableRule("extra-var-boolean", (name, value) => {
  // Kubespray asserts it for four variables, Ansible 12 for all: "true" is a text there, and conditions on it fail.
  if (typeof value !== "string" || !/^(true|false|yes|no|on|off)$/i.test(value)) return undefined;
  const truth = /^(true|yes|on)$/i.test(value);
  return {
    message: `${name} is the text ${JSON.stringify(value)}`,
    aboutKey: false,
    hint: `Write ${truth}, without quotes.`,
  };
});

const lists = variableRule("extra-var-value", (name, value) => {
  // Kubespray's own assertions: they fail with all machines made.
  const allowed = Object.hasOwn(choices, name) ? choices[name] : undefined;
  if (allowed === undefined || allowed.includes(String(value))) return undefined;
  return {
    message: `${name} is ${JSON.stringify(value)}`,
    aboutKey: false,
    hint: `Write one of ${allowed.join(", ")}.`,
  };
});

/** A relation that Kubespray asserts between variables: true when it is broken. */
interface Relation {
  readonly name: string;
  readonly broken: (variables: Variables, config: ClusterConfig) => boolean;
  readonly why: string;
}

/** Buffer sizes of Hubble are 2^n - 1. */
const isBufferSize = (value: unknown): boolean =>
  typeof value === "number" && value >= 1 && value <= 65535 && ((value + 1) & value) === 0;

const relations: readonly Relation[] = [
  // Asserted by its inventory check.
  {
    name: "download_localhost",
    broken: (v) => v["download_localhost"] === true && v["download_run_once"] !== true,
    why: "needs download_run_once: true",
  },
  {
    name: "containerd_version",
    broken: ({ containerd_version: version }) =>
      version !== undefined && (valid(String(version)) === null || !gte(String(version), "1.3.7")),
    why: "must be a version from 1.3.7 on",
  },
  {
    name: "kube_external_ca_mode",
    broken: (v) => v["kube_external_ca_mode"] === true && v["auto_renew_certificates"] !== false,
    why: "needs auto_renew_certificates: false, for Kubespray cannot sign with a CA it does not have",
  },
  // Documented, asserted from v2.32 on.
  {
    name: "kube_owner",
    broken: (v, config) =>
      config.kubernetes.cni === "cilium" && v["kube_owner"] !== undefined && v["kube_owner"] !== "root",
    why: "must be root with cilium",
  },
  // Asserted by its Calico role.
  {
    name: "calico_pool_cidr",
    broken: ({ calico_pool_cidr: pool }, { kubernetes }) =>
      pool !== undefined &&
      (typeof pool !== "string" || !isCidr(pool) || !contains(kubernetes.podCidr, pool)),
    why: "must be a network inside kubernetes.podCidr",
  },
  {
    name: "calico_pool_name",
    broken: ({ calico_pool_name: name }) =>
      name !== undefined && !/^[a-zA-Z0-9-_.]{2,63}$/.test(String(name)),
    why: "must be 2 to 63 letters, digits, '-', '_' or '.'",
  },
  {
    name: "calico_datastore",
    broken: (v) =>
      v["calico_datastore"] === "etcd" &&
      (v["typha_enabled"] === true || v["calico_apiserver_enabled"] === true),
    why: "must be kdd with typha_enabled or calico_apiserver_enabled",
  },
  // Asserted by its Cilium role.
  {
    name: "cilium_encryption_type",
    broken: (v) => v["cilium_encryption_type"] === "ipsec" && v["cilium_ipsec_key"] === undefined,
    why: "ipsec needs cilium_ipsec_key",
  },
  {
    name: "cilium_cluster_id",
    broken: ({ cilium_cluster_id: id }) =>
      id !== undefined && !(typeof id === "number" && Number.isInteger(id) && id >= 0 && id <= 255),
    why: "must be a number from 0 to 255",
  },
  {
    name: "cilium_hubble_event_buffer_capacity",
    broken: ({ cilium_hubble_event_buffer_capacity: size }) => size !== undefined && !isBufferSize(size),
    why: "must be a power of two less one, 65535 at most",
  },
  // Asserted by its kube-vip and MetalLB roles.
  {
    name: "kube_proxy_strict_arp",
    broken: (v, { apiEndpoint, services }) =>
      v["kube_proxy_strict_arp"] === false &&
      (apiEndpoint.type === "kube-vip" || services.metallb?.enabled === true),
    why: "must stay true with kube-vip or MetalLB, or every node answers for the virtual address",
  },
];

const related: Rule = {
  // Kubespray's own assertions, before a machine exists instead of after.
  code: "extra-var-relation",
  check: (config) =>
    relations
      .filter(({ broken }) => broken(config.kubernetes.extraVars, config))
      .map(({ name, why }) => ({
        path: varPath(name),
        message: `${name} is ${JSON.stringify(config.kubernetes.extraVars[name])}; it ${why}`,
        hint: "Change or remove it.",
        because: [at("kubernetes"), at("apiEndpoint", "type"), at("services", "metallb")],
      })),
};

const names: Rule = {
  // Ansible warns about such a name, and a template that uses it fails.
  code: "extra-var-name",
  check: ({ kubernetes: { extraVars } }) =>
    Object.keys(extraVars).flatMap((name) =>
      when(!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name), {
        path: varPath(name),
        aboutKey: true,
        message: `${JSON.stringify(name)} is not the name of a variable`,
        hint: "Write letters, digits and '_' only.",
      }),
    ),
};

export const extraVarRules: readonly Rule[] = [owned, forbidden, booleans, lists, related, names];
