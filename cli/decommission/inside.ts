/** What the cluster itself says of its things in the cloud, as long as it can be asked. */
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";

/** Ids of volumes, and of load balancers where the cloud controller has noted them. */
export async function knownIds(api: ClusterObjects): Promise<Set<string>> {
  const [volumes, services] = await Promise.all([
    api.list("v1", "PersistentVolume"),
    api.list("v1", "Service"),
  ]);
  return new Set([...volumes.flatMap(volumeId), ...services.flatMap(balancerId)]);
}

function volumeId({ spec }: AnyObject): string[] {
  const csi = spec?.["csi"] as { driver?: string; volumeHandle?: string } | undefined;
  return csi?.driver === "cinder.csi.openstack.org" && csi.volumeHandle !== undefined
    ? [csi.volumeHandle]
    : [];
}

const BALANCER = "loadbalancer.openstack.org/load-balancer-id";

function balancerId({ metadata }: AnyObject): string[] {
  const id = metadata?.annotations?.[BALANCER];
  return id === undefined ? [] : [id];
}
