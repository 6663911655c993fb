/** TEMPORARY (lead, for integration): the owner of this file replaces it. */
import type { ClusterConfig } from "../../config/resolve";
import { planCluster } from "..";
import type { NodePlan } from "./types";

export function planNodes(config: ClusterConfig): NodePlan[] {
  const plan = planCluster(config);
  return [plan.controlPlane, ...plan.pools].flatMap((group) =>
    group.machines.map((machine) => ({
      name: machine.name,
      role: machine.role === "control-plane" ? ("control-plane" as const) : ("worker" as const),
      pool: machine.pool ?? "",
      ...(machine.role === "control-plane" ? { etcdMember: `etcd${machine.ordinal}` } : {}),
      labels: machine.labels,
      taints: machine.taints,
    })),
  );
}
