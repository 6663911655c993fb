/** Volumes: making, showing, changing and deleting them. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Store } from "../api";
import { check, isAdmin, owns, text, unwrap, visiblePart } from "../requests";
import { refuseOverQuota, VOLUMES } from "./quotas";
import { imageMetadata } from "../compute/volumes";
import { DEFAULT_TYPE, findType } from "./types";
import { inCindersWords, invalidInput, invalidVolume, now } from "./words";

const CREATE_MS = 400;
const DELETE_MS = 300;
const GIB = 1024 ** 3;
export const PREFIX = "/volume";
export const ZONES = ["nova", "az1", "az2", "az3"];

export const metadataSchema = z.record(z.string().min(1).max(255), z.string().max(255));

const createSchema = z.object({
  size: z
    .union([
      z.int().min(1),
      z
        .string()
        .regex(/^\d*[1-9]\d*$/)
        .transform(Number),
    ])
    .nullish(),
  name: z.string().max(255).nullish(),
  description: z.string().max(255).nullish(),
  availability_zone: z.string().nullish(),
  volume_type: z.string().nullish(),
  imageRef: z.string().nullish(),
  snapshot_id: z.string().nullish(),
  source_volid: z.string().nullish(),
  metadata: metadataSchema.nullish(),
  multiattach: z.boolean().nullish(),
});

const updateSchema = z.object({
  name: z.string().max(255).nullish(),
  description: z.string().max(255).nullish(),
  metadata: metadataSchema.optional(),
});

/** @throws ApiError 404 in Cinder's words, for another project's volume too */
export function findVolume({ params, caller }: Request, store: Store, id = params["id"] ?? ""): Resource {
  const volume = store.get(VOLUMES, id);
  if (volume === undefined || !owns(caller, volume))
    throw new ApiError(404, `Volume ${id} could not be found.`);
  return volume;
}

const linksOf = ({ id }: Resource, { baseUrl, caller }: Request) => [
  { rel: "self", href: `${baseUrl}${PREFIX}/v3/${caller.projectId}/volumes/${id}` },
  { rel: "bookmark", href: `${baseUrl}${PREFIX}/${caller.projectId}/volumes/${id}` },
];

export function showVolume(volume: Resource, request: Request): Record<string, unknown> {
  const { project_id, migration_status, ...shown } = visiblePart(volume);
  return {
    ...shown,
    // Where data is being moved to is for administrators only.
    ...(isAdmin(request.caller) ? { migration_status } : {}),
    "os-vol-tenant-attr:tenant_id": project_id,
    links: linksOf(volume, request),
  };
}

/** A creation and a change are answered without saying whose the volume is. */
function withoutTenant({ "os-vol-tenant-attr:tenant_id": _, ...shown }: Record<string, unknown>) {
  return shown;
}

/** What a list without details says. */
export function summarize(volume: Resource, request: Request): Record<string, unknown> {
  return { id: volume.id, name: volume["name"], links: linksOf(volume, request) };
}

/** @throws ApiError 400 for an image that cannot become a volume of this size */
function imageOf(store: Store, request: Request, id: string, size: number): Resource {
  const image = store.get("image.images", id);
  if (
    image === undefined ||
    (image["visibility"] !== "public" && image["owner"] !== request.caller.projectId)
  )
    throw new ApiError(400, "Invalid image identifier or unable to access requested image.");
  if (image["status"] !== "active") throw invalidInput(`Image ${id} is not active.`);
  const [bytes, minimum] = [Number(image["size"] ?? 0), Number(image["min_disk"] ?? 0)];
  if (bytes > size * GIB)
    throw invalidInput(
      `Size of specified image ${Math.ceil(bytes / GIB)}GB is larger than volume size ${size}GB.`,
    );
  if (size < minimum)
    throw invalidInput(`Volume size ${size}GB cannot be smaller than the image minDisk size ${minimum}GB.`);
  return image;
}

const fromImage = (image: Resource) => ({ bootable: "true", volume_image_metadata: imageMetadata(image) });

