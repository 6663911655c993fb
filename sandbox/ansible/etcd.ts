/** Membership of etcd, as Kubespray changes it. */
import { createHash } from "node:crypto";
import semver from "semver";
import { kubesprayReleases } from "../../config/compatibility";
import type { Run } from "./engine";
import { TaskFailure } from "./errors";
import { addressOf, type Host, textOf } from "./inventory";
import type { EtcdMember } from "./memory";
import { serverIdOf } from "./nodes";

export function endpointOf(host: Host): string {
  return `https://${addressOf(host)}:2379`;
}

/** Which form of data the etcd writes that comes with a version of Kubernetes: one more for each floor of upgrades. */
function formatOf(kubernetes: string): number {
  const floors = new Set(kubesprayReleases.flatMap(({ etcdFloor }) => etcdFloor?.fromKubernetes ?? []));
  return [...floors].filter((floor) => semver.gte(kubernetes, floor)).length;
}

/**
 * Puts etcd's program on a host, whatever runs there: upstream does not compare.
 * @throws TaskFailure when it does not start on the data of a later one; the member is down then
 */
export function installEtcd(run: Run, host: Host, kubernetes: string): boolean {
  const format = formatOf(kubernetes);
  const member = run.memory.current.etcd.find(
    ({ node, serverId }) => node === host.name && serverId === serverIdOf(host),
  );
  if (member === undefined || (member.format ?? 0) === format) return false;
  const back = format < (member.format ?? 0);
  const next = back ? { ...member, healthy: false } : { ...member, format };
  run.memory.change((memory) => {
    memory.etcd = memory.etcd.map((one) => (one.id === member.id ? next : one));
  });
  if (!back) return true;
  throw new TaskFailure(`etcd of ${host.name} does not start: its data were written by a later version`);
}

/** Client addresses of the inventory's group etcd: what a new API server manifest gets. */
export function etcdEndpoints({ inventory }: Run): string[] {
  return inventory.group("etcd").map(endpointOf);
}

/** Whether a member runs: its disk is fine and its machine answers. */
export async function isHealthy({ machines }: Run, member: EtcdMember): Promise<boolean> {
  return member.healthy && (await machines.serverAnswers(member.serverId));
}

/** Healthy members, leaving out one. */
export async function healthyMembers(run: Run, without?: string): Promise<EtcdMember[]> {
  const members = run.memory.current.etcd.filter(({ name }) => name !== without);
  const healthy = await Promise.all(members.map((member) => isHealthy(run, member)));
  return members.filter((_, index) => healthy[index]);
}

export function quorum(members: number): number {
  return Math.floor(members / 2) + 1;
}

/**
 * Makes the host a member, unless one of that name exists. Names that occur twice are not noticed in a first
 * installation, as upstream.
 * @throws TaskFailure when etcd has no quorum to accept a member, the member's machine is another one by now, or the
 * new one could not start
 */
export async function joinEtcd(run: Run, host: Host, kubernetes: string): Promise<boolean> {
  const name = textOf(host.vars, "etcd_member_name") ?? defaultName(run, host);
  const members = run.memory.current.etcd;
  const known = members.find((member) => member.name === name);
  const serverId = serverIdOf(host);
  if (known !== undefined) {
    if (known.node !== host.name || known.serverId === serverId) return false;
    throw new TaskFailure(
      `etcd member ${name} (${known.id}) is already bootstrapped, and the data of ${host.name} are empty: remove the member first`,
    );
  }
  if (members.length > 0 && (await healthyMembers(run)).length < quorum(members.length))
    throw new TaskFailure("etcdserver: re-configuration failed due to not enough started members");
  requireDistinctNames(run, host, name);
  const endpoint = endpointOf(host);
  const id = createHash("sha256").update(`${endpoint} ${name} ${serverId}`).digest("hex").slice(0, 16);
  run.memory.change(({ etcd }) =>
    etcd.push({
      ...{ name, node: host.name, serverId, endpoint, id, healthy: true },
      format: formatOf(kubernetes),
    }),
  );
  return true;
}

/**
 * ETCD_INITIAL_CLUSTER of a member that joins, as Kubespray's join_etcd_member.yml writes it: those that are there by
 * their place in the group, whatever they are called, and the new one by its name.
 * @throws TaskFailure as etcd, which takes two addresses under one name for one member
 */
function requireDistinctNames({ inventory, memory }: Run, { name: joining }: Host, name: string): void {
  const { etcd, hosts } = memory.current;
  // A first installation lists all of them by their own names.
  if (!Object.values(hosts).some(({ apiServer }) => apiServer !== undefined)) return;
  const places = (inventory.groups.get("etcd") ?? []).flatMap((host, index) =>
    host !== joining && etcd.some(({ node }) => node === host) ? [`etcd${index + 1}`] : [],
  );
  if (!places.includes(name)) return;
  throw new TaskFailure(
    `etcd: error validating peerURLs for ${joining}: member count is unequal (${[...places, name].join(", ")})`,
  );
}

/**
 * Removes the host's member.
 * @throws TaskFailure when the others would have no quorum
 */
export async function leaveEtcd(run: Run, host: Host): Promise<boolean> {
  const { etcd } = run.memory.current;
  const leaving = etcd.find(({ node }) => node === host.name);
  if (leaving === undefined) return false;
  const healthy = await healthyMembers(run, leaving.name);
  if ((await healthyMembers(run)).length < quorum(etcd.length))
    throw new TaskFailure("etcdserver: no leader: etcd has lost its quorum, and no member can be removed");
  if (healthy.length < quorum(etcd.length - 1)) {
    throw new TaskFailure(
      `etcdserver: re-configuration failed due to not enough started members: without ${leaving.name}, ${healthy.length} of ${etcd.length - 1} members are healthy`,
    );
  }
  run.memory.change((memory) => (memory.etcd = memory.etcd.filter(({ id }) => id !== leaving.id)));
  return true;
}

/** Kubespray numbers the members by their place in the group. */
function defaultName({ inventory }: Run, host: Host): string {
  return `etcd${(inventory.groups.get("etcd")?.indexOf(host.name) ?? 0) + 1}`;
}
