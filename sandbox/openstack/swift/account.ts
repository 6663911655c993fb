/** The account: all that a project has in the object store. */
import type { Reply, Request, Route, Store } from "../api";
import {
  accountOf,
  bytesOf,
  keptHeaders,
  KINDS,
  listedTime,
  listing,
  objectsOf,
  type Headers,
} from "./shared";

const KEPT = /^x-account-meta-.+$/;

const metadataOf = (store: Store, project: string): Headers =>
  (store.get(KINDS.accounts, project)?.["headers"] as Headers | undefined) ?? {};

function rowsOf(request: Request, store: Store) {
  const project = accountOf(request);
  return store
    .list(KINDS.containers)
    .filter(({ project_id }) => project_id === project)
    .map((container) => {
      const objects = objectsOf(store, container);
      return {
        name: String(container["name"]),
        count: objects.length,
        bytes: bytesOf(objects),
        last_modified: listedTime(container["timestamp"]),
      };
    });
}

function headersOf(request: Request, store: Store, rows: ReturnType<typeof rowsOf>): Headers {
  return {
    ...metadataOf(store, accountOf(request)),
    "accept-ranges": "bytes",
    "x-account-container-count": String(rows.length),
    "x-account-object-count": String(rows.reduce((sum, { count }) => sum + count, 0)),
    "x-account-bytes-used": String(bytesOf(rows)),
  };
}

function show(request: Request, store: Store): Reply {
  const rows = rowsOf(request, store);
  return listing(rows, request, headersOf(request, store, rows));
}

function summary(request: Request, store: Store): Reply {
  const headers = headersOf(request, store, rowsOf(request, store));
  return { status: 204, headers: { ...headers, "content-type": "text/plain; charset=utf-8" } };
}

function change(request: Request, store: Store): Reply {
  const project = accountOf(request);
  const headers = keptHeaders(request, metadataOf(store, project), KEPT);
  if (store.get(KINDS.accounts, project) === undefined)
    store.insert(KINDS.accounts, { id: project, project_id: project, headers });
  else store.update(KINDS.accounts, project, { headers });
  return { status: 204 };
}

export const accountRoutes: readonly Route[] = [
  { method: "GET", pattern: "/v1/:account", handler: show },
  { method: "HEAD", pattern: "/v1/:account", handler: summary },
  { method: "POST", pattern: "/v1/:account", handler: change },
];
