/** Designate v2: zones and record sets. */
import { z } from "zod";
import {
  ApiError,
  type Reply,
  type Request,
  type Resource,
  type Route,
  type Service,
  type Store,
} from "./api";
import { pageOf, sortOrders, sortRows, type Row } from "./listing";
import { check, isAdmin, owns, text, visiblePart } from "./requests";

const PREFIX = "/dns";
const ZONES = "dns.zones";
const RECORDS = "dns.recordsets";
const WORK_MS = 300;

const name = z
  .string()
  .max(255)
  .regex(/^([\w*-]+\.)+$/, "is not a valid domain name: it must end with a dot");
const ttl = z.int().min(1).max(2_147_483_647).nullish();
const description = z.string().max(160).nullish();

const zoneSchema = z.object({
  name,
  email: z.email().optional(),
  type: z.enum(["PRIMARY", "SECONDARY"]).default("PRIMARY"),
  ttl,
  description,
  masters: z.array(z.string()).nullish(),
  attributes: z.record(z.string(), z.string()).nullish(),
});
const zoneChanges = z.object({
  email: z.email().optional(),
  ttl,
  description,
  masters: z.array(z.string()).nullish(),
});

const recordSchema = z.object({
  name,
  type: z.enum(["A", "AAAA", "CNAME", "MX", "NS", "PTR", "SPF", "SRV", "SSHFP", "TXT", "CAA"]),
  records: z.array(z.string()).min(1),
  ttl,
  description,
});
const recordChanges = z.object({ records: z.array(z.string()).min(1).optional(), ttl, description });

const now = () => new Date().toISOString().replace("Z", "000");

function find(kind: string, id: string, { caller }: Request, store: Store): Resource {
  const object = store.get(kind, id);
  if (object === undefined || !owns(caller, object))
    throw new ApiError(
      404,
      `Could not find ${kind === ZONES ? "Zone" : "RecordSet"}`,
      kind === ZONES ? "zone_not_found" : "recordset_not_found",
    );
  return object;
}

/** Designate works in the background: an object is PENDING until its name servers have it. */
function begin(
  store: Store,
  kind: string,
  object: Resource,
  action: "CREATE" | "UPDATE" | "DELETE",
): Resource {
  store.update(kind, object.id, { status: "PENDING", action, updated_at: now() });
  store.later(kind, object.id, WORK_MS, action === "DELETE" ? null : { status: "ACTIVE", action: "NONE" });
  return store.get(kind, object.id) ?? object;
}

function show(kind: "zones" | "recordsets", object: Resource, { baseUrl }: Request) {
  const path =
    kind === "zones" ? `zones/${object.id}` : `zones/${text(object["zone_id"])}/recordsets/${object.id}`;
  return { ...visiblePart(object), links: { self: `${baseUrl}${PREFIX}/v2/${path}` } };
}

function listOf(kind: "zones" | "recordsets", rows: Row[], request: Request): Reply {
  const listing = ["limit", "marker", "sort_key", "sort_dir"];
  const wanted = [...request.query].filter(([key]) => !listing.includes(key));
  const pattern = (value: string) =>
    new RegExp(`^${value.replace(/[.+?^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*")}$`);
  const filtered = rows.filter((row) =>
    wanted.every(([key, value]) => pattern(value).test(String(row[key] ?? ""))),
  );
  const { rows: page, next } = pageOf(sortRows(filtered, sortOrders(request.query)), request, PREFIX, {
    maximum: 1000,
  });
  const links = next === undefined ? {} : { next: request.baseUrl + next };
  return { status: 200, body: { [kind]: page, links, metadata: { total_count: filtered.length } } };
}

function createZone(request: Request, store: Store): Reply {
  const wish = check(zoneSchema, request.body);
  if (wish.type === "PRIMARY" && wish.email === undefined)
    throw new ApiError(400, "'email' is a required property", "invalid_object");
  if (store.list(ZONES).some((zone) => zone["name"] === wish.name))
    throw new ApiError(409, "Duplicate Zone", "duplicate_zone");
  const { projectId } = request.caller;
  const zone = store.insert(ZONES, {
    email: wish.email ?? "",
    ...wish,
    ttl: wish.ttl ?? 3600,
    description: wish.description ?? null,
    masters: wish.masters ?? [],
    attributes: wish.attributes ?? {},
    pool_id: "794ccc2c-d751-44fe-b57f-8894c9f5c842",
    serial: Math.floor(Date.now() / 1000),
    version: 1,
    status: "PENDING",
    action: "CREATE",
    transferred_at: null,
    created_at: now(),
    updated_at: null,
    project_id: projectId,
  });
  for (const [type, record] of [
    ["SOA", `ns1.simulated.example. ${(wish.email ?? "").replace("@", ".")}. 1 3600 600 86400 3600`],
    ["NS", "ns1.simulated.example."],
  ] as const) {
    insertRecord(store, zone, { name: wish.name, type, records: [record], ttl: null, description: null });
  }
  return { status: 202, body: show("zones", begin(store, ZONES, zone, "CREATE"), request) };
}

function insertRecord(store: Store, zone: Resource, values: object): Resource {
  return store.insert(RECORDS, {
    ...values,
    zone_id: zone.id,
    zone_name: zone["name"],
    project_id: zone.project_id,
    status: "ACTIVE",
    action: "NONE",
    version: 1,
    created_at: now(),
    updated_at: null,
  });
}

