/**
 * The sandbox's `ansible-playbook`: the same arguments, inventory, output and exit codes, for the playbooks of
 * Kubespray and the program's own. It acts on a local control plane in place of machines.
 */
import { existsSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { readArguments, type Arguments } from "./arguments";
import { type Run, runPlays } from "./engine";
import { AnsibleError, EXIT } from "./errors";
import { Inventory, textOf } from "./inventory";
import { KnownHosts } from "./knownHosts";
import { Logins } from "./logins";
import { Machines } from "./machines";
import { Memory } from "./memory";
import { Output } from "./output";
import { playbookName, playsOf } from "./playbooks";
import { sameCluster } from "./identity";
import { appendRecord, type PlaybookRecord } from "./record";
import type { ApiClient } from "../kubernetes/apiClient";
import { ControlPlane } from "../kubernetes/controlPlane";

/** The checkout is `<cache>/kubespray/<ref>/checkout`. */
function readRef(): string {
  const checkout = process.cwd();
  if (basename(checkout) !== "checkout" || !existsSync(join(checkout, "ansible.cfg")))
    throw new AnsibleError(
      `ansible-playbook has to run in a Kubespray checkout, for its ansible.cfg: ${checkout} is none`,
    );
  return basename(dirname(checkout));
}

function readPlaybook(path: string): string {
  const name = playbookName(path);
  if (name === undefined || !existsSync(resolve(path)))
    throw new AnsibleError(`the playbook: ${path} could not be found`);
  return name;
}

function readDirectory(): string {
  const directory = process.env.OPENCENTER_SANDBOX_KUBERNETES;
  if (!directory)
    throw new AnsibleError("OPENCENTER_SANDBOX_KUBERNETES, the folder of the sandbox's clusters, is not set");
  return resolve(directory);
}

/** Stricter than Ansible, which goes on without the hosts that it does not know: here a mistake has to show. */
function checkLimit({ limit }: Arguments, inventory: Inventory, output: Output): void {
  if (limit === undefined) return;
  const { unknown, hosts } = inventory.match(limit);
  unknown.forEach((name) => output.warning(`Could not match supplied host pattern, ignoring: ${name}`));
  if (unknown.length > 0 || hosts.length === 0)
    throw new AnsibleError(
      "Specified inventory, host pattern and/or --limit leaves us with no hosts to target.",
    );
}

function openRun(args: Arguments, output: Output): Run {
  const ref = readRef();
  const playbook = readPlaybook(args.playbook);
  const directory = readDirectory();
  const inventory = new Inventory(args.inventory);
  checkLimit(args, inventory, output);
  const vars = { ...inventory.vars, ...args.extraVars };
  const organization = textOf(vars, "opencenter_organization");
  const cluster = textOf(vars, "cluster_name");
  if (organization === undefined || cluster === undefined)
    throw new AnsibleError(
      "the group variables opencenter_organization and cluster_name say whose cluster it is",
    );
  const controlPlane = ControlPlane.of(directory, organization, cluster);
  const memory = new Memory(controlPlane.directory);
  const machines = new Machines();
  let client: ApiClient | undefined;
  return {
    args,
    ref,
    playbook,
    directory,
    inventory,
    vars,
    controlPlane,
    memory,
    machines,
    logins: new Logins(inventory, vars, machines, memory),
    knownHosts: new KnownHosts(join(inventory.directory, "known_hosts")),
    output,
    cordoned: new Set(),
    api: async () => {
      if (client === undefined) await controlPlane.start();
      return (client ??= controlPlane.client());
    },
  };
}

function recorder({ args, controlPlane, directory, inventory, output, playbook, ref }: Run) {
  const time = new Date().toISOString();
  const { limit, tags, extraVars } = args;
  const { organization, cluster } = controlPlane;
  const hosts = inventory.match(limit ?? ["all"]).hosts.map(({ name }) => name);
  const known: Omit<PlaybookRecord, "exit"> = {
    time,
    organization,
    cluster,
    ref,
    playbook,
    limit,
    tags,
    extraVars,
    hosts,
    controlPlane: inventory.groups.get("kube_control_plane") ?? [],
  };
  return (exit: number) => appendRecord(directory, { ...known, exit }, (text) => output.clean(text));
}

async function main(): Promise<number> {
  if (process.argv.includes("--version")) {
    console.log("ansible-playbook [core 2.18.8]\n  the double of the opencenter sandbox");
    return EXIT.ok;
  }
  const output = new Output();
  try {
    const run = openRun(readArguments(process.argv.slice(2)), output);
    const record = recorder(run);
    const stop = (exit: number) => () => {
      record(exit);
      process.exit(exit);
    };
    // Not once: a second signal, to the group and to the process, must not end it before the first is written down.
    process.on("SIGTERM", stop(EXIT.terminated));
    process.on("SIGINT", stop(EXIT.interrupted));
    await sameCluster(run);
    // Machines that were switched on run their cluster, also where nothing asks for it: after a restart of this machine.
    if (run.controlPlane.made) await run.api();
    const exit = await runPlays(run, playsOf(run));
    record(exit);
    return exit;
  } catch (error) {
    if (!(error instanceof AnsibleError)) throw error;
    output.error(error.message);
    return error.exit;
  }
}

main().then(
  // At once: connections that are kept alive would hold the process.
  (exit) => process.exit(exit),
  (error: unknown) => {
    // A defect of the double, or a control plane that does not start.
    console.error(error);
    process.exit(250);
  },
);
