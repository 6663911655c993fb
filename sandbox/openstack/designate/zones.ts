/** Zones. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { text } from "../requests";
import { refuseOverQuota } from "./quotas";
import { insertRecordSet, recordSetsOf } from "./recordSets";
import {
  begin,
  created,
  descriptionSchema,
  find,
  KINDS,
  list,
  nameSchema,
  now,
  projectOf,
  read,
  show,
  ttlSchema,
} from "./shared";

const NAME_SERVER = "ns1.simulated.example.";
const POOL = "794ccc2c-d751-44fe-b57f-8894c9f5c842";

const changeable = {
  email: z.email().max(255).optional(),
  ttl: ttlSchema,
  description: descriptionSchema,
  masters: z.array(z.string()).nullish(),
};
const createSchema = z.strictObject({
  ...changeable,
  name: nameSchema,
  type: z.enum(["PRIMARY", "SECONDARY"]).default("PRIMARY"),
  attributes: z.record(z.string(), z.string()).nullish(),
});
const updateSchema = z.strictObject(changeable);

const serial = () => Math.floor(Date.now() / 1000);

/** Whether a name is inside a zone, below it or the zone itself. */
const isWithin = (name: string, zone: string) => `.${name}`.endsWith(`.${zone}`);

/** @throws ApiError 409 for a name that is taken, 403 for one above or below another project's zone */
function refuseTaken(store: Store, name: string, projectId: string): void {
  for (const zone of store.list(KINDS.zones)) {
    const other = text(zone["name"]);
    if (other === name) throw new ApiError(409, "Duplicate Zone", "duplicate_zone");
    if (zone.project_id === projectId) continue;
    if (isWithin(name, other))
      throw new ApiError(403, "Unable to create subzone in another tenants zone", "illegal_child");
    if (isWithin(other, name))
      throw new ApiError(
        403,
        "Unable to create zone because another tenant owns a subzone of the zone",
        "illegal_parent",
      );
  }
}

function create(request: Request, store: Store): Reply {
  const wish = read(createSchema, request);
  if (wish.type === "PRIMARY" && wish.email === undefined)
    throw new ApiError(
      400,
      "Provided object does not match schema: 'email' is a required property",
      "invalid_object",
    );
  const projectId = projectOf(request);
  refuseTaken(store, wish.name, projectId);
  const own = store.list(KINDS.zones).filter(({ project_id }) => project_id === projectId);
  refuseOverQuota(store, projectId, "zones", own.length + 1);
  const { email = "" } = wish;
  const zone = store.insert(KINDS.zones, {
    ...wish,
    email,
    ttl: wish.ttl ?? 3600,
    description: wish.description ?? null,
    masters: wish.masters ?? [],
    attributes: wish.attributes ?? {},
    pool_id: POOL,
    serial: serial(),
    version: 1,
    transferred_at: null,
    created_at: now(),
    updated_at: null,
    project_id: projectId,
  });
  const soa = `${NAME_SERVER} ${email.replace("@", ".")}. ${serial()} 3600 600 86400 3600`;
  for (const [type, record] of [
    ["SOA", soa],
    ["NS", NAME_SERVER],
  ] as const) {
    insertRecordSet(store, zone, { name: wish.name, type, records: [record], ttl: null, description: null });
  }
  return created("zones", begin(store, "zones", zone, "CREATE"), request);
}

const named = (request: Request, store: Store): Resource =>
  find("zones", request.params["id"] ?? "", request, store);

function update(request: Request, store: Store): Reply {
  const zone = named(request, store);
  const changes = { ...read(updateSchema, request), serial: serial(), updated_at: now() };
  const changed = store.update(KINDS.zones, zone.id, changes);
  return { status: 202, body: show("zones", begin(store, "zones", changed, "UPDATE"), request) };
}

function remove(request: Request, store: Store): Reply {
  const zone = named(request, store);
  for (const record of recordSetsOf(store, zone)) begin(store, "recordsets", record, "DELETE");
  return { status: 202, body: show("zones", begin(store, "zones", zone, "DELETE"), request) };
}

export const zoneRoutes: readonly Route[] = [
  { method: "POST", pattern: "/v2/zones", handler: create },
  {
    method: "GET",
    pattern: "/v2/zones",
    handler: (request, store) => list("zones", store.list(KINDS.zones), request),
  },
  {
    method: "GET",
    pattern: "/v2/zones/:id",
    handler: (request, store) => ({ status: 200, body: show("zones", named(request, store), request) }),
  },
  { method: "PATCH", pattern: "/v2/zones/:id", handler: update },
  { method: "DELETE", pattern: "/v2/zones/:id", handler: remove },
  {
    method: "GET",
    pattern: "/v2/zones/:id/nameservers",
    handler: (request, store) => {
      named(request, store);
      return { status: 200, body: { nameservers: [{ hostname: NAME_SERVER, priority: 1 }] } };
    },
  },
];
