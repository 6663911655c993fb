/** Who is in the inventory of one playbook run, with what the inventory needs to know of them. */
import { withMember } from "./etcdMembers";
import type { ConvergeRequest, NodePlan, ObservedEtcd, ObservedNode, PlaybookCall } from "./types";

/**
 * The request with exactly the hosts of a call, in its order. Nodes that leave are still in the inventory of some
 * calls, and only the cluster itself knows their addresses by then.
 *
 * @param etcd its members keep the names that they have; absent, where nothing of the call depends on them
 */
export function requestFor(
  request: ConvergeRequest,
  there: readonly ObservedNode[],
  { controlPlane, workers }: PlaybookCall["inventory"],
  etcd?: ObservedEtcd,
): ConvergeRequest {
  const wanted = new Map(request.nodes.map((node) => [node.name, node]));
  const observed = new Map(there.map((node) => [node.name, node]));
  const machines = { ...request.facts.machines };
  const names = [...controlPlane, ...workers];
  const nodes = names.flatMap((name): NodePlan[] => {
    const node = wanted.get(name);
    const seen = observed.get(name);
    if (node !== undefined) return [withMember(node, seen, etcd, request.facts)];
    if (seen === undefined) return [];
    machines[name] = { address: seen.address, serverId: seen.serverId ?? "" };
    return [withMember(leavingNode(seen), seen, etcd, request.facts)];
  });
  return { ...request, nodes, facts: { ...request.facts, machines } };
}

function leavingNode({ name, role }: ObservedNode): NodePlan {
  return { name, role, pool: "", labels: {}, taints: [] };
}
