/** What the state, and the cluster itself, say of their things in the cloud, as long as they can be asked. */
import { cinderVolume, goesWithClaim } from "../../delivery/flux/leftovers";
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import type { StackState } from "../recover/state";

/** Of what the stack made. What it only reads, such as somebody's network, is not to go. */
export function idsIn({ resources }: StackState): string[] {
  return resources.flatMap(({ type, id, external }) =>
    type.startsWith("openstack:") && id !== undefined && external !== true ? [id] : [],
  );
}

/**
 * Ids of volumes that go with their claims, and of load balancers where the cloud controller has noted them. A volume
 * with reclaim policy Retain is not among them: whoever wrote that wants its content to outlive the cluster.
 */
export async function knownIds(api: Pick<ClusterObjects, "list">): Promise<Set<string>> {
  const [volumes, services] = await Promise.all([
    api.list("v1", "PersistentVolume"),
    api.list("v1", "Service"),
  ]);
  const going = volumes.filter(goesWithClaim).flatMap((volume) => cinderVolume(volume) ?? []);
  return new Set([...going, ...services.flatMap(balancerId)]);
}

const BALANCER = "loadbalancer.openstack.org/load-balancer-id";

function balancerId({ metadata }: AnyObject): string[] {
  const id = metadata?.annotations?.[BALANCER];
  return id === undefined ? [] : [id];
}
