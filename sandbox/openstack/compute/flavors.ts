/** Flavors. */
import { z } from "zod";
import { ApiError, type Request, type Resource, type Route, type Store } from "../api";
import { pageOf, sortOrders, sortRows } from "../listing";
import { check, isAdmin, unwrap, visiblePart } from "../requests";
import { microversion } from "./microversions";

export const FLAVORS = "compute.flavors";
export const COMPUTE_PREFIX = "/compute";

/** Name, vCPUs, MiB of memory, GiB of disk. A disk of 0 makes a flavor that boots only from volumes. */
const SEEDED = [
  ["tiny", 1, 1024, 10],
  ["small", 2, 4096, 20],
  ["medium", 4, 8192, 40],
  ["large", 8, 16384, 80],
  ["nodisk", 4, 8192, 0],
] as const;

export function seedFlavors(store: Store): void {
  for (const [index, [name, vcpus, ram, disk]] of SEEDED.entries()) {
    insertFlavor(store, { id: `f1a0a000-0000-4000-8000-00000000000${index + 1}`, name, vcpus, ram, disk });
  }
}

function insertFlavor(store: Store, values: Record<string, unknown>): Resource {
  return store.insert(FLAVORS, {
    description: null,
    swap: 0,
    rxtx_factor: 1,
    "OS-FLV-EXT-DATA:ephemeral": 0,
    "OS-FLV-DISABLED:disabled": false,
    "os-flavor-access:is_public": true,
    _extra_specs: {},
    ...values,
  });
}

export interface FlavorSize {
  readonly vcpus: number;
  readonly ram: number;
  readonly disk: number;
}

export function sizeOf(flavor: Resource): FlavorSize {
  return { vcpus: Number(flavor["vcpus"]), ram: Number(flavor["ram"]), disk: Number(flavor["disk"]) };
}

/** @throws ApiError 404 */
export function findFlavor(store: Store, id: string): Resource {
  const flavor = store.get(FLAVORS, id);
  if (flavor === undefined) throw new ApiError(404, `Flavor ${id} could not be found.`);
  return flavor;
}

function links(request: Request, id: string) {
  return [
    { rel: "self", href: `${request.baseUrl}${COMPUTE_PREFIX}/v2.1/flavors/${id}` },
    { rel: "bookmark", href: `${request.baseUrl}${COMPUTE_PREFIX}/flavors/${id}` },
  ];
}

export function viewFlavor(request: Request, flavor: Resource): Record<string, unknown> {
  const version = microversion(request);
  const { description, ...rest } = visiblePart(flavor);
  return {
    ...rest,
    // Older clients know "no swap" as an empty text.
    swap: version < 75 && rest["swap"] === 0 ? "" : rest["swap"],
    ...(version >= 55 ? { description } : {}),
    ...(version >= 61 ? { extra_specs: flavor["_extra_specs"] } : {}),
    links: links(request, flavor.id),
  };
}

function list(request: Request, store: Store, detailed: boolean) {
  const [minDisk, minRam] = ["minDisk", "minRam"].map((key) => Number(request.query.get(key) ?? 0));
  const isPublic = request.query.get("is_public");
  const rows = store.list(FLAVORS).filter((flavor) => {
    const { disk, ram } = sizeOf(flavor);
    if (disk < (minDisk ?? 0) || ram < (minRam ?? 0)) return false;
    if (isPublic === null || !isAdmin(request.caller)) return flavor["os-flavor-access:is_public"] === true;
    return (
      isPublic.toLowerCase() === "none" ||
      String(flavor["os-flavor-access:is_public"]) === isPublic.toLowerCase()
    );
  });
  const page = pageOf(sortRows(rows, sortOrders(request.query)), request, request.baseUrl + COMPUTE_PREFIX, {
    maximum: 1000,
  });
  const flavors = page.rows.map((flavor) =>
    detailed
      ? viewFlavor(request, flavor)
      : { id: flavor.id, name: flavor["name"], links: links(request, flavor.id) },
  );
  return {
    status: 200,
    body: {
      flavors,
      ...(page.next === undefined ? {} : { flavors_links: [{ rel: "next", href: page.next }] }),
    },
  };
}

const createSchema = z.object({
  id: z.string().nullish(),
  name: z.string().min(1).max(255),
  vcpus: z.coerce.number().int().min(1),
  ram: z.coerce.number().int().min(1),
  disk: z.coerce.number().int().min(0),
  swap: z.coerce.number().int().min(0).default(0),
  "os-flavor-access:is_public": z.boolean().default(true),
  "OS-FLV-EXT-DATA:ephemeral": z.coerce.number().int().min(0).default(0),
  description: z.string().nullable().default(null),
});

function refuseOthers(request: Request, action: string): void {
  if (!isAdmin(request.caller)) {
    throw new ApiError(
      403,
      `Policy doesn't allow os_compute_api:os-flavor-manage:${action} to be performed.`,
    );
  }
}

const OF_ONE = "/v2.1/flavors/:id";

export const flavorRoutes: Route[] = [
  { method: "GET", pattern: "/v2.1/flavors", handler: (request, store) => list(request, store, false) },
  { method: "GET", pattern: "/v2.1/flavors/detail", handler: (request, store) => list(request, store, true) },
  {
    method: "POST",
    pattern: "/v2.1/flavors",
    handler: (request, store) => {
      refuseOthers(request, "create");
      const { id, ...values } = check(createSchema, unwrap(request, "flavor"));
      const rival = store.list(FLAVORS).find((flavor) => flavor["name"] === values.name || flavor.id === id);
      if (rival !== undefined) throw new ApiError(409, `Flavor with name ${values.name} already exists.`);
      const chosen = id == null || id === "auto" ? {} : { id };
      return {
        status: 200,
        body: { flavor: viewFlavor(request, insertFlavor(store, { ...values, ...chosen })) },
      };
    },
  },
  {
    method: "GET",
    pattern: OF_ONE,
    handler: (request, store) => ({
      status: 200,
      body: { flavor: viewFlavor(request, findFlavor(store, request.params["id"] ?? "")) },
    }),
  },
  {
    method: "DELETE",
    pattern: OF_ONE,
    handler: (request, store) => {
      refuseOthers(request, "delete");
      store.remove(FLAVORS, findFlavor(store, request.params["id"] ?? "").id);
      return { status: 202 };
    },
  },
  {
    method: "GET",
    pattern: `${OF_ONE}/os-extra_specs`,
    handler: (request, store) => ({
      status: 200,
      body: { extra_specs: findFlavor(store, request.params["id"] ?? "")["_extra_specs"] },
    }),
  },
];
