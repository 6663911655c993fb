/** One node leaves: what its own Command does before the machine goes. */
import { memberName } from "./etcdMembers";
import { allowEven, removalObstacle } from "./quorum";
import { tellApiServers } from "./controlPlaneSteps";
import type { ConvergeRequest, ObservedCluster, PlaybookStep, Refusal } from "./types";

export interface RemovalPlan {
  readonly refusals: readonly Refusal[];
  readonly steps: readonly PlaybookStep[];
}

/**
 * @param request what is wanted: without the node
 * @param node name of the node that leaves
 */
export function planRemoval(request: ConvergeRequest, there: ObservedCluster, node: string): RemovalPlan {
  const { refusals, steps } = removalOf(request, there, node);
  return { refusals, steps: steps.map(allowEven) };
}

function removalOf(request: ConvergeRequest, there: ObservedCluster, node: string): RemovalPlan {
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
  if (observed === undefined) {
    // Removed by a run that was killed before it told the API servers; the mark still names the node.
    const untold = last && order.includes(node) && !members.includes(node);
    return { refusals: [], steps: untold ? tellRemaining(request, remaining) : [] };
  }
  if (observed.role === "worker")
    return { refusals: [], steps: [removeWorker(request, observed, controlPlane)] };
  const refusals = controlPlaneRefusals(there, controlPlane, node);
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
