/** Objects: small ones, since they are kept in the state file. */
import { createHash } from "node:crypto";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { containerOf } from "./containers";
import {
  ACCEPTED,
  accountOf,
  keptHeaders,
  KINDS,
  lastModified,
  notFound,
  objectsOf,
  timestamp,
  type Headers,
} from "./shared";

const MOST_BYTES = 8 * 1024 ** 2;

/** Headers that an object keeps. */
const KEPT = /^(x-object-(meta-.+|manifest)|content-(encoding|disposition)|x-delete-at)$/;

function lookUp(request: Request, store: Store): Resource | undefined {
  const { object: wanted } = request.params;
  return objectsOf(store, containerOf(request, store)).find(({ name }) => name === wanted);
}

function objectOf(request: Request, store: Store): Resource {
  const found = lookUp(request, store);
  if (found === undefined) throw notFound();
  return found;
}

/** The content of `X-Copy-From: container/object`, or of the body. */
function contentOf(request: Request, store: Store): { data: Buffer; type?: string } {
  const source = request.headers["x-copy-from"];
  if (!source) {
    const type = request.headers["content-type"];
    return { data: request.body as Buffer, ...(type === undefined ? {} : { type }) };
  }
  const [container = "", ...rest] = decodeURIComponent(source).replace(/^\//, "").split("/");
  const params = { ...request.params, container, object: rest.join("/") };
  const original = objectOf({ ...request, params }, store);
  return { data: Buffer.from(String(original["_data"]), "base64"), type: String(original["content_type"]) };
}

function headersAfter(request: Request): Headers {
  const headers = keptHeaders(request, {}, KEPT);
  const after = request.headers["x-delete-after"];
  if (after) headers["x-delete-at"] = String(Math.floor(Date.now() / 1000) + Number(after));
  return headers;
}

function put(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  const { data, type } = contentOf(request, store);
  if (data.length > MOST_BYTES)
    throw new ApiError(413, "The body of your request was too large for this server.");
  const hash = createHash("md5").update(data).digest("hex");
  const promised = request.headers["etag"]?.replaceAll('"', "");
  if (promised && promised !== hash) throw new ApiError(422, "Unable to process the contained instructions");
  if (request.headers["if-none-match"] === "*" && lookUp(request, store) !== undefined)
    throw new ApiError(412, "A precondition for this request was not met.");
  const existing = lookUp(request, store);
  if (existing !== undefined) store.remove(KINDS.objects, existing.id);
  const object = store.insert(KINDS.objects, {
    name: request.params["object"],
    container_id: container.id,
    project_id: container.project_id,
    bytes: data.length,
    hash,
    content_type: type ?? "application/octet-stream",
    timestamp: timestamp(),
    headers: headersAfter(request),
    _data: data.toString("base64"),
  });
  return { status: 201, headers: { etag: hash, "last-modified": lastModified(object["timestamp"]) } };
}

const shownHeaders = (object: Resource): Headers => ({
  ...(object["headers"] as Headers),
  "content-type": String(object["content_type"]),
  "content-length": String(object["bytes"]),
  etag: String(object["hash"]),
  "last-modified": lastModified(object["timestamp"]),
  "x-timestamp": String(object["timestamp"]),
  "accept-ranges": "bytes",
});

function get(request: Request, store: Store): Reply {
  const object = objectOf(request, store);
  return { status: 200, body: Buffer.from(String(object["_data"]), "base64"), headers: shownHeaders(object) };
}

/** New metadata takes the place of all the old, unlike that of a container. */
function post(request: Request, store: Store): Reply {
  const object = objectOf(request, store);
  const type = request.headers["content-type"];
  store.update(KINDS.objects, object.id, {
    headers: headersAfter(request),
    ...(type === undefined ? {} : { content_type: type }),
  });
  return ACCEPTED;
}

function remove(request: Request, store: Store): Reply {
  accountOf(request);
  store.remove(KINDS.objects, objectOf(request, store).id);
  return { status: 204 };
}

const OBJECT = "/v1/:account/:container/:object*";

export const objectRoutes: readonly Route[] = [
  { method: "PUT", pattern: OBJECT, handler: put },
  // HEAD too: it is a GET whose body is left out.
  { method: "GET", pattern: OBJECT, handler: get },
  { method: "POST", pattern: OBJECT, handler: post },
  { method: "DELETE", pattern: OBJECT, handler: remove },
];