function recordsOf(store: Store, zone: Resource): Resource[] {
  return store.list(RECORDS).filter(({ zone_id }) => zone_id === zone.id);
}

function createRecord(request: Request, store: Store): Reply {
  const zone = find(ZONES, request.params["zone"] ?? "", request, store);
  const wish = check(recordSchema, request.body);
  if (!`.${wish.name}`.endsWith(`.${text(zone["name"])}`))
    throw new ApiError(
      400,
      "RecordSet is not contained within it's parent zone",
      "invalid_recordset_location",
    );
  const same = recordsOf(store, zone).filter((record) => record["name"] === wish.name);
  if (same.some(({ type }) => type === wish.type))
    throw new ApiError(409, "Duplicate RecordSet", "duplicate_recordset");
  if (same.some(({ type }) => (type === "CNAME") !== (wish.type === "CNAME")))
    throw new ApiError(
      400,
      "CNAME recordsets may not share a name with any other records",
      "invalid_recordset_location",
    );
  const record = insertRecord(store, zone, {
    ...wish,
    ttl: wish.ttl ?? null,
    description: wish.description ?? null,
  });
  return { status: 202, body: show("recordsets", begin(store, RECORDS, record, "CREATE"), request) };
}

function changeOf(kind: string, schema: z.ZodType<object>, shown: "zones" | "recordsets") {
  return (request: Request, store: Store): Reply => {
    const object = find(kind, request.params["id"] ?? "", request, store);
    store.update(kind, object.id, check(schema, request.body) as Record<string, unknown>);
    return { status: 202, body: show(shown, begin(store, kind, object, "UPDATE"), request) };
  };
}

function deleteZone(request: Request, store: Store): Reply {
  const zone = find(ZONES, request.params["id"] ?? "", request, store);
  for (const record of recordsOf(store, zone)) store.remove(RECORDS, record.id);
  return { status: 202, body: show("zones", begin(store, ZONES, zone, "DELETE"), request) };
}

function deleteRecord(request: Request, store: Store): Reply {
  const record = find(RECORDS, request.params["id"] ?? "", request, store);
  if (["SOA", "NS"].includes(text(record["type"])) && record["name"] === record["zone_name"])
    throw new ApiError(403, "Managed records may not be deleted", "forbidden");
  return { status: 202, body: show("recordsets", begin(store, RECORDS, record, "DELETE"), request) };
}

const own = (kind: string, { caller }: Request, store: Store) =>
  store.list(kind).filter((object) => owns(caller, object));

const recordPath = "/v2/zones/:zone/recordsets";

const routes: Route[] = [
  {
    method: "GET",
    pattern: "/",
    anonymous: true,
    handler: ({ baseUrl }) => ({
      status: 200,
      body: {
        versions: {
          values: [{ id: "v2", status: "CURRENT", links: [{ rel: "self", href: `${baseUrl}${PREFIX}/v2` }] }],
        },
      },
    }),
  },
  { method: "POST", pattern: "/v2/zones", handler: createZone },
  {
    method: "GET",
    pattern: "/v2/zones",
    handler: (request, store) =>
      listOf(
        "zones",
        own(ZONES, request, store).map((zone) => show("zones", zone, request)),
        request,
      ),
  },
  {
    method: "GET",
    pattern: "/v2/zones/:id",
    handler: (request, store) => ({
      status: 200,
      body: show("zones", find(ZONES, request.params["id"] ?? "", request, store), request),
    }),
  },
  { method: "PATCH", pattern: "/v2/zones/:id", handler: changeOf(ZONES, zoneChanges, "zones") },
  { method: "DELETE", pattern: "/v2/zones/:id", handler: deleteZone },
  {
    method: "GET",
    pattern: "/v2/zones/:id/nameservers",
    handler: () => ({
      status: 200,
      body: { nameservers: [{ hostname: "ns1.simulated.example.", priority: 1 }] },
    }),
  },
  { method: "POST", pattern: recordPath, handler: createRecord },
  {
    method: "GET",
    pattern: recordPath,
    handler: (request, store) => {
      const zone = find(ZONES, request.params["zone"] ?? "", request, store);
      return listOf(
        "recordsets",
        recordsOf(store, zone).map((record) => show("recordsets", record, request)),
        request,
      );
    },
  },
  {
    method: "GET",
    pattern: `${recordPath}/:id`,
    handler: (request, store) => ({
      status: 200,
      body: show("recordsets", find(RECORDS, request.params["id"] ?? "", request, store), request),
    }),
  },
  { method: "PUT", pattern: `${recordPath}/:id`, handler: changeOf(RECORDS, recordChanges, "recordsets") },
  { method: "DELETE", pattern: `${recordPath}/:id`, handler: deleteRecord },
  {
    method: "GET",
    pattern: "/v2/quotas/:project",
    handler: ({ params, caller }) => {
      if (params["project"] !== caller.projectId && !isAdmin(caller))
        throw new ApiError(403, "Forbidden", "forbidden");
      return {
        status: 200,
        body: { zones: 100, zone_recordsets: 5000, recordset_records: 20, api_export_size: 1000 },
      };
    },
  },
];

export const designate: Service = {
  name: "designate",
  type: "dns",
  prefix: PREFIX,
  routes,
  error: (code, message, kind) => ({ code, type: kind ?? "error", message, request_id: `req-${Date.now()}` }),
};
