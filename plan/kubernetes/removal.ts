/** One node leaves: what its own Command does before the machine goes. */
import { isOfControlPlane } from "../names";
import { isMemberOf, memberName } from "./etcdMembers";
import { allowEven, removalObstacle } from "./quorum";
import { begunUpgrade } from "./refusals";
import { tellApiServers } from "./controlPlaneSteps";
import type {
  ConvergeRequest,
  EtcdMember,
  ObservedCluster,
  ObservedNode,
  PlaybookStep,
  Refusal,
} from "./types";

export interface RemovalPlan {
  readonly refusals: readonly Refusal[];
  readonly steps: readonly PlaybookStep[];
  /** Nodes that are there, and the one that leaves also where etcd alone knows it: what the inventory is made of. */
  readonly nodes: readonly ObservedNode[];
}

/**
 * @param request what is wanted: without the node
 * @param node name of the node that leaves
 */
export function planRemoval(request: ConvergeRequest, there: ObservedCluster, node: string): RemovalPlan {
  const nodes = withLeavingMember(request, there, node);
  const { refusals, steps } = removalOf(request, { ...there, nodes }, node);
  return { refusals, steps: steps.map(allowEven), nodes };
}

/**
 * The nodes, with the one that leaves as what etcd knows it as: a machine joins etcd long before kubeadm makes a Node of
 * it, and a control-plane node of that Node. One whose member stays behind takes the quorum with it.
 */
function withLeavingMember(
  request: ConvergeRequest,
  { nodes, etcd }: ObservedCluster,
  name: string,
): readonly ObservedNode[] {
  const member = memberOf(request, etcd?.members ?? [], name);
  const observed = nodes.find((node) => node.name === name);
  if (member === undefined || observed?.role === "control-plane") return nodes;
  const { address = "" } = member;
  const others = nodes.filter((node) => node !== observed);
  return [...others, { ...(observed ?? unknownToKubernetes(request, name, address)), role: "control-plane" }];
}

/**
 * One without a name has not started, and says by its address alone whose it is. At the address of a wanted machine it
 * is that one's; at any other it never will start, whichever of the leaving nodes it belongs to.
 */
function memberOf(
  { cluster, facts }: ConvergeRequest,
  members: readonly EtcdMember[],
  node: string,
): EtcdMember | undefined {
  // A worker of the same number has nothing to do with a member.
  if (!isOfControlPlane(cluster, node)) return undefined;
  const wanted = new Set(Object.values(facts.machines).map(({ address }) => address));
  const strange = members.filter(({ address }) => address !== undefined && !wanted.has(address));
  return strange.find((member) => isMemberOf(member, node)) ?? strange.find(({ name }) => name === "");
}

/** Not ready: nothing of it is drained or reset, only its entry goes. */
function unknownToKubernetes({ version }: ConvergeRequest, name: string, address: string): ObservedNode {
  return {
    ...{ name, role: "control-plane", address, kubeletVersion: version },
    ...{ ready: false, unschedulable: false, joined: false },
    ...{ labels: {}, taints: [], owned: { labels: [], taints: [] } },
  };
}

function removalOf(
  request: ConvergeRequest,
  there: ObservedCluster,
  node: string,
): Omit<RemovalPlan, "nodes"> {
  const wanted = new Set(request.nodes.map(({ name }) => name));
  const order = there.mark?.controlPlane ?? [];
  const members = there.nodes.filter(({ role }) => role === "control-plane").map(({ name }) => name);
  const controlPlane = [
    ...order.filter((name) => members.includes(name)),
    ...members.filter((name) => !order.includes(name)),
  ];
  const observed = there.nodes.find(({ name }) => name === node);
  const remaining = controlPlane.filter((name) => name !== node);
  const last = remaining.every((name) => wanted.has(name));
  const begun = begunUpgrade(request, there);
  if (observed === undefined) {
    // Removed by a run that was killed before it told the API servers; the mark still names the node.
    const untold = last && order.includes(node) && !members.includes(node);
    if (!untold) return { refusals: [], steps: [] };
    return { refusals: begun, steps: begun.length > 0 ? [] : tellRemaining(request, remaining) };
  }
  if (observed.role === "worker")
    return { refusals: [], steps: [removeWorker(request, observed, controlPlane)] };
  const refusals = [...begun, ...controlPlaneRefusals(there, controlPlane, node)];
  if (refusals.length > 0) return { refusals, steps: [] };
  const told = last ? tellRemaining(request, remaining) : [];
  return { refusals, steps: [removeControlPlane(request, observed, controlPlane), ...told] };
}

function controlPlaneRefusals(
  { etcd }: ObservedCluster,
  controlPlane: readonly string[],
  node: string,
): Refusal[] {
  const obstacle = etcd && removalObstacle(etcd, memberName(etcd, node));
  const refusals: Refusal[] = [];
  if (obstacle !== undefined)
    refusals.push({ code: "quorum", message: `${node} cannot be removed: ${obstacle}` });
  if (controlPlane[0] === node) {
    refusals.push({
      code: "first-control-plane",
      message: `${node} is still the first control-plane node: run pulumi up with kubespray.replaceFirstControlPlane: true.`,
    });
  }
  return refusals;
}

function tellRemaining(request: ConvergeRequest, controlPlane: readonly string[]): PlaybookStep[] {
  return tellApiServers({ controlPlane, workers: workersOf(request) }, request.version);
}

const workersOf = ({ nodes }: ConvergeRequest) =>
  nodes.filter(({ role }) => role === "worker").map(({ name }) => name);

/** A node that answers is drained and reset; of one that does not, only the entry can go. */
function removalVars(node: { name: string; ready: boolean }) {
  return {
    node: node.name,
    skip_confirmation: true,
    ...(node.ready ? {} : { reset_nodes: false, allow_ungraceful_removal: true }),
  };
}

function removeWorker(
  request: ConvergeRequest,
  observed: { name: string; ready: boolean },
  controlPlane: readonly string[],
): PlaybookStep {
  return {
    playbook: "remove-node.yml",
    extraVars: removalVars(observed),
    why: `${observed.name} is not wanted any more`,
    inventory: { controlPlane, workers: [...workersOf(request), observed.name] },
  };
}

function removeControlPlane(
  request: ConvergeRequest,
  observed: { name: string; ready: boolean },
  controlPlane: readonly string[],
): PlaybookStep {
  return {
    playbook: "remove-node.yml",
    extraVars: removalVars(observed),
    why: `${observed.name} leaves the control plane and etcd`,
    inventory: { controlPlane, workers: workersOf(request) },
  };
}
