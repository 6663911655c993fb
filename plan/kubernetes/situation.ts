/** What there is, sorted by what is to become of it. */
import { compare, valid } from "semver";
import { isMemberOf } from "./etcdMembers";
import { controlPlaneOrder } from "./order";
import type { ConvergeRequest, ObservedCluster, ObservedNode, PlaybookStep } from "./types";

type Inventory = PlaybookStep["inventory"];

export interface Situation {
  /** Nodes that are there and stay. */
  readonly staying: readonly ObservedNode[];
  /** Names that are there and not wanted. */
  readonly leaving: readonly string[];
  /** Nodes whose server is another one by now: the machine was replaced under the same name. */
  readonly replaced: readonly ObservedNode[];
  /** Control-plane nodes that are wanted by nobody and answer nobody: they go first, or etcd refuses a new member. */
  readonly dead: readonly ObservedNode[];
  /** New control-plane names, in order. */
  readonly newControlPlane: readonly string[];
  /** All new names, control plane first. */
  readonly added: readonly string[];
  /** Control-plane names that are members now. */
  readonly present: readonly string[];
  /** Who is in the inventory before anything was added, and afterwards. Leaving etcd members are still in both. */
  readonly before: Inventory;
  readonly after: Inventory;
  /** Lowest version of any API server, or of any kubelet where no API server was seen. */
  readonly runningVersion: string;
  /** Highest version of any API server or kubelet: what an upgrade that stopped half-way has reached. */
  readonly newestVersion: string;
}

export function situationOf(request: ConvergeRequest, there: ObservedCluster): Situation {
  const wanted = new Map(request.nodes.map((node) => [node.name, node]));
  const controlPlane = request.nodes.filter(({ role }) => role === "control-plane").map(({ name }) => name);
  const isReplaced = ({ name, serverId }: ObservedNode) => {
    const server = request.facts.machines[name]?.serverId;
    return wanted.has(name) && serverId !== undefined && server !== undefined && server !== serverId;
  };
  const replaced = there.nodes.filter(isReplaced);
  const staying = there.nodes.filter((node) => wanted.has(node.name) && !isReplaced(node) && node.joined);
  const leavingNodes = there.nodes.filter(({ name }) => !wanted.has(name));
  const dead = leavingNodes.filter((node) => isDead(node, there));
  const stays = new Set(staying.map(({ name }) => name));
  const added = request.nodes.map(({ name }) => name).filter((name) => !stays.has(name));
  const gone = new Set([...dead, ...replaced].map(({ name }) => name));
  const members = there.nodes.filter(({ role, joined }) => role === "control-plane" && joined);
  const present = members.map(({ name }) => name).filter((name) => !gone.has(name));
  // A name that was a member once and comes back is a new node: it goes to the end, never to its old place.
  const previous = (there.mark?.controlPlane ?? []).filter((name) => present.includes(name));
  const order = controlPlaneOrder(previous, controlPlane, present, request.replaceFirstControlPlane);
  const workers = request.nodes.filter(({ role }) => role === "worker").map(({ name }) => name);
  return {
    staying,
    leaving: leavingNodes.map(({ name }) => name).filter((name) => !gone.has(name)),
    replaced,
    dead,
    newControlPlane: order.filter((name) => !present.includes(name)),
    added,
    present,
    before: {
      controlPlane: order.filter((name) => present.includes(name)),
      workers: workers.filter((name) => stays.has(name)),
    },
    after: { controlPlane: order, workers },
    runningVersion: runningVersion(request, there.nodes),
    newestVersion: newestVersion(request, there.nodes),
  };
}

function isDead({ name, role, ready }: ObservedNode, { etcd }: ObservedCluster): boolean {
  if (role !== "control-plane" || ready || etcd === undefined) return false;
  const member = etcd.members.find((other) => isMemberOf(other, name));
  return member !== undefined && !member.healthy;
}

/**
 * Control-plane nodes whose API server is told of fewer etcd members than there are: it loses its data source together
 * with those that it knows. A member of a node that has not joined is on its way in or out, and counts later.
 */
export function blindApiServers({ nodes, etcd, etcdServers = {} }: ObservedCluster): readonly string[] {
  const joined = nodes.filter(({ role, joined }) => role === "control-plane" && joined);
  const members = (etcd?.members ?? []).filter((member) =>
    joined.some(({ name }) => isMemberOf(member, name)),
  );
  return Object.entries(etcdServers)
    .filter(([, servers]) => servers.length < members.length)
    .map(([node]) => node);
}

function runningVersion(request: ConvergeRequest, nodes: readonly ObservedNode[]): string {
  const servers = nodes.flatMap(({ apiServerVersion }) => apiServerVersion ?? []);
  const versions = servers.length > 0 ? servers : nodes.map(({ kubeletVersion }) => kubeletVersion);
  return versions.sort(compare)[0] ?? request.version;
}

function newestVersion(request: ConvergeRequest, nodes: readonly ObservedNode[]): string {
  const versions = nodes.flatMap(({ apiServerVersion, kubeletVersion }) => [
    kubeletVersion,
    ...(apiServerVersion === undefined ? [] : [apiServerVersion]),
  ]);
  // A kubelet that has not reported yet has none.
  return (
    versions
      .filter((version) => valid(version) !== null)
      .sort(compare)
      .at(-1) ?? request.version
  );
}

/**
 * Removes what is only a name any more. Nothing is reset on the machine: it is gone, or it is a new one that has never
 * been a node.
 */
export function afterReplacedServers({ dead, replaced, before }: Situation): PlaybookStep[] {
  return [...dead, ...replaced].map(({ name, role }) => ({
    playbook: "remove-node.yml",
    extraVars: {
      node: name,
      skip_confirmation: true,
      reset_nodes: false,
      allow_ungraceful_removal: true,
    },
    why: replaced.some((node) => node.name === name)
      ? `the server of ${name} was replaced; the old one's entry goes`
      : `${name} is dead and not wanted any more`,
    inventory:
      role === "control-plane"
        ? { ...before, controlPlane: [...before.controlPlane, name] }
        : { ...before, workers: [...before.workers, name] },
  }));
}
