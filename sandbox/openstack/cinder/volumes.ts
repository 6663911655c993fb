/** Volumes: making, changing, extending and deleting them. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { pageOf, sortOrders, sortRows, type Row } from "../listing";
import { check, owns, text, unwrap, visiblePart, type Words } from "../requests";
import { refuseOverQuota, VOLUMES } from "./quotas";
import { DEFAULT_TYPE, findType } from "./types";

const CREATE_MS = 400;
const EXTEND_MS = 300;
const DELETE_MS = 300;
const PREFIX = "/volume";

const inCindersWords: Words = (path, problem, value) =>
  `Invalid input for field/attribute ${path}. Value: ${String(value)}. ${problem}`;

const metadata = z.record(z.string().min(1).max(255), z.string().max(255));

const createSchema = z.object({
  size: z.int().min(1).nullish(),
  name: z.string().max(255).nullish(),
  description: z.string().max(255).nullish(),
  availability_zone: z.string().nullish(),
  volume_type: z.string().nullish(),
  imageRef: z.string().nullish(),
  snapshot_id: z.string().nullish(),
  source_volid: z.string().nullish(),
  metadata: metadata.nullish(),
  multiattach: z.boolean().nullish(),
  consistencygroup_id: z.string().nullish(),
  backup_id: z.string().nullish(),
});

const updateSchema = z.object({
  name: z.string().max(255).nullish(),
  description: z.string().max(255).nullish(),
  metadata: metadata.nullish(),
});

const now = () => new Date().toISOString().replace("Z", "000");

/** @throws ApiError 404 in Cinder's words, for another project's volume too */
export function findVolume({ params, caller }: Request, store: Store): Resource {
  const { id = "" } = params;
  const volume = store.get(VOLUMES, id);
  if (volume === undefined || !owns(caller, volume))
    throw new ApiError(404, `Volume ${id} could not be found.`);
  return volume;
}

const show = (volume: Resource, { baseUrl, caller }: Request) => ({
  ...visiblePart(volume),
  "os-vol-tenant-attr:tenant_id": volume.project_id,
  links: [{ rel: "self", href: `${baseUrl}${PREFIX}/v3/${caller.projectId}/volumes/${volume.id}` }],
});

function imageOf(store: Store, id: string): Resource {
  const image = store.get("image.images", id);
  if (image === undefined)
    throw new ApiError(400, "Invalid image identifier or unable to access requested image.");
  return image;
}

function zoneOf(wanted: string | null | undefined): string {
  const zone = wanted ?? "nova";
  if (!ZONES.includes(zone)) throw new ApiError(400, `Availability zone '${zone}' is invalid.`);
  return zone;
}

export const ZONES = ["nova", "az1", "az2", "az3"];

function create(request: Request, store: Store): Reply {
  const wish = check(createSchema, unwrap(request, "volume"), inCindersWords);
  const source = wish.source_volid == null ? undefined : store.get(VOLUMES, wish.source_volid);
  const size = wish.size ?? Number(source?.["size"] ?? 0);
  if (size < 1)
    throw new ApiError(400, "Invalid input received: Invalid volume size provided for create request");
  const image = wish.imageRef == null ? undefined : imageOf(store, wish.imageRef);
  if (image !== undefined && size < Number(image["min_disk"] ?? 0))
    throw new ApiError(
      400,
      `Invalid input received: Volume size ${size}GB cannot be smaller than the image minDisk size ${Number(image["min_disk"])}GB.`,
    );
  const { projectId, userId } = request.caller;
  refuseOverQuota(store, projectId, { volumes: 1, gigabytes: size });
  const volume = store.insert(VOLUMES, {
    name: wish.name ?? null,
    description: wish.description ?? null,
    status: "creating",
    size,
    availability_zone: zoneOf(wish.availability_zone),
    volume_type: findType(wish.volume_type ?? DEFAULT_TYPE, store)["name"],
    metadata: wish.metadata ?? {},
    bootable: "false",
    encrypted: false,
    multiattach: wish.multiattach ?? false,
    snapshot_id: wish.snapshot_id ?? null,
    source_volid: wish.source_volid ?? null,
    consistencygroup_id: null,
    replication_status: null,
    attachments: [],
    project_id: projectId,
    user_id: userId,
    created_at: now(),
    updated_at: null,
  });
  const fromImage = image && {
    bootable: "true",
    volume_image_metadata: {
      image_id: image.id,
      image_name: image["name"],
      min_disk: String(image["min_disk"]),
    },
  };
  store.later(VOLUMES, volume.id, CREATE_MS, { status: "available", updated_at: now(), ...fromImage });
  return { status: 202, body: { volume: show(volume, request) } };
}

