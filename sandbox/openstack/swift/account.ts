/** The account: all that a project has in the object store. */
import type { Reply, Request, Route, Store } from "../api";
import { accountOf, bytesOf, keptHeaders, KINDS, listing, objectsOf, type Headers } from "./shared";

const KEPT = /^x-account-meta-.+$/;

const metadataOf = (store: Store, project: string): Headers =>
  (store.get(KINDS.accounts, project)?.["headers"] as Headers | undefined) ?? {};

function show(request: Request, store: Store): Reply {
  const project = accountOf(request);
  const rows = store
    .list(KINDS.containers)
    .filter(({ project_id }) => project_id === project)
    .map((container) => {
      const objects = objectsOf(store, container);
      return { name: String(container["name"]), count: objects.length, bytes: bytesOf(objects) };
    });
  return listing(rows, request, {
    ...metadataOf(store, project),
    "x-account-container-count": String(rows.length),
    "x-account-object-count": String(rows.reduce((sum, { count }) => sum + count, 0)),
    "x-account-bytes-used": String(bytesOf(rows)),
  });
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
  { method: "POST", pattern: "/v1/:account", handler: change },
];
