/** Plays that several playbooks begin or end with. */
import { existsSync, mkdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import semver from "semver";
import { kubesprayRelease } from "../../../config/compatibility";
import type { Play, Run, Task } from "../engine";
import { TaskFailure } from "../errors";
import { addressOf, type Host, type Inventory, isTrue, textOf } from "../inventory";

/** How long cached facts are good for: `fact_caching_timeout` of Kubespray's ansible.cfg. */
const FACTS_LIFETIME_MS = 86_400_000;
const ALWAYS = ["always"];

export const group =
  (...names: string[]) =>
  (inventory: Inventory): readonly Host[] =>
    inventory.match(names.filter((name) => inventory.groups.has(name.replace("!", "")))).hosts;

export const cluster = group("k8s_cluster", "etcd");
export const controlPlane = group("kube_control_plane");
export const workers = group("kube_node", "!kube_control_plane");

/** A task without an effect that anybody could see. */
export const plain = (name: string, ...tags: string[]): Task => ({ name, tags });

/** @throws TaskFailure when there is none */
export function versionOf({ vars }: Run): string {
  const version = textOf(vars, "kube_version");
  if (version === undefined) throw new TaskFailure("kube_version is undefined");
  return version;
}

const refuse = (condition: boolean, message: string): void => {
  if (condition) throw new TaskFailure(message);
};

/** Rules without facts, that every playbook checks first. */
const validation: readonly Task[] = [
  {
    name: "Stop if extra vars are strings where conditions need booleans",
    tags: ALWAYS,
    once: true,
    work: (_, { args }) =>
      refuse(
        args.stringVars.length > 0,
        `Conditional result was derived from value of type 'str'. Conditionals must have a boolean result. Given as key=value and not as JSON: ${args.stringVars.join(", ")}`,
      ),
  },
  {
    name: "Stop if kube_control_plane group is empty",
    tags: ALWAYS,
    once: true,
    work: (_, { inventory }) => refuse(controlPlane(inventory).length === 0, "Assertion failed"),
  },
  {
    name: "Stop if unsupported version of Kubernetes",
    tags: ALWAYS,
    once: true,
    work: (_, run) => checkVersion(run),
  },
  {
    name: "Stop if even number of etcd hosts",
    tags: ALWAYS,
    once: true,
    work: (_, { inventory, vars }) =>
      refuse(
        group("etcd")(inventory).length % 2 === 0 && !isTrue(vars.ignore_assert_errors),
        "Assertion failed: groups.get('etcd', groups.kube_control_plane) | length is not divisibleby 2",
      ),
  },
];

function checkVersion(run: Run): void {
  const version = versionOf(run);
  refuse(semver.valid(version) !== version, `kube_version ${version} is not of the form 1.35.4, without v`);
  // A commit that is not in the table: only its checkout would know.
  const range = kubesprayRelease(run.ref)?.kubernetes;
  if (range === undefined) return;
  refuse(
    semver.lt(version, range.min) && !isTrue(run.vars.ignore_assert_errors),
    `The current release of Kubespray only support newer version of Kubernetes than ${range.min} - You are trying to apply ${version}`,
  );
  refuse(
    semver.lt(version, range.min) || semver.gt(version, range.max),
    `Kubernetes v${version} is not supported for amd64. Please check roles/kubespray_defaults/vars/main/checksums.yml for supported versions.`,
  );
}

/** `playbooks/boilerplate.yml`; it opens no connection. */
export const boilerplate: readonly Play[] = [
  {
    name: "Check Ansible version",
    hosts: group("all"),
    connects: false,
    tasks: [{ ...plain("Check the version of Ansible", "always"), once: true }],
  },
  { name: "Inventory setup and validation", hosts: group("all"), connects: false, tasks: validation },
];

/** `playbooks/internal_facts.yml`. */
export const facts: readonly Play[] = [
  {
    name: "Bootstrap hosts for Ansible",
    hosts: cluster,
    tasks: [plain("bootstrap_os : Fetch /etc/os-release", "bootstrap_os", "always")],
  },
  {
    name: "Gather facts",
    hosts: cluster,
    tasks: [{ name: "Gather necessary facts (network)", tags: ALWAYS, work: cacheFacts }],
  },
];

function factsFolder(): string | undefined {
  return process.env.ANSIBLE_CACHE_PLUGIN_CONNECTION || undefined;
}

function cacheFacts(host: Host): void {
  const folder = factsFolder();
  if (folder === undefined) return;
  mkdirSync(folder, { recursive: true });
  const content = { ansible_hostname: host.name, ansible_default_ipv4: { address: addressOf(host) } };
  writeFileSync(join(folder, host.name), JSON.stringify(content));
}

function hasFacts({ name }: Host): boolean {
  const folder = factsFolder();
  const file = folder === undefined ? undefined : join(folder, name);
  return file !== undefined && existsSync(file) && Date.now() - statSync(file).mtimeMs < FACTS_LIFETIME_MS;
}

/** Rule R14, first of the roles that look at facts. */
export const verifyFacts: Task = {
  name: "kubernetes/preinstall : Stop if any host not in '--limit' does not have a fact cache",
  tags: ["preinstall", "always"],
  once: true,
  work: (_, { args, inventory, vars }) => {
    if (args.limit === undefined || isTrue(vars.ignore_assert_errors)) return;
    const within = new Set(inventory.match(args.limit).hosts);
    const uncached = group("k8s_cluster")(inventory).filter((host) => !within.has(host) && !hasFacts(host));
    const names = uncached.map(({ name }) => `'${name}'`).join(", ");
    refuse(
      uncached.length > 0,
      `Kubespray does not support '--limit' without a populated facts cache for the excluded hosts.\nPlease run the facts.yml playbook first without '--limit'.\nThe following excluded hosts are not cached: [${names}]\n`,
    );
  },
};

export const resolvConf: Play = {
  name: "Apply resolv.conf changes now that cluster DNS is up",
  hosts: group("k8s_cluster"),
  tasks: [plain("kubernetes/preinstall : Configure dhclient or resolv.conf", "resolvconf")],
};
