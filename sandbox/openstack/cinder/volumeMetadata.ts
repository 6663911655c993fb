/** Labels of volumes. */
import { ApiError, type Reply, type Request, type Route, type Store } from "../api";
import { check, unwrap } from "../requests";
import { VOLUMES } from "./quotas";
import { findVolume, metadataSchema } from "./volumes";
import { inCindersWords, now } from "./words";

type Labels = Record<string, string>;

const labelsOf = (request: Request, store: Store) => findVolume(request, store)["metadata"] as Labels;

function set(request: Request, store: Store, metadata: Labels): Reply {
  store.update(VOLUMES, findVolume(request, store).id, { metadata, updated_at: now() });
  return { status: 200, body: { metadata } };
}

function removeOne(request: Request, store: Store): Reply {
  const { key = "", id = "" } = request.params;
  const { [key]: removed, ...left } = labelsOf(request, store);
  if (removed === undefined) throw new ApiError(404, `Volume ${id} has no metadata with key ${key}.`);
  set(request, store, left);
  return { status: 200 };
}

const given = (request: Request) => check(metadataSchema, unwrap(request, "metadata"), inCindersWords);

/** @param path of one volume: `…/volumes/:id` */
export function metadataRoutes(path: string): Route[] {
  const all = `${path}/metadata`;
  return [
    {
      method: "GET",
      pattern: all,
      handler: (request, store) => ({ status: 200, body: { metadata: labelsOf(request, store) } }),
    },
    {
      method: "POST",
      pattern: all,
      handler: (request, store) => set(request, store, { ...labelsOf(request, store), ...given(request) }),
    },
    { method: "PUT", pattern: all, handler: (request, store) => set(request, store, given(request)) },
    { method: "DELETE", pattern: `${all}/:key`, handler: removeOne },
  ];
}
