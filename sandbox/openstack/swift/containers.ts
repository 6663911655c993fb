/** Containers. */
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import {
  ACCEPTED,
  accountOf,
  bytesOf,
  keptHeaders,
  KINDS,
  lastModified,
  listedTime,
  listing,
  notFound,
  objectsOf,
  PLAIN,
  timestamp,
  type Headers,
} from "./shared";

/** The first is the default. */
export const POLICIES = ["Policy-0", "fast"];

/** Headers that a container keeps: ACLs, versioning, synchronisation and its own metadata. */
const KEPT =
  /^x-(container-(meta-.+|read|write|sync-to|sync-key)|versions-(enabled|location)|history-location)$/;

function lookUp(request: Request, store: Store): Resource | undefined {
  const project = accountOf(request);
  const { container } = request.params;
  return store.list(KINDS.containers).find((one) => one.project_id === project && one["name"] === container);
}

export function containerOf(request: Request, store: Store): Resource {
  const found = lookUp(request, store);
  if (found === undefined) throw notFound();
  return found;
}

/** @throws ApiError 400 for what contradicts itself */
function headersAfter(request: Request, before: Headers): Headers {
  const after = keptHeaders(request, before, KEPT);
  const names = (header: string) => Boolean(request.headers[header]);
  // Each of the two old ways of keeping versions takes the place of the other.
  if (names("x-versions-location")) Reflect.deleteProperty(after, "x-history-location");
  else if (names("x-history-location")) Reflect.deleteProperty(after, "x-versions-location");
  const enabled = after["x-versions-enabled"];
  if (enabled !== undefined)
    after["x-versions-enabled"] = /^(true|1|yes|on|t|y)$/i.test(enabled) ? "True" : "False";
  if (
    after["x-versions-enabled"] === "True" &&
    (after["x-versions-location"] !== undefined || after["x-history-location"] !== undefined)
  )
    throw new ApiError(400, "Cannot enable object versioning on a container that has a versions location");
  return after;
}

function policyOf(request: Request, existing: Resource | undefined): string {
  const wanted = request.headers["x-storage-policy"] || undefined;
  if (wanted !== undefined && !POLICIES.includes(wanted))
    throw new ApiError(400, `Invalid X-Storage-Policy '${wanted}'`, PLAIN);
  const has = existing?.["policy"] as string | undefined;
  if (has !== undefined && wanted !== undefined && has !== wanted)
    throw new ApiError(409, "There was a conflict when trying to complete your request.");
  return has ?? wanted ?? POLICIES[0] ?? "";
}

function put(request: Request, store: Store): Reply {
  const project = accountOf(request);
  const { container: name = "" } = request.params;
  if (Buffer.byteLength(name) > 256)
    throw new ApiError(400, `Container name length of ${Buffer.byteLength(name)} longer than 256`, PLAIN);
  const existing = lookUp(request, store);
  const policy = policyOf(request, existing);
  const headers = headersAfter(request, (existing?.["headers"] as Headers | undefined) ?? {});
  if (existing !== undefined) {
    store.update(KINDS.containers, existing.id, { headers });
    return ACCEPTED;
  }
  store.insert(KINDS.containers, { name, project_id: project, policy, headers, timestamp: timestamp() });
  return { status: 201 };
}

function post(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  const headers = headersAfter(request, container["headers"] as Headers);
  store.update(KINDS.containers, container.id, { headers });
  return { status: 204 };
}

function shownHeaders(container: Resource, store: Store): Headers {
  const objects = objectsOf(store, container);
  return {
    ...(container["headers"] as Headers),
    "x-storage-policy": String(container["policy"] ?? POLICIES[0]),
    "x-container-object-count": String(objects.length),
    "x-container-bytes-used": String(bytesOf(objects)),
    "x-timestamp": String(container["timestamp"]),
    "last-modified": lastModified(container["timestamp"]),
    "accept-ranges": "bytes",
    "content-type": "text/plain; charset=utf-8",
  };
}

function get(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  const withVersions = request.query.get("versions")?.toLowerCase() === "true";
  const rows = objectsOf(store, container).map((object) => ({
    name: String(object["name"]),
    bytes: object["bytes"],
    hash: object["hash"],
    content_type: object["content_type"],
    last_modified: listedTime(object["timestamp"]),
    // Only the latest version of an object is kept here.
    ...(withVersions ? { version_id: "null", is_latest: true } : {}),
  }));
  return listing(rows, request, shownHeaders(container, store));
}

function remove(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  if (objectsOf(store, container).length > 0)
    throw new ApiError(409, "There was a conflict when trying to complete your request.");
  store.remove(KINDS.containers, container.id);
  return { status: 204 };
}

const CONTAINER = "/v1/:account/:container";

export const containerRoutes: readonly Route[] = [
  { method: "PUT", pattern: CONTAINER, handler: put },
  { method: "POST", pattern: CONTAINER, handler: post },
  { method: "GET", pattern: CONTAINER, handler: get },
  {
    method: "HEAD",
    pattern: CONTAINER,
    handler: (request, store) => ({
      status: 204,
      headers: shownHeaders(containerOf(request, store), store),
    }),
  },
  { method: "DELETE", pattern: CONTAINER, handler: remove },
];
