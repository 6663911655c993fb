/** Swift v1: containers and small objects. Metadata travels in headers, and errors are HTML pages. */
import {
  ApiError,
  type Reply,
  type Request,
  type Resource,
  type Route,
  type Service,
  type Store,
} from "./api";
import { pageOf } from "./listing";

const PREFIX = "/object-store";
const CONTAINERS = "object-store.containers";
const OBJECTS = "object-store.objects";

type Headers = Record<string, string>;

/** Headers that a container keeps: ACLs, versioning, synchronisation and its own metadata. */
const KEPT =
  /^x-(container-(meta-.+|read|write|sync-to|sync-key)|versions-(enabled|location)|history-location|storage-policy)$/;
const REMOVED = /^x-remove-(.+)$/;

function account({ params, caller }: Request): string {
  const wanted = params["account"] ?? "";
  if (wanted !== `AUTH_${caller.projectId}`) throw new ApiError(403, "Access was denied to this resource.");
  return caller.projectId;
}

function keptHeaders(request: Request, before: Headers): Headers {
  const after = { ...before };
  for (const [header, value = ""] of Object.entries(request.headers)) {
    const removed = REMOVED.exec(header)?.[1];
    if (removed !== undefined) delete after[`x-${removed}`];
    else if (KEPT.test(header) && value === "") delete after[header];
    else if (KEPT.test(header)) after[header] = value;
  }
  return after;
}

function containerOf(request: Request, store: Store): Resource {
  const project = account(request);
  const { container = "" } = request.params;
  const found = store.list(CONTAINERS).find((one) => one.project_id === project && one["name"] === container);
  if (found === undefined) throw new ApiError(404, "The resource could not be found.");
  return found;
}

function objectsOf(store: Store, container: Resource): Resource[] {
  return store
    .list(OBJECTS)
    .filter((object) => object["container_id"] === container.id)
    .sort((a, b) => (String(a["name"]) < String(b["name"]) ? -1 : 1));
}

const bytesOf = (objects: readonly Resource[]) => objects.reduce((sum, { bytes }) => sum + Number(bytes), 0);

function containerHeaders(container: Resource, store: Store): Headers {
  const objects = objectsOf(store, container);
  return {
    "x-storage-policy": "Policy-0",
    ...(container["headers"] as Headers),
    "x-container-object-count": String(objects.length),
    "x-container-bytes-used": String(bytesOf(objects)),
    "x-timestamp": String(container["timestamp"]),
    "last-modified": new Date(Number(container["timestamp"]) * 1000).toUTCString(),
    "accept-ranges": "bytes",
    "content-type": "text/plain; charset=utf-8",
  };
}

function putContainer(request: Request, store: Store): Reply {
  const project = account(request);
  const { container: name = "" } = request.params;
  if (name.length > 256) throw new ApiError(400, `Container name length of ${name.length} longer than 256`);
  const existing = store.list(CONTAINERS).find((one) => one.project_id === project && one["name"] === name);
  if (existing !== undefined) {
    store.update(CONTAINERS, existing.id, { headers: keptHeaders(request, existing["headers"] as Headers) });
    return { status: 202 };
  }
  const timestamp = (Date.now() / 1000).toFixed(5);
  store.insert(CONTAINERS, { name, project_id: project, headers: keptHeaders(request, {}), timestamp });
  return { status: 201 };
}

function postContainer(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  store.update(CONTAINERS, container.id, { headers: keptHeaders(request, container["headers"] as Headers) });
  return { status: 204 };
}

function deleteContainer(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  if (objectsOf(store, container).length > 0)
    throw new ApiError(409, "There was a conflict when trying to complete your request.");
  store.remove(CONTAINERS, container.id);
  return { status: 204 };
}

/** A listing as JSON, or as one name per line. */
function listing(rows: { name: unknown }[], request: Request, headers: Headers): Reply {
  const { rows: page } = pageOf(rows, request, PREFIX, { markerKey: "name", defaultLimit: 10_000 });
  const asJson =
    request.query.get("format") === "json" || request.headers["accept"]?.includes("json") === true;
  if (asJson)
    return {
      status: 200,
      body: page,
      headers: { ...headers, "content-type": "application/json; charset=utf-8" },
    };
  if (page.length === 0) return { status: 204, headers };
  return { status: 200, body: page.map(({ name }) => `${String(name)}\n`).join(""), headers };
}

