/** One run of Ansible in a container, as arguments of a container engine. */
import { basename, dirname, join, resolve } from "node:path";
import { statePaths } from "../../plan/names";

/** Where the project's images have the checkout. */
export const CHECKOUT = "/kubespray";

export interface Mount {
  /** The same inside and outside. */
  readonly path: string;
  readonly readOnly?: boolean;
}

export interface ContainerRun {
  readonly image: string;
  readonly mounts: readonly Mount[];
  /** Names only: the engine takes the values from its own environment, so that no secret is an argument. */
  readonly variables: readonly string[];
  /** What is to own the files that Ansible writes, where the engine would make them root's. */
  readonly user?: { readonly uid: number; readonly gid: number };
  readonly command: readonly string[];
}

/** Arguments of podman and docker alike. */
export function containerArguments({ image, mounts, variables, user, command }: ContainerRun): string[] {
  const [program = "", ...args] = command;
  return [
    "run",
    "--rm",
    // Passes signals on and reaps what Ansible leaves.
    "--init",
    // The bastion and the nodes are reached as from this machine.
    "--network=host",
    // SELinux would keep the container out of folders that are not labelled for it, and relabelling changes them.
    "--security-opt=label=disable",
    // ssh refuses a user without a name; the image has root alone.
    ...(user === undefined
      ? []
      : [`--user=${user.uid}:${user.gid}`, "--volume=/etc/passwd:/etc/passwd:ro", "--env=HOME=/tmp"]),
    ...mounts.map(({ path, readOnly }) => `--volume=${path}:${path}${readOnly ? ":ro" : ""}`),
    // The variable outside names a folder that the image does not have.
    `--env=ANSIBLE_CONFIG=${CHECKOUT}/ansible.cfg`,
    ...[...new Set(variables)].sort().flatMap((name) => ["--env", name]),
    `--workdir=${CHECKOUT}`,
    `--entrypoint=${program}`,
    image,
    ...args,
  ];
}

/** Of this process's environment, what Ansible and Kubespray read; not where this machine's Ansible has its things. */
export function passedVariables(environment: NodeJS.ProcessEnv): string[] {
  const read = /^(ANSIBLE|OS|OPENCENTER)_|^(https?|no)_proxy$/i;
  const ours = /^(ANSIBLE_(CONFIG|HOME)|OPENCENTER_(CONTAINER|SECRETS))$/;
  return Object.keys(environment).filter((name) => read.test(name) && !ours.test(name));
}

/**
 * The folders that a call of ansible-playbook works with, and no other of this machine: inventory, logs, facts, the
 * SSH key, the program's own playbooks, and what the call is told to write.
 * @param ours absolute path of `kubespray/`
 */
export function mountsFor(args: readonly string[], environment: NodeJS.ProcessEnv, ours: string): Mount[] {
  const after = (flag: string) => args[args.indexOf(flag) + 1] ?? "";
  const inventory = dirname(resolve(after("-i")));
  const written = [
    inventory,
    ...[environment.OPENCENTER_EVENTS, environment.ANSIBLE_LOG_PATH].flatMap((file) =>
      file ? [dirname(file)] : [],
    ),
    ...(environment.ANSIBLE_CACHE_PLUGIN_CONNECTION ? [environment.ANSIBLE_CACHE_PLUGIN_CONNECTION] : []),
    ...(args.includes("-e") ? answerFolder(after("-e")) : []),
  ];
  return [
    ...[...new Set(written)].map((path) => ({ path })),
    { path: keyFolder(inventory), readOnly: true },
    { path: ours, readOnly: true },
  ];
}

/** Where the probe is to put what it finds. */
function answerFolder(extraVariables: string): string[] {
  const { probe_out: file } = JSON.parse(extraVariables) as { probe_out?: unknown };
  return typeof file === "string" ? [dirname(file)] : [];
}

/** Of the cluster that an inventory folder belongs to. */
function keyFolder(inventory: string): string {
  const state = dirname(inventory);
  const paths = statePaths({ organization: basename(dirname(state)), name: basename(state) });
  const root = resolve(inventory, ...paths.inventory.split("/").map(() => ".."));
  return dirname(join(root, paths.sshPrivateKey));
}
