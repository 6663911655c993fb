/** The program's own playbooks: wait.yml, probe.yml and snapshot.yml. */
import { chmodSync, writeFileSync } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { localhost, type Play, type Run, silence } from "../engine";
import { TaskFailure } from "../errors";
import { healthyMembers, quorum } from "../etcd";
import { type Host, textOf } from "../inventory";
import { serverIdOf } from "../nodes";
import { controlPlane, group } from "./common";
import { accessOf } from "./joining";

const WAIT_SECONDS = 600;
const POLL_MS = 500;

export const waitPlays: readonly Play[] = [
  {
    name: "Wait for the first boot",
    hosts: group("all"),
    // It waits for connections itself.
    connects: false,
    tasks: [
      { name: "Wait for SSH", tags: ["always"], work: waitForMachine },
      { name: "Wait for cloud-init", tags: ["always"], faultPoint: true },
    ],
  },
];

async function waitForMachine(host: Host, run: Run): Promise<void> {
  const { vars, machines, knownHosts } = run;
  const deadline = Date.now() + 1000 * Number(vars.wait_seconds ?? WAIT_SECONDS);
  for (let why = await silence(host, run); why !== undefined; why = await silence(host, run)) {
    if (Date.now() > deadline) throw new TaskFailure(`timed out waiting for ping module test: ${why}`);
    await sleep(POLL_MS);
    machines.refresh();
  }
  knownHosts.meet(host);
}

/** What probe.yml writes about a host: texts as the host's own files and programs have them. */
interface Probe {
  readonly reachable: boolean;
  readonly adminConf: string | null;
  /** Static pod manifest of the API server. */
  readonly manifest: string | null;
  /** `etcdctl member list -w json` */
  readonly members: string | null;
  /** `etcdctl endpoint health --cluster -w json` */
  readonly health: string | null;
  /** secrets_encryption.yaml */
  readonly encryption: string | null;
}

const SILENT: Probe = {
  reachable: false,
  adminConf: null,
  manifest: null,
  members: null,
  health: null,
  encryption: null,
};

export const probePlays: readonly Play[] = [
  {
    name: "Look at the control plane",
    hosts: controlPlane,
    // A host that does not answer is part of the answer.
    connects: false,
    tasks: [{ name: "Read the administrator's kubeconfig", tags: ["always"] }],
  },
  {
    name: "Write down what was seen",
    hosts: localhost,
    connects: false,
    tasks: [{ name: "Write the answer", tags: ["always"], work: writeProbe }],
  },
];

async function writeProbe(_: Host, run: Run): Promise<void> {
  const file = textOf(run.vars, "probe_out");
  if (file === undefined) throw new TaskFailure("'probe_out' is undefined");
  const hosts: Record<string, Probe> = {};
  // Before any playbook of Kubespray the network is as this inventory says.
  run.controlPlane.leadFrom(accessOf(run).endpoints);
  for (const host of controlPlane(run.inventory)) hosts[host.name] = await probe(host, run);
  writeFileSync(file, JSON.stringify({ hosts }), { mode: 0o600 });
  // A file that was there before keeps its mode.
  chmodSync(file, 0o600);
}

async function probe(host: Host, run: Run): Promise<Probe> {
  if ((await silence(host, run)) !== undefined) return SILENT;
  run.knownHosts.meet(host);
  const { memory, vars } = run;
  const installed = memory.installed(host.name, serverIdOf(host)).apiServer !== undefined;
  const balancer = (vars.loadbalancer_apiserver ?? {}) as { address?: string; port?: number | string };
  const server = `https://${balancer.address ?? "127.0.0.1"}:${balancer.port ?? 6443}`;
  const member = memory.current.etcd.find(
    ({ node, serverId }) => node === host.name && serverId === serverIdOf(host),
  );
  const servers = memory.current.etcdServers[host.name];
  return {
    reachable: true,
    adminConf: installed ? run.controlPlane.adminKubeconfig(server) : null,
    manifest: installed && servers !== undefined ? manifestOf(host, run, servers) : null,
    members: member === undefined ? null : await memberList(run),
    health: member === undefined ? null : await healthOfAll(run),
    encryption: memory.current.encryption[host.name]?.file ?? null,
  };
}

function manifestOf({ name }: Host, { memory }: Run, servers: readonly string[]): string {
  const flags = [
    `--etcd-servers=${servers.join(",")}`,
    ...(memory.current.encrypting.includes(name)
      ? ["--encryption-provider-config=/etc/kubernetes/ssl/secrets_encryption.yaml"]
      : []),
  ];
  return flags.map((flag) => `    - ${flag}\n`).join("");
}

async function healthOfAll(run: Run): Promise<string> {
  const healthy = new Set((await healthyMembers(run)).map(({ endpoint }) => endpoint));
  const { etcd } = run.memory.current;
  return JSON.stringify(
    etcd.map(({ endpoint }) => ({ endpoint, health: healthy.has(endpoint), took: "1ms" })),
  );
}

/** Reading the members needs a quorum, as any other read. */
async function memberList(run: Run): Promise<string | null> {
  const { etcd } = run.memory.current;
  if ((await healthyMembers(run)).length < quorum(etcd.length)) return null;
  const members = etcd.map(({ name, id, endpoint }) => ({
    ...{ ID: id, name, clientURLs: [endpoint] },
    peerURLs: [endpoint.replace(/2379$/, "2380")],
  }));
  return JSON.stringify({ header: {}, members });
}

export const snapshotPlays: readonly Play[] = [
  {
    name: "Take a snapshot of etcd",
    hosts: (inventory) => group("etcd")(inventory).slice(0, 1),
    tasks: [
      { name: "Save and check the snapshot", tags: ["always"], work: saveSnapshot },
      { name: "Bring the snapshot here", tags: ["always"], work: fetchSnapshot },
    ],
  },
];

async function saveSnapshot(host: Host, run: Run): Promise<boolean> {
  const name = textOf(run.vars, "snapshot_name");
  if (name === undefined) throw new TaskFailure("'snapshot_name' is undefined");
  if (!(await healthyMembers(run)).some(({ node }) => node === host.name))
    throw new TaskFailure(`non-zero return code: no etcd answers on ${host.name}`);
  run.memory.change(({ snapshots }) =>
    snapshots.push({ name, host: host.name, time: new Date().toISOString() }),
  );
  return true;
}

async function fetchSnapshot(_: Host, run: Run): Promise<boolean> {
  const file = textOf(run.vars, "snapshot_out");
  if (file === undefined) return false;
  writeFileSync(file, await run.controlPlane.snapshot(), { mode: 0o600 });
  return true;
}