function getAccount(request: Request, store: Store): Reply {
  const project = account(request);
  const containers = store.list(CONTAINERS).filter((container) => container.project_id === project);
  const all = containers.flatMap((container) => objectsOf(store, container));
  const rows = containers
    .map((container) => ({
      name: container["name"],
      count: objectsOf(store, container).length,
      bytes: bytesOf(objectsOf(store, container)),
    }))
    .sort((a, b) => (String(a.name) < String(b.name) ? -1 : 1));
  return listing(rows, request, {
    "x-account-container-count": String(containers.length),
    "x-account-object-count": String(all.length),
    "x-account-bytes-used": String(bytesOf(all)),
    "content-type": "text/plain; charset=utf-8",
  });
}

function getContainer(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  const prefix = request.query.get("prefix") ?? "";
  const rows = objectsOf(store, container)
    .filter(({ name }) => String(name).startsWith(prefix))
    .map(({ name, bytes, hash, content_type }) => ({ name, bytes, hash, content_type }));
  return listing(rows, request, containerHeaders(container, store));
}

function objectOf(request: Request, store: Store): Resource {
  const found = objectsOf(store, containerOf(request, store)).find(
    ({ name }) => name === request.params["object"],
  );
  if (found === undefined) throw new ApiError(404, "The resource could not be found.");
  return found;
}

function bodyBytes(body: unknown): Buffer {
  if (Buffer.isBuffer(body)) return body;
  return body === undefined ? Buffer.alloc(0) : Buffer.from(JSON.stringify(body));
}

function putObject(request: Request, store: Store): Reply {
  const container = containerOf(request, store);
  const existing = objectsOf(store, container).find(({ name }) => name === request.params["object"]);
  if (existing !== undefined) store.remove(OBJECTS, existing.id);
  const data = bodyBytes(request.body);
  store.insert(OBJECTS, {
    name: request.params["object"],
    container_id: container.id,
    project_id: container.project_id,
    bytes: data.length,
    content_type: request.headers["content-type"] ?? "application/octet-stream",
    _data: data.toString("base64"),
  });
  return { status: 201 };
}

function getObject(request: Request, store: Store): Reply {
  const object = objectOf(request, store);
  const headers = { "content-type": String(object["content_type"]) };
  return { status: 200, body: Buffer.from(String(object["_data"]), "base64"), headers };
}

const ACCOUNT = "/v1/:account";
const CONTAINER = `${ACCOUNT}/:container`;
const OBJECT = `${CONTAINER}/:object*`;

const routes: Route[] = [
  {
    method: "GET",
    pattern: "/info",
    anonymous: true,
    handler: () => ({ status: 200, body: { swift: { version: "2.30.0" } } }),
  },
  { method: "GET", pattern: ACCOUNT, handler: getAccount },
  { method: "PUT", pattern: CONTAINER, handler: putContainer },
  { method: "POST", pattern: CONTAINER, handler: postContainer },
  { method: "GET", pattern: CONTAINER, handler: getContainer },
  {
    method: "HEAD",
    pattern: CONTAINER,
    handler: (request, store) => ({
      status: 204,
      headers: containerHeaders(containerOf(request, store), store),
    }),
  },
  { method: "DELETE", pattern: CONTAINER, handler: deleteContainer },
  { method: "PUT", pattern: OBJECT, handler: putObject },
  { method: "GET", pattern: OBJECT, handler: getObject },
  {
    method: "DELETE",
    pattern: OBJECT,
    handler: (request, store) => {
      store.remove(OBJECTS, objectOf(request, store).id);
      return { status: 204 };
    },
  },
];

export const swift: Service = {
  name: "swift",
  type: "object-store",
  prefix: PREFIX,
  endpoint: "/v1/AUTH_%(project_id)s",
  routes,
  error: (status, message) => `<html><h1>${status}</h1><p>${message}</p></html>`,
};
