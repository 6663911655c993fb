/** The program's ssh-keys.yml: authorized_keys of the machines and of the bastion. */
import { writeFileSync } from "node:fs";
import { localhost, type Play, type Run } from "../engine";
import { TaskFailure } from "../errors";
import { type Host, isTrue, textOf } from "../inventory";
import { BASTION, keyOf } from "../logins";
import { group } from "./common";

const BASTION_HOST: Host = { name: BASTION, vars: {} };

const machineHosts: Play["hosts"] = (inventory, { vars }) => [
  ...group("all")(inventory),
  ...(isTrue(vars.ssh_bastion) ? [BASTION_HOST] : []),
];

const listOf = (value: unknown): readonly string[] => (Array.isArray(value) ? value.map(String) : []);

async function serverOf(host: Host, { machines, logins }: Run) {
  return host === BASTION_HOST
    ? logins.bastion()
    : machines.server(textOf(host.vars, "opencenter_server_id"));
}

async function add(host: Host, run: Run): Promise<boolean> {
  const server = await serverOf(host, run);
  if (server === undefined) throw new TaskFailure(`${host.name} is no machine of the cloud`);
  const lines = run.logins.authorized(server);
  const missing = listOf(run.vars.ssh_present).filter((line) => !lines.includes(line));
  if (missing.length > 0) run.logins.authorize(server, [...lines, ...missing]);
  return missing.length > 0;
}

async function takeAway(host: Host, run: Run): Promise<boolean> {
  const server = await serverOf(host, run);
  if (server === undefined) throw new TaskFailure(`${host.name} is no machine of the cloud`);
  const unwanted = new Set(listOf(run.vars.ssh_absent).map(keyOf));
  const lines = run.logins.authorized(server);
  const left = lines.filter((line) => !unwanted.has(keyOf(line)));
  if (left.length < lines.length) run.logins.authorize(server, left);
  return left.length < lines.length;
}

async function writeAnswer(_: Host, run: Run): Promise<void> {
  const file = textOf(run.vars, "ssh_out");
  if (file === undefined) throw new TaskFailure("'ssh_out' is undefined");
  const hosts = machineHosts(run.inventory, run);
  const machines = await Promise.all(
    hosts.map(async (host) => [host.name, run.logins.authorized(await serverOf(host, run))] as const),
  );
  writeFileSync(file, JSON.stringify({ machines: Object.fromEntries(machines) }), { mode: 0o600 });
}

export const sshKeyPlays: readonly Play[] = [
  {
    name: "Change the keys that open the machines",
    hosts: machineHosts,
    tasks: [
      { name: "Add keys", tags: ["always"], work: add },
      { name: "Take keys away", tags: ["always"], faultPoint: true, work: takeAway },
    ],
  },
  {
    name: "Write down what was seen",
    hosts: localhost,
    connects: false,
    tasks: [{ name: "Write the answer", tags: ["always"], work: writeAnswer }],
  },
];
