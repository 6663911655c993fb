/** etcd's arithmetic: what may be added or taken away without losing the majority. */
import type { ObservedEtcd, PlaybookStep } from "./types";

/** Members that must agree. */
export function quorum(members: number): number {
  return Math.floor(members / 2) + 1;
}

/** Whether those that answer are enough for all, also for those that have not started yet. */
export function hasQuorum({ members }: ObservedEtcd): boolean {
  return members.filter(({ healthy }) => healthy).length >= quorum(members.length);
}

/** Why etcd is in no state to be changed, or nothing. */
export function etcdObstacle(etcd: ObservedEtcd): string | undefined {
  const sick = etcd.members
    .filter(({ healthy }) => !healthy)
    .map(({ name, address = "no known address" }) => name || `one at ${address} that has not started`);
  if (etcd.members.length === 0) return "etcd does not answer on any control-plane node.";
  if (sick.length === 0) return undefined;
  return `etcd is not healthy: ${sick.join(", ")} of ${etcd.members.length} members ${sick.length === 1 ? "does" : "do"} not answer.`;
}

/** Why a member may not be removed now, or nothing. */
export function removalObstacle(etcd: ObservedEtcd, member: string): string | undefined {
  const rest = etcd.members.filter(({ name }) => name !== member);
  if (rest.length === etcd.members.length) return undefined;
  if (rest.length === 0) return `${member} is etcd's last member: all data would be gone.`;
  const healthy = rest.filter((other) => other.healthy).length;
  if (healthy >= quorum(rest.length)) return undefined;
  return (
    `without ${member}, only ${healthy} of ${rest.length} etcd members would answer and ${quorum(rest.length)} must: ` +
    "bring the others back first."
  );
}

/**
 * Every playbook begins with an assertion that the number of etcd hosts is odd. Between the first and the second change
 * of two it is even, which is the one documented use of ignoring it (docs/operations/nodes.md of Kubespray).
 */
export function allowEven(step: PlaybookStep): PlaybookStep {
  if (step.inventory.controlPlane.length % 2 === 1) return step;
  return { ...step, extraVars: { ...step.extraVars, ignore_assert_errors: true } };
}
