/**
 * Which etcd member is which node's. A member is called as its node is. Members of clusters that an older program made
 * have a number instead, and keep it: another name would start every one of them again.
 *
 * It must not be a number. When a member joins, Kubespray lists those that are there as `etcd1`, `etcd2` by their place in
 * the group, whatever they are called, and the new one by its own name: with `etcd2` for the third host that name would
 * stand there twice, etcd would count one member less than it has, and the new one would never start.
 */
import type { ConvergeRecord } from "./record";
import type { ConvergeRequest, NodePlan, ObservedEtcd, ObservedNode } from "./types";

/** `etcd3` for `prod-cp-3`: the node's own number. */
export function numberedMember(node: string): string {
  return `etcd${/(\d+)$/.exec(node)?.[1] ?? ""}`;
}

export function isMemberOf({ name }: { readonly name: string }, node: string): boolean {
  return name === node || name === numberedMember(node);
}

/** What the node's member is called, or would be. */
export function memberName(etcd: ObservedEtcd | undefined, node: string): string {
  return etcd?.members.find((member) => isMemberOf(member, node))?.name ?? node;
}

/**
 * A node of the control plane for the inventory, with the name of its member.
 * @param observed the node as it is in the cluster; a machine that was replaced since joins as a new one
 */
export function withMember(
  node: NodePlan,
  observed: ObservedNode | undefined,
  etcd: ObservedEtcd | undefined,
  { machines }: ConvergeRequest["facts"],
): NodePlan {
  if (node.role !== "control-plane") return node;
  const server = machines[node.name]?.serverId;
  const replaced = observed?.serverId !== undefined && server !== undefined && observed.serverId !== server;
  return { ...node, etcdMember: replaced ? node.name : memberName(etcd, node.name) };
}

/** As the last run saw them; in records of before, members had numbers. */
export function withRecordedMembers(
  nodes: readonly NodePlan[],
  record: ConvergeRecord | undefined,
): NodePlan[] {
  const recorded = new Map(record?.nodes.map((node) => [node.name, node]));
  return nodes.map((node) => {
    const before = recorded.get(node.name);
    if (node.role !== "control-plane" || before === undefined) return node;
    return { ...node, etcdMember: before.etcdMember ?? numberedMember(node.name) };
  });
}
