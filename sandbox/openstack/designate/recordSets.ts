/** Record sets: what a name of a zone answers. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { parseAddress } from "../network/addresses";
import { text } from "../requests";
import { refuseOverQuota } from "./quotas";
import {
  begin,
  created,
  descriptionSchema,
  find,
  KINDS,
  list,
  nameSchema,
  now,
  read,
  show,
  ttlSchema,
} from "./shared";

const records = z.array(z.string().min(1)).min(1);

const createSchema = z.strictObject({
  name: nameSchema,
  type: z.enum(["A", "AAAA", "CAA", "CNAME", "MX", "NAPTR", "NS", "PTR", "SPF", "SRV", "SSHFP", "TXT"]),
  records,
  ttl: ttlSchema,
  description: descriptionSchema,
});
const updateSchema = z.strictObject({
  records: records.optional(),
  ttl: ttlSchema,
  description: descriptionSchema,
});

const isDomainName = (record: string) => nameSchema.safeParse(record).success;

/** How a record of a type looks; others are taken as they are. */
const LOOKS: Readonly<Record<string, (record: string) => boolean>> = {
  A: (record) => parseAddress(record)?.version === 4,
  AAAA: (record) => parseAddress(record)?.version === 6,
  CNAME: isDomainName,
  NS: isDomainName,
  PTR: isDomainName,
};

/** @throws ApiError 400 for a record that a resolver could not read */
function refuseMalformed(type: string, values: readonly string[] | undefined): void {
  const bad = values?.find((record) => LOOKS[type]?.(record) === false);
  if (bad !== undefined)
    throw new ApiError(
      400,
      `Provided object does not match schema: '${bad}' is not a '${type.toLowerCase()}' record`,
      "invalid_object",
    );
  if (type === "CNAME" && (values?.length ?? 0) > 1)
    throw new ApiError(400, "CNAME recordsets may not have more than 1 record", "bad_request");
}

export function insertRecordSet(store: Store, zone: Resource, values: object): Resource {
  return store.insert(KINDS.recordsets, {
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

export function recordSetsOf(store: Store, zone: Resource): Resource[] {
  return store.list(KINDS.recordsets).filter(({ zone_id }) => zone_id === zone.id);
}

/** @throws ApiError 400 and 409 where DNS allows no such name beside what the zone has */
function refusePlace(
  zone: Resource,
  others: readonly Resource[],
  wish: { name: string; type: string },
): void {
  const location = (message: string) => new ApiError(400, message, "invalid_recordset_location");
  const apex = text(zone["name"]);
  if (!`.${wish.name}`.endsWith(`.${apex}`))
    throw location("RecordSet is not contained within it's parent zone");
  if (wish.type === "CNAME" && wish.name === apex)
    throw location("CNAME recordsets may not be created at the zone apex");
  const same = others.filter(({ name }) => name === wish.name);
  if (same.some(({ type }) => type === wish.type))
    throw new ApiError(409, "Duplicate RecordSet", "duplicate_recordset");
  if (same.some(({ type }) => (type === "CNAME") !== (wish.type === "CNAME")))
    throw location("CNAME recordsets may not share a name with any other records");
}

const zoneOf = (request: Request, store: Store): Resource =>
  find("zones", request.params["zone"] ?? "", request, store);

/** A record set of the zone that the path names. */
function named(request: Request, store: Store): Resource {
  const zone = zoneOf(request, store);
  const record = find("recordsets", request.params["id"] ?? "", request, store);
  if (record["zone_id"] !== zone.id)
    throw new ApiError(404, "Could not find RecordSet", "recordset_not_found");
  return record;
}

function create(request: Request, store: Store): Reply {
  const zone = zoneOf(request, store);
  const wish = read(createSchema, request);
  refuseMalformed(wish.type, wish.records);
  const others = recordSetsOf(store, zone);
  refusePlace(zone, others, wish);
  refuseOverQuota(store, text(zone.project_id), "zone_recordsets", others.length + 1);
  refuseOverQuota(store, text(zone.project_id), "recordset_records", wish.records.length);
  const record = insertRecordSet(store, zone, {
    ...wish,
    ttl: wish.ttl ?? null,
    description: wish.description ?? null,
  });
  return created("recordsets", begin(store, "recordsets", record, "CREATE"), request);
}

/** @throws ApiError 403 for what Designate keeps in a zone by itself */
function refuseManaged(record: Resource, action: string): void {
  const isApex = record["name"] === record["zone_name"];
  if (isApex && ["SOA", "NS"].includes(text(record["type"])))
    throw new ApiError(403, `Managed records may not be ${action}`, "forbidden");
}

function update(request: Request, store: Store): Reply {
  const record = named(request, store);
  const changes = read(updateSchema, request);
  refuseManaged(record, "updated");
  refuseMalformed(text(record["type"]), changes.records);
  const changed = store.update(KINDS.recordsets, record.id, {
    ...changes,
    version: Number(record["version"]) + 1,
    updated_at: now(),
  });
  return { status: 202, body: show("recordsets", begin(store, "recordsets", changed, "UPDATE"), request) };
}

function remove(request: Request, store: Store): Reply {
  const record = named(request, store);
  refuseManaged(record, "deleted");
  return { status: 202, body: show("recordsets", begin(store, "recordsets", record, "DELETE"), request) };
}

const path = "/v2/zones/:zone/recordsets";

export const recordSetRoutes: readonly Route[] = [
  { method: "POST", pattern: path, handler: create },
  {
    method: "GET",
    pattern: path,
    handler: (request, store) => list("recordsets", recordSetsOf(store, zoneOf(request, store)), request),
  },
  {
    method: "GET",
    pattern: "/v2/recordsets",
    handler: (request, store) => list("recordsets", store.list(KINDS.recordsets), request),
  },
  {
    method: "GET",
    pattern: `${path}/:id`,
    handler: (request, store) => ({ status: 200, body: show("recordsets", named(request, store), request) }),
  },
  { method: "PUT", pattern: `${path}/:id`, handler: update },
  { method: "DELETE", pattern: `${path}/:id`, handler: remove },
];
