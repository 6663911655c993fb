/** Names that a resource may have had before: this program's own, and those of Kubespray's Terraform module. */
import type { Wanted } from "./types";

/** The module counts its machines by kind: with (`nf` without) a floating IP. */
function machines(cluster: string, role: "master" | "node", number: string): string[] {
  return [`${cluster}-k8s-${role}-${number}`, `${cluster}-k8s-${role}-nf-${number}`];
}

/**
 * @param pools names of the worker pools: which of several a `k8s-node` was for, nobody can tell
 * @returns most likely first
 */
export function namesOf(cluster: string, pools: readonly string[], { type, name, inputs }: Wanted): string[] {
  const own = typeof inputs["name"] === "string" ? [inputs["name"]] : [];
  switch (type.split(":").at(-1)) {
    case "Network":
      return [...own, `${cluster}-network`, "internal"];
    case "Subnet":
      return [...own, `${cluster}-internal-network`, `${cluster}-subnet`];
    case "Router":
      return [...own, `${cluster}-router`];
    case "Instance": {
      if (name === `${cluster}-bastion`) return [...own, `${cluster}-bastion-1`];
      const number = /-(\d+)$/.exec(name)?.[1] ?? "";
      if (name === `${cluster}-cp-${number}`) return [...own, ...machines(cluster, "master", number)];
      return pools.length === 1 ? [...own, ...machines(cluster, "node", number)] : own;
    }
    default:
      return own;
  }
}
