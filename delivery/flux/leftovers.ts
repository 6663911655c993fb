/** What Kubernetes asked the cloud for, and nobody takes back once the cluster is gone. */
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { nameOf } from "./names";

/** Everything that has to go before the machines do. */
export interface Leftovers {
  /** Their controllers make load balancers, and make them again when only the Services go. */
  readonly gateways: readonly AnyObject[];
  readonly loadBalancers: readonly AnyObject[];
  /** A volume that has snapshots is not deleted by Cinder. */
  readonly snapshots: readonly AnyObject[];
  readonly claims: readonly AnyObject[];
  /** Of which the cloud has a volume that goes with them. */
  readonly volumes: readonly AnyObject[];
}

/** A volume of the cloud that is to stay. */
export interface KeptVolume {
  readonly claim: string;
  /** Its id in the cloud. */
  readonly volume: string;
  /**
   * Ids of the snapshots that hold it, none where they are not known. @default its reclaim policy was Retain from the
   * beginning
   */
  readonly snapshots?: readonly string[];
}

interface VolumeSpec {
  readonly persistentVolumeReclaimPolicy?: string;
  readonly claimRef?: { readonly namespace: string; readonly name: string };
  readonly csi?: { readonly driver: string; readonly volumeHandle: string };
}

const volumeSpec = ({ spec }: AnyObject) => (spec ?? {}) as VolumeSpec;

/** On a PersistentVolume that stays for its snapshots: their ids. */
export const HELD = "opencenter.io/held-by-snapshots";

const CINDER = "cinder.csi.openstack.org";

/** Id in the cloud; undefined for a volume that is elsewhere. */
export function cinderVolume(volume: AnyObject): string | undefined {
  const { csi } = volumeSpec(volume);
  return csi?.driver === CINDER ? csi.volumeHandle : undefined;
}

/** Whether a volume goes with its claim; only Delete says so. */
export function goesWithClaim(volume: AnyObject): boolean {
  return volumeSpec(volume).persistentVolumeReclaimPolicy === "Delete";
}

const GATEWAYS = ["gateway.networking.k8s.io/v1", "Gateway"] as const;
const SNAPSHOTS = ["snapshot.storage.k8s.io/v1", "VolumeSnapshot"] as const;
export const CONTENTS = ["snapshot.storage.k8s.io/v1", "VolumeSnapshotContent"] as const;

/** All that is there now; others may still be making more. */
export async function findLeftovers(api: ClusterObjects): Promise<Leftovers & { kept: KeptVolume[] }> {
  const [gateways, services, snapshots, contents, claims, volumes] = await Promise.all([
    api.list(...GATEWAYS),
    api.list("v1", "Service"),
    api.list(...SNAPSHOTS),
    api.list(...CONTENTS),
    api.list("v1", "PersistentVolumeClaim"),
    api.list("v1", "PersistentVolume"),
  ]);
  const retained = volumes.filter((volume) => !goesWithClaim(volume));
  const keptClaims = new Set(retained.map((volume) => claimOf(volume)));
  const keptSnapshots = new Set(
    contents
      .filter(({ spec }) => spec?.["deletionPolicy"] !== "Delete")
      .map((content) => snapshotOf(content)),
  );
  return {
    gateways,
    loadBalancers: services.filter(({ spec }) => spec?.["type"] === "LoadBalancer"),
    snapshots: snapshots.filter((snapshot) => !keptSnapshots.has(placeOf(snapshot))),
    claims: claims.filter((claim) => !keptClaims.has(placeOf(claim))),
    volumes: volumes.filter(goesWithClaim),
    kept: retained.flatMap(keptOf),
  };
}

/** Of a volume on the machines' own disks, nothing stays. */
export function keptOf(object: AnyObject): KeptVolume[] {
  const volume = cinderVolume(object);
  if (volume === undefined) return [];
  const held = object.metadata?.annotations?.[HELD];
  const snapshots = held?.split(",").filter((id) => id !== "");
  return [{ claim: claimOf(object), volume, ...(snapshots && { snapshots }) }];
}

/** Why a volume stays, and how it goes when nobody needs it any more. */
export function whyKept({ volume, snapshots }: KeptVolume): string {
  const remove = `openstack volume delete ${volume}`;
  if (snapshots === undefined)
    return `its reclaim policy is not Delete; when nobody needs it any more: ${remove}`;
  const [which, first] =
    snapshots.length === 0
      ? ["", `openstack volume snapshot list --volume ${volume}, openstack volume snapshot delete each`]
      : [` ${snapshots.join(", ")}`, `openstack volume snapshot delete ${snapshots.join(" ")}`];
  return (
    `it has snapshots${which}, and Cinder deletes no volume that has some; when nobody needs the backups any more that they ` +
    `are of: ${first}, and then ${remove}`
  );
}

export function placeOf({ metadata }: AnyObject): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}

function claimOf(volume: AnyObject): string {
  const claim = volumeSpec(volume).claimRef;
  return claim === undefined ? "no claim" : `${claim.namespace}/${claim.name}`;
}

function snapshotOf({ spec }: AnyObject): string {
  const ref = spec?.["volumeSnapshotRef"] as { namespace?: string; name?: string } | undefined;
  return `${ref?.namespace}/${ref?.name}`;
}

export function allOf({ gateways, loadBalancers, snapshots, claims, volumes }: Leftovers): AnyObject[] {
  return [...gateways, ...loadBalancers, ...snapshots, ...claims, ...volumes];
}

/** With what holds each of them. */
export function describe(object: AnyObject): string {
  const { deletionTimestamp, finalizers = [] } = object.metadata ?? {};
  const state = deletionTimestamp === undefined ? "not deleted yet" : "being deleted";
  const held = finalizers.length > 0 ? `, held by ${finalizers.join(", ")}` : "";
  return `${nameOf(object)} (${state}${held})`;
}
