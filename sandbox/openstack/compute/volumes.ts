/** What Nova does with Cinder's volumes: makes them for a boot, attaches, detaches and deletes them. */
import { randomUUID } from "node:crypto";
import { ApiError, type Request, type Resource, type Store } from "../api";
import { owns, text } from "../requests";

export const VOLUMES = "volume.volumes";
export const ATTACHMENTS = "compute.volume_attachments";

const ATTACH_MS = 200;
const DETACH_MS = 200;

export function attachmentsOf(store: Store, serverId: string): Resource[] {
  return store.list(ATTACHMENTS).filter(({ server_id }) => server_id === serverId);
}

/** @throws ApiError 404 */
export function findVolume(store: Store, request: Request, id: string): Resource {
  const volume = store.get(VOLUMES, id);
  if (volume === undefined || !owns(request.caller, volume))
    throw new ApiError(404, `Volume ${id} could not be found.`);
  return volume;
}

/** @throws ApiError 400 when Cinder would not reserve the volume for an attachment */
export function refuseUnavailable(volume: Resource): void {
  const shareable = volume["multiattach"] === true && volume["status"] === "in-use";
  if (volume["status"] === "available" || shareable) return;
  throw new ApiError(
    400,
    `Invalid input received: Invalid volume: Volume ${volume.id} status must be available or downloading to reserve, but the current status is ${text(volume["status"])}. (HTTP 400)`,
  );
}

export interface NewVolume {
  readonly projectId: string;
  readonly userId: string;
  readonly size: number;
  readonly zone: string;
  readonly type?: string;
  readonly image?: Resource;
}

/** What a volume remembers of its image; all of it text. */
export function imageMetadata(image: Resource): Record<string, string> {
  const keys = ["min_disk", "min_ram", "disk_format", "container_format", "checksum", "size"];
  const properties = Object.fromEntries(keys.map((key) => [key, String(image[key])]));
  return { image_id: image.id, image_name: text(image["name"]), ...properties };
}

/** A volume as Cinder would make it for a server that boots from it. */
export function makeVolume(store: Store, wish: NewVolume): Resource {
  const { image } = wish;
  const now = new Date().toISOString().replace("Z", "000");
  return store.insert(VOLUMES, {
    name: "",
    description: "",
    status: "available",
    size: wish.size,
    availability_zone: wish.zone,
    volume_type: wish.type ?? "__DEFAULT__",
    metadata: {},
    bootable: image === undefined ? "false" : "true",
    encrypted: false,
    multiattach: false,
    snapshot_id: null,
    source_volid: null,
    consistencygroup_id: null,
    replication_status: null,
    attachments: [],
    project_id: wish.projectId,
    user_id: wish.userId,
    created_at: now,
    updated_at: now,
    ...(image === undefined ? {} : { volume_image_metadata: imageMetadata(image) }),
  });
}

/** `/dev/vda`, `/dev/vdb`, …: the first that the server does not have. */
function freeDevice(store: Store, serverId: string, hasLocalDisk: boolean): string {
  const taken = new Set(attachmentsOf(store, serverId).map(({ device }) => device));
  if (hasLocalDisk) taken.add("/dev/vda");
  for (let code = "a".charCodeAt(0); ; code++) {
    const device = `/dev/vd${String.fromCharCode(code)}`;
    if (!taken.has(device)) return device;
  }
}

export interface AttachOptions {
  readonly device?: string;
  readonly deleteOnTermination?: boolean;
  readonly tag?: string | null;
  /** Disks of a boot are there when the server is. @default false */
  readonly atOnce?: boolean;
}

/** Attaches a volume that was checked before. */
export function attach(store: Store, server: Resource, volume: Resource, options: AttachOptions): Resource {
  const device = options.device || freeDevice(store, server.id, server["image"] !== "");
  const attachment = store.insert(ATTACHMENTS, {
    id: `${server.id}:${volume.id}`,
    server_id: server.id,
    volume_id: volume.id,
    attachment_id: randomUUID(),
    device,
    delete_on_termination: options.deleteOnTermination === true,
    tag: options.tag ?? null,
    project_id: server.project_id,
  });
  const others = (volume["attachments"] as unknown[] | undefined) ?? [];
  const shown = {
    id: volume.id,
    attachment_id: attachment["attachment_id"],
    volume_id: volume.id,
    server_id: server.id,
    host_name: null,
    device,
    attached_at: new Date().toISOString().replace("Z", "000"),
  };
  const attached = { status: "in-use", attachments: [...others, shown] };
  if (options.atOnce === true) store.update(VOLUMES, volume.id, attached);
  else {
    store.update(VOLUMES, volume.id, { status: "attaching" });
    store.later(VOLUMES, volume.id, ATTACH_MS, attached);
  }
  return attachment;
}

/** Detaches; a volume that was made to die with its server is deleted when that is what happens. */
export function detach(store: Store, attachment: Resource, serverIsDeleted = false): void {
  store.later(ATTACHMENTS, attachment.id, DETACH_MS, null);
  const volume = store.get(VOLUMES, text(attachment["volume_id"]));
  if (volume === undefined) return;
  if (serverIsDeleted && attachment["delete_on_termination"] === true) {
    store.update(VOLUMES, volume.id, { status: "deleting" });
    store.later(VOLUMES, volume.id, DETACH_MS, null);
    return;
  }
  const others = ((volume["attachments"] as { server_id: string }[] | undefined) ?? []).filter(
    ({ server_id }) => server_id !== attachment["server_id"],
  );
  store.update(VOLUMES, volume.id, { status: "detaching" });
  store.later(VOLUMES, volume.id, DETACH_MS, {
    status: others.length > 0 ? "in-use" : "available",
    attachments: others,
  });
}
