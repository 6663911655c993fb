/**
 * Volumes that have snapshots which outlive the cluster. Cinder deletes no such volume, so whoever waits for it waits in
 * vain. Velero's snapshots are of that kind, and it deletes VolumeSnapshot and content once they are made: in the cluster
 * nothing tells of them but the driver's failure.
 */
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { status } from "../../runner/output";
import {
  cinderVolume,
  CONTENTS,
  goesWithClaim,
  HELD,
  type KeptVolume,
  keptOf,
  type Leftovers,
} from "./leftovers";
import { nameOf, refOf } from "./names";

/** Ids of snapshots by the id of their volume, as the cloud has them. */
export type Snapshots = ReadonlyMap<string, readonly string[]>;

interface ContentSpec {
  readonly deletionPolicy?: string;
  readonly source?: { readonly volumeHandle?: string };
}

const handleOf = ({ status: said }: AnyObject) => said?.["snapshotHandle"] as string | undefined;

/** What keeps each volume, once the snapshots are gone that go with the cluster. */
function keeping(contents: readonly AnyObject[], inCloud: Snapshots): Map<string, Set<string>> {
  const going = new Set<string | undefined>();
  const found = new Map<string, Set<string>>();
  const of = (volume: string) => found.get(volume) ?? found.set(volume, new Set()).get(volume)!;
  for (const content of contents) {
    const { deletionPolicy, source } = (content.spec ?? {}) as ContentSpec;
    const handle = handleOf(content);
    if (deletionPolicy === "Delete") going.add(handle);
    else if (source?.volumeHandle !== undefined && handle !== undefined) of(source.volumeHandle).add(handle);
  }
  for (const [volume, snapshots] of inCloud)
    for (const one of snapshots) if (!going.has(one)) of(volume).add(one);
  return found;
}

/**
 * Lets volumes stay that the cloud would not give back, before anything waits for them: their reclaim policy becomes Retain.
 * @param inCloud what the cloud itself says, where somebody could ask it
 */
export async function holdBack(api: ClusterObjects, inCloud: Snapshots): Promise<void> {
  const [contents, volumes] = await Promise.all([api.list(...CONTENTS), api.list("v1", "PersistentVolume")]);
  const keepers = keeping(contents, inCloud);
  for (const volume of volumes.filter(goesWithClaim)) {
    const snapshots = keepers.get(cinderVolume(volume) ?? "");
    if (snapshots !== undefined) await retain(api, volume, [...snapshots].sort());
  }
}

/** In the object itself, so that every later look finds it, also that of another run. */
async function retain(
  api: ClusterObjects,
  volume: AnyObject,
  snapshots: readonly string[],
): Promise<KeptVolume[]> {
  const metadata = { annotations: { [HELD]: snapshots.join(",") } };
  const spec = { persistentVolumeReclaimPolicy: "Retain" };
  await api.merge(refOf(volume), { metadata, spec });
  status(`${nameOf(volume)} has snapshots that stay: its reclaim policy is Retain from now on`);
  return keptOf({
    ...volume,
    metadata: { ...volume.metadata, ...metadata },
    spec: { ...volume.spec, ...spec },
  });
}

/** A volume that is being detached, and a snapshot that is being deleted, are refused for a moment, too. */
const SETTLE_MS = 60_000;

interface CinderEvent extends AnyObject {
  readonly reason?: string;
  readonly message?: string;
  readonly involvedObject?: { readonly kind?: string; readonly name?: string };
}

/** Of the driver, with what Cinder has said: "must not be attached, have snapshots, …". */
const isRefusal = ({ reason, message = "", involvedObject }: CinderEvent) =>
  reason === "VolumeFailedDelete" &&
  involvedObject?.kind === "PersistentVolume" &&
  message.includes("have snapshots");

/** Volumes that Cinder refuses to delete for good: of their snapshots nobody has told. */
export class Refusals {
  private readonly heard = new Map<string, { readonly since: number; readonly events: Set<string> }>();

  constructor(private readonly settleMs = SETTLE_MS) {}

  /** One look. @returns volumes that stay from now on */
  async look(api: ClusterObjects, { snapshots, volumes }: Leftovers): Promise<KeptVolume[]> {
    // Those that go with the cluster hold a volume until they are gone.
    if (snapshots.length > 0) this.heard.clear();
    const released = volumes.filter(
      (one) => cinderVolume(one) !== undefined && one.status?.["phase"] !== "Bound",
    );
    if (released.length === 0) return [];
    // Of what is in no namespace, events are in this one.
    const events: readonly CinderEvent[] = await api.listExact("v1", "Event", "default");
    const refused = new Set(events.filter(isRefusal).flatMap((event) => this.lasting(event)));
    const attached = await attachedVolumes(api);
    const kept: KeptVolume[] = [];
    for (const volume of released) {
      const name = volume.metadata?.name ?? "";
      if (refused.has(name) && !attached.has(name)) kept.push(...(await retain(api, volume, [])));
    }
    return kept;
  }

  /** Name of the volume, when it is refused anew although it was refused long ago. */
  private lasting({ metadata, involvedObject }: CinderEvent): string[] {
    const name = involvedObject?.name ?? "";
    const now = Date.now();
    const { since, events } = this.heard.get(name) ?? { since: now, events: new Set() };
    this.heard.set(name, { since, events });
    const version = `${metadata?.uid} ${metadata?.resourceVersion}`;
    const anew = !events.has(version);
    events.add(version);
    return anew && now - since >= this.settleMs ? [name] : [];
  }
}

async function attachedVolumes(api: ClusterObjects): Promise<Set<string>> {
  const attachments = await api.list("storage.k8s.io/v1", "VolumeAttachment");
  const source = ({ spec }: AnyObject) => spec?.["source"] as { persistentVolumeName?: string } | undefined;
  return new Set(attachments.flatMap((one) => source(one)?.persistentVolumeName ?? []));
}
