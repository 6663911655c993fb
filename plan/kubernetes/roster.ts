/** Who is in the inventory of one playbook run, with what the inventory needs to know of them. */
import type { ConvergeRequest, NodePlan, ObservedNode, PlaybookCall } from "./types";

/**
 * The request with exactly the hosts of a call, in its order. Nodes that leave are still in the inventory of some
 * calls, and only the cluster itself knows their addresses by then.
 *
 * @param earlier nodes of earlier runs that may not be in the cluster any more
 */
export function requestFor(
  request: ConvergeRequest,
  there: readonly ObservedNode[],
  { controlPlane, workers }: PlaybookCall["inventory"],
): ConvergeRequest {
  const wanted = new Map(request.nodes.map((node) => [node.name, node]));
  const observed = new Map(there.map((node) => [node.name, node]));
  const machines = { ...request.facts.machines };
  const names = [...controlPlane, ...workers];
  const nodes = names.flatMap((name): NodePlan[] => {
    const node = wanted.get(name);
    if (node !== undefined) return [node];
    const seen = observed.get(name);
    if (seen === undefined) return [];
    machines[name] = { address: seen.address, serverId: seen.serverId ?? "" };
    return [leavingNode(seen)];
  });
  return { ...request, nodes, facts: { ...request.facts, machines } };
}

function leavingNode({ name, role }: ObservedNode): NodePlan {
  const ordinal = /(\d+)$/.exec(name)?.[1] ?? "";
  const etcdMember = role === "control-plane" ? { etcdMember: `etcd${ordinal}` } : {};
  return { name, role, pool: "", ...etcdMember, labels: {}, taints: [] };
}
