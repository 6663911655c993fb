/** The machines of a plan as Kubernetes nodes. */
import type { ClusterConfig } from "../../config/resolve";
import { planControlPlane, planPools } from "../machines";
import type { MachinePlan } from "../types";
import type { NodePlan } from "./types";

/** Control plane first, in the order of the configuration, then the pools by name. */
export function planNodes(config: ClusterConfig): NodePlan[] {
  return [planControlPlane(config), ...planPools(config)].flatMap(({ pool, machines }) =>
    machines.map((machine) => planNode(pool, machine)),
  );
}

function planNode(pool: string, { name, role, labels, taints }: MachinePlan): NodePlan {
  if (role !== "control-plane") return { name, role: "worker", pool, labels, taints };
  return { name, role, pool, etcdMember: name, labels, taints };
}