interface Source {
  /** GiB */
  readonly size: number;
  readonly zone?: string;
  readonly type?: string;
  /** What the volume has when its data is there. */
  readonly content: object;
}

/** Where the data of a new volume comes from. @throws ApiError 400 and 404 as Cinder does */
function sourceOf(store: Store, request: Request, wish: z.output<typeof createSchema>): Source {
  if (wish.snapshot_id != null) throw new ApiError(404, `Snapshot ${wish.snapshot_id} could not be found.`);
  const parent = wish.source_volid == null ? undefined : findVolume(request, store, wish.source_volid);
  const size = wish.size ?? Number(parent?.["size"] ?? 0);
  if (size < 1 && wish.size == null)
    throw new ApiError(
      400,
      "The server could not comply with the request since it is either malformed or otherwise incorrect.",
    );
  if (size < 1) throw invalidInput(`Volume size '${size}' must be an integer and greater than 0`);
  if (parent !== undefined && size < Number(parent["size"]))
    throw invalidInput(
      `Volume size '${size}'GB cannot be smaller than original volume size  ${Number(parent["size"])}GB. They must be >= original volume size.`,
    );
  if (wish.imageRef != null)
    return { size, content: fromImage(imageOf(store, request, wish.imageRef, size)) };
  if (parent === undefined) return { size, content: {} };
  const { bootable, volume_image_metadata, availability_zone, volume_type } = parent;
  return {
    size,
    zone: text(availability_zone),
    type: text(volume_type),
    content: { bootable, ...(volume_image_metadata ? { volume_image_metadata } : {}) },
  };
}

export function createVolume(request: Request, store: Store): Reply {
  const wish = check(createSchema, unwrap(request, "volume"), inCindersWords);
  const { size, zone, type, content } = sourceOf(store, request, wish);
  const availabilityZone = wish.availability_zone ?? zone ?? "nova";
  if (!ZONES.includes(availabilityZone))
    throw new ApiError(400, `Availability zone '${availabilityZone}' is invalid.`);
  const volumeType = findType(wish.volume_type ?? type ?? DEFAULT_TYPE, store)["name"];
  const { projectId, userId } = request.caller;
  refuseOverQuota(store, projectId, { volumes: 1, gigabytes: size });
  const volume = store.insert(VOLUMES, {
    name: wish.name ?? null,
    description: wish.description ?? null,
    status: "creating",
    size,
    availability_zone: availabilityZone,
    volume_type: volumeType,
    metadata: wish.metadata ?? {},
    bootable: "false",
    encrypted: false,
    multiattach: wish.multiattach ?? false,
    snapshot_id: null,
    source_volid: wish.source_volid ?? null,
    consistencygroup_id: null,
    replication_status: null,
    migration_status: null,
    attachments: [],
    project_id: projectId,
    user_id: userId,
    created_at: now(),
    updated_at: null,
  });
  const shown = withoutTenant(showVolume(volume, request));
  store.later(VOLUMES, volume.id, CREATE_MS, { status: "available", updated_at: now(), ...content });
  return { status: 202, body: { volume: shown } };
}

export function updateVolume(request: Request, store: Store): Reply {
  const volume = findVolume(request, store);
  const changes = check(updateSchema, unwrap(request, "volume"), inCindersWords);
  const changed = store.update(VOLUMES, volume.id, { ...changes, updated_at: now() });
  return { status: 200, body: { volume: withoutTenant(showVolume(changed, request)) } };
}

const DELETABLE = ["available", "error", "error_restoring", "error_extending", "error_managing"];

export function deleteVolume(request: Request, store: Store): Reply {
  const volume = findVolume(request, store);
  const isAttached = (volume["attachments"] as unknown[]).length > 0;
  if (!DELETABLE.includes(text(volume["status"])) || isAttached)
    throw invalidVolume(
      "Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.",
    );
  store.update(VOLUMES, volume.id, { status: "deleting" });
  store.later(VOLUMES, volume.id, DELETE_MS, null);
  return { status: 202 };
}