function update(request: Request, store: Store): Reply {
  const volume = findVolume(request, store);
  const changes = check(updateSchema, unwrap(request, "volume"), inCindersWords);
  const changed = store.update(VOLUMES, volume.id, { ...changes, updated_at: now() });
  return { status: 200, body: { volume: show(changed, request) } };
}

const DELETABLE = ["available", "error", "error_restoring", "error_extending", "error_managing"];

function remove(request: Request, store: Store): Reply {
  const volume = findVolume(request, store);
  const attached = (volume["attachments"] as unknown[]).length > 0;
  if (!DELETABLE.includes(text(volume["status"])) || attached)
    throw new ApiError(
      400,
      "Invalid volume: Volume status must be available or error or error_restoring or error_extending or error_managing and must not be migrating, attached, belong to a group, have snapshots, awaiting a transfer, or be disassociated from snapshots after volume transfer.",
    );
  store.update(VOLUMES, volume.id, { status: "deleting" });
  store.later(VOLUMES, volume.id, DELETE_MS, null);
  return { status: 202 };
}

function extend(volume: Resource, newSize: number, request: Request, store: Store): void {
  const [size, status] = [Number(volume["size"]), text(volume["status"])];
  if (status !== "available" && status !== "in-use")
    throw new ApiError(
      400,
      `Invalid volume: Volume ${volume.id} status must be available or in-use to extend, but the current status is ${status}.`,
    );
  if (!Number.isInteger(newSize) || newSize <= size)
    throw new ApiError(
      400,
      `Invalid input received: New size for extend must be greater than current size. (current: ${size}, extended: ${newSize}).`,
    );
  refuseOverQuota(store, request.caller.projectId, { volumes: 0, gigabytes: newSize - size });
  store.update(VOLUMES, volume.id, { status: "extending" });
  store.later(VOLUMES, volume.id, EXTEND_MS, { status, size: newSize, updated_at: now() });
}

function act(request: Request, store: Store): Reply {
  const volume = findVolume(request, store);
  const [[action, values] = ["", {}]] = Object.entries(
    request.body as Record<string, Record<string, unknown>>,
  );
  switch (action) {
    case "os-extend":
      extend(volume, Number(values["new_size"]), request, store);
      return { status: 202 };
    case "os-retype":
      store.update(VOLUMES, volume.id, { volume_type: findType(text(values["new_type"]), store)["name"] });
      return { status: 202 };
    case "os-set_bootable":
      store.update(VOLUMES, volume.id, { bootable: String(values["bootable"]) });
      return { status: 200 };
    case "os-reset_status":
      store.update(VOLUMES, volume.id, { status: values["status"] });
      return { status: 202 };
    default:
      throw new ApiError(400, `There is no such action: ${action}`);
  }
}

function matches(row: Row, query: URLSearchParams): boolean {
  const listing = ["limit", "marker", "sort", "sort_key", "sort_dir", "offset", "all_tenants"];
  for (const [key, wanted] of query) {
    if (listing.includes(key)) continue;
    if (key === "metadata") {
      const pairs = Object.entries(JSON.parse(wanted.replaceAll("'", '"')) as Record<string, string>);
      const has = row["metadata"] as Record<string, string>;
      if (!pairs.every(([name, value]) => has[name] === value)) return false;
    } else if (String(row[key] ?? "") !== wanted) return false;
  }
  return true;
}

function list(request: Request, store: Store): Reply {
  const rows = store
    .list(VOLUMES)
    .filter((volume) => owns(request.caller, volume))
    .map((volume) => show(volume, request) as Row)
    .filter((row) => matches(row, request.query));
  const { rows: page, next } = pageOf(sortRows(rows, sortOrders(request.query)), request, PREFIX, {
    maximum: 1000,
  });
  const links = next === undefined ? {} : { volumes_links: [{ rel: "next", href: request.baseUrl + next }] };
  return { status: 200, body: { volumes: page, ...links } };
}

const path = "/v3/:project_id/volumes";

export const volumeRoutes: readonly Route[] = [
  { method: "POST", pattern: path, handler: create },
  { method: "GET", pattern: path, handler: list },
  { method: "GET", pattern: `${path}/detail`, handler: list },
  {
    method: "GET",
    pattern: `${path}/:id`,
    handler: (request, store) => ({
      status: 200,
      body: { volume: show(findVolume(request, store), request) },
    }),
  },
  { method: "PUT", pattern: `${path}/:id`, handler: update },
  { method: "DELETE", pattern: `${path}/:id`, handler: remove },
  { method: "POST", pattern: `${path}/:id/action`, handler: act },
];
