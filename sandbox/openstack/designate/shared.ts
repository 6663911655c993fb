/** What zones and record sets have in common: names, lists, and work in the background. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Store } from "../api";
import { pageOf, sortOrders, sortRows, type Row } from "../listing";
import { check, isAdmin, owns, text, visiblePart } from "../requests";

export const PREFIX = "/dns";
const WORK_MS = 300;

export const KINDS = { zones: "dns.zones", recordsets: "dns.recordsets" } as const;
export type Plural = keyof typeof KINDS;

const NOT_FOUND = {
  zones: { message: "Could not find Zone", kind: "zone_not_found" },
  recordsets: { message: "Could not find RecordSet", kind: "recordset_not_found" },
} as const;

export const nameSchema = z
  .string()
  .max(255)
  .regex(/^(\*\.)?([\w-]{1,63}\.)+$/, "is not a domain name: it must end with a dot");
export const ttlSchema = z.int().min(1).max(2_147_483_647).nullish();
export const descriptionSchema = z.string().max(160).nullish();

/** A body that the schema allows. @throws ApiError 400 */
export function read<T extends z.ZodObject>(schema: T, request: Request): z.output<T> {
  const body = request.body ?? {};
  try {
    return check(
      schema,
      body,
      (path, problem) => `Provided object does not match schema: ${path}: ${problem}`,
    );
  } catch (error) {
    if (error instanceof ApiError) throw new ApiError(400, error.message, "invalid_object");
    throw error;
  }
}

/** Time as Designate writes it: `2026-11-22T22:41:56.123000`. */
export const now = () => new Date().toISOString().replace("Z", "000");

/** The project for which the caller acts; an administrator may name another one. */
export function projectOf({ caller, headers }: Request): string {
  const named = headers["x-auth-sudo-tenant-id"] ?? headers["x-auth-sudo-project-id"];
  if (named === undefined || named === caller.projectId) return caller.projectId;
  if (!isAdmin(caller)) throw new ApiError(403, "Forbidden", "forbidden");
  return named;
}

function seesAll({ caller, headers }: Request): boolean {
  if (headers["x-auth-all-projects"]?.toLowerCase() !== "true") return false;
  if (!isAdmin(caller)) throw new ApiError(403, "Forbidden", "forbidden");
  return true;
}

export function find(plural: Plural, id: string, { caller }: Request, store: Store): Resource {
  const object = store.get(KINDS[plural], id);
  const { message, kind } = NOT_FOUND[plural];
  if (object === undefined || !owns(caller, object)) throw new ApiError(404, message, kind);
  return object;
}

/** A zone changes with what is written into it, a record set only when somebody changes it. */
function written(plural: Plural): Record<string, unknown> {
  return plural === "zones" ? { updated_at: now() } : {};
}

/** What answers a creation, with the address of what was made. */
export function created(plural: Plural, object: Resource, request: Request): Reply {
  const body = show(plural, object, request);
  return { status: 202, body, headers: { location: (body["links"] as { self: string }).self } };
}

/** Work in the background: an object is PENDING until the name servers have it. Returns it as it is meanwhile. */
export function begin(
  store: Store,
  plural: Plural,
  object: Resource,
  action: "CREATE" | "UPDATE" | "DELETE",
): Resource {
  const pending = store.update(KINDS[plural], object.id, { status: "PENDING", action });
  const done = action === "DELETE" ? null : { status: "ACTIVE", action: "NONE", ...written(plural) };
  store.later(KINDS[plural], object.id, WORK_MS, done);
  return pending;
}

export function show(plural: Plural, object: Resource, { baseUrl }: Request): Row {
  const path =
    plural === "zones" ? `zones/${object.id}` : `zones/${text(object["zone_id"])}/recordsets/${object.id}`;
  return { ...visiblePart(object), links: { self: `${baseUrl}${PREFIX}/v2/${path}` } };
}

const LISTING = ["limit", "marker", "sort_key", "sort_dir"];

/** Filters may hold `*` for anything. */
function filterOf(wanted: string): (value: unknown) => boolean {
  const source = wanted.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  const pattern = new RegExp(`^${source.join(".*")}$`);
  return (value) =>
    Array.isArray(value) ? value.some((one) => pattern.test(String(one))) : pattern.test(String(value ?? ""));
}

/** The caller's objects of a kind that pass the filters of the query. */
export function list(plural: Plural, objects: Resource[], request: Request): Reply {
  const project = projectOf(request);
  const all = seesAll(request);
  const filters = [...request.query].filter(([key]) => !LISTING.includes(key));
  const rows = objects
    .filter((object) => all || object.project_id === project)
    .map((object) => show(plural, object, request))
    // `data` is what Designate calls a filter on records.
    .filter((row) =>
      filters.every(([key, wanted]) => filterOf(wanted)(row[key === "data" ? "records" : key])),
    );
  const { rows: page, next } = pageOf(sortRows(rows, sortOrders(request.query)), request, PREFIX, {
    maximum: 1000,
  });
  const asked = request.query.size === 0 ? "" : `?${request.query.toString()}`;
  const self = { self: `${request.baseUrl}${PREFIX}${request.path}${asked}` };
  const links = next === undefined ? self : { ...self, next: request.baseUrl + next };
  return { status: 200, body: { [plural]: page, links, metadata: { total_count: rows.length } } };
}
