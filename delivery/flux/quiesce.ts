/** Nobody brings back what is taken away: Flux is suspended, and what uses volumes is stopped. */
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { status } from "../../runner/output";
import { HELM_RELEASES, KUSTOMIZATIONS, refOf } from "./names";

/** The root first: it would take back the suspension of the others, which Git knows nothing of. */
export async function suspendFlux(api: ClusterObjects): Promise<void> {
  const kustomizations = await api.list(KUSTOMIZATIONS.apiVersion, KUSTOMIZATIONS.kind);
  const releases = await api.list(HELM_RELEASES.apiVersion, HELM_RELEASES.kind);
  const isRoot = ({ metadata }: AnyObject) => metadata?.name === "flux-system";
  const ordered = [
    ...kustomizations.filter(isRoot),
    ...kustomizations.filter((object) => !isRoot(object)),
    ...releases,
  ];
  const active = ordered.filter(({ spec }) => spec?.["suspend"] !== true);
  for (const object of active) await api.merge(refOf(object), { spec: { suspend: true } });
  if (active.length > 0) status(`suspended Flux: ${active.length} Kustomizations and HelmReleases`);
}

/**
 * New pods find no node from here on, whoever makes them. Of operators that make pods, and claims for them, again and
 * again there is no list.
 */
export async function cordonAll(api: ClusterObjects): Promise<void> {
  const nodes = await api.list("v1", "Node");
  const open = nodes.filter(({ spec }) => spec?.["unschedulable"] !== true);
  for (const node of open) await api.merge(refOf(node), { spec: { unschedulable: true } });
  if (open.length > 0)
    status(`cordoned ${open.length} nodes; a cluster that is to stay needs kubectl uncordon`);
}

const SCALABLE = ["StatefulSet", "Deployment"] as const;

interface PodSpec {
  readonly volumes?: readonly {
    readonly persistentVolumeClaim?: { readonly claimName: string };
    readonly ephemeral?: unknown;
  }[];
}

function claimsOf(pod: AnyObject): string[] {
  const { volumes = [] } = (pod.spec ?? {}) as PodSpec;
  return volumes.flatMap(({ persistentVolumeClaim, ephemeral, ...volume }) => {
    if (ephemeral !== undefined) return [`${pod.metadata?.name}-${(volume as { name?: string }).name}`];
    return persistentVolumeClaim === undefined ? [] : [persistentVolumeClaim.claimName];
  });
}

/** A claim stays as long as a pod uses it. */
export async function stopUsersOf(api: ClusterObjects, claims: readonly AnyObject[]): Promise<void> {
  if (claims.length === 0) return;
  const wanted = new Set(claims.map(({ metadata }) => `${metadata?.namespace}/${metadata?.name}`));
  const uses = (pod: AnyObject) =>
    claimsOf(pod).some((claim) => wanted.has(`${pod.metadata?.namespace}/${claim}`));
  const pods = (await api.list("v1", "Pod")).filter(uses);
  await stopOwners(api, pods);
  const running = pods.filter(({ metadata }) => metadata?.deletionTimestamp === undefined);
  for (const pod of running) await api.remove(refOf(pod));
}

/** Of StatefulSets and Deployments: they would make the next pod, and a StatefulSet the next claim. */
async function stopOwners(api: ClusterObjects, pods: readonly AnyObject[]): Promise<void> {
  const owners = new Set(pods.flatMap((pod) => ownersOf(pod)));
  const sets = await api.list("apps/v1", "ReplicaSet");
  for (const set of sets) if (owners.has(keyOf(set))) for (const owner of ownersOf(set)) owners.add(owner);
  for (const kind of SCALABLE) {
    const workloads = await api.list("apps/v1", kind);
    const active = workloads.filter((object) => owners.has(keyOf(object)) && object.spec?.["replicas"] !== 0);
    for (const object of active) await api.merge(refOf(object), { spec: { replicas: 0 } });
  }
}

const keyOf = ({ kind, metadata }: AnyObject) => `${kind} ${metadata?.namespace}/${metadata?.name}`;

function ownersOf({ metadata }: AnyObject): string[] {
  return (metadata?.ownerReferences ?? []).map(({ kind, name }) => `${kind} ${metadata?.namespace}/${name}`);
}
