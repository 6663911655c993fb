/** Metadata and tags of servers. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Route, type Store } from "../api";
import { check, texts, unwrap } from "../requests";
import { COMPUTE_PREFIX } from "./flavors";
import { microversion } from "./microversions";
import { limits } from "./quotas";
import { metadata, tags } from "./serverSchema";
import { findServer } from "./servers";
import { SERVERS } from "./serverView";

type Metadata = Record<string, string>;

function metadataOf(request: Request, store: Store): Metadata {
  return findServer(request, store)["metadata"] as Metadata;
}

function setMetadata(request: Request, store: Store, values: Metadata): void {
  const most = limits(store, request.caller.projectId).metadata_items;
  if (Object.keys(values).length > most)
    throw new ApiError(403, `Maximum number of metadata items exceeds ${most}`);
  store.update(SERVERS, findServer(request, store).id, { metadata: values });
}

function writeMetadata(request: Request, store: Store, keep: boolean): Reply {
  const given = check(metadata, unwrap(request, "metadata"));
  const values = { ...(keep ? metadataOf(request, store) : {}), ...given };
  setMetadata(request, store, values);
  return { status: 200, body: { metadata: values } };
}

function item(request: Request, store: Store): { key: string; all: Metadata } {
  const { key = "" } = request.params;
  const all = metadataOf(request, store);
  if (!(key in all)) throw new ApiError(404, "Metadata item was not found");
  return { key, all };
}

const METADATA = "/v2.1/servers/:id/metadata";

const metadataRoutes: Route[] = [
  {
    method: "GET",
    pattern: METADATA,
    handler: (request, store) => ({ status: 200, body: { metadata: metadataOf(request, store) } }),
  },
  { method: "POST", pattern: METADATA, handler: (request, store) => writeMetadata(request, store, true) },
  { method: "PUT", pattern: METADATA, handler: (request, store) => writeMetadata(request, store, false) },
  {
    method: "GET",
    pattern: `${METADATA}/:key`,
    handler: (request, store) => {
      const { key, all } = item(request, store);
      return { status: 200, body: { meta: { [key]: all[key] } } };
    },
  },
  {
    method: "PUT",
    pattern: `${METADATA}/:key`,
    handler: (request, store) => {
      const meta = check(metadata, unwrap(request, "meta"));
      if (Object.keys(meta).join() !== request.params["key"]) {
        throw new ApiError(400, "Request body and URI mismatch");
      }
      setMetadata(request, store, { ...metadataOf(request, store), ...meta });
      return { status: 200, body: { meta } };
    },
  },
  {
    method: "DELETE",
    pattern: `${METADATA}/:key`,
    handler: (request, store) => {
      const { key, all } = item(request, store);
      setMetadata(request, store, Object.fromEntries(Object.entries(all).filter(([name]) => name !== key)));
      return { status: 204 };
    },
  },
];

function tagsOf(request: Request, store: Store): string[] {
  return texts(findServer(request, store)["tags"]);
}

function setTags(request: Request, store: Store, values: string[]): void {
  store.update(SERVERS, findServer(request, store).id, { tags: [...new Set(values)] });
}

function requireTag(request: Request, store: Store): string {
  const { tag = "" } = request.params;
  if (!tagsOf(request, store).includes(tag)) {
    throw new ApiError(404, `Instance ${request.params["id"]} has no tag '${tag}'`);
  }
  return tag;
}

const TAGS = "/v2.1/servers/:id/tags";

const tagRoutes: Route[] = [
  {
    method: "GET",
    pattern: TAGS,
    handler: (request, store) => ({ status: 200, body: { tags: tagsOf(request, store) } }),
  },
  {
    method: "PUT",
    pattern: TAGS,
    handler: (request, store) => {
      const { tags: values } = check(z.object({ tags }), request.body);
      setTags(request, store, values);
      return { status: 200, body: { tags: values } };
    },
  },
  {
    method: "DELETE",
    pattern: TAGS,
    handler: (request, store) => {
      setTags(request, store, []);
      return { status: 204 };
    },
  },
  {
    method: "GET",
    pattern: `${TAGS}/:tag`,
    handler: (request, store) => {
      requireTag(request, store);
      return { status: 204 };
    },
  },
  {
    method: "PUT",
    pattern: `${TAGS}/:tag`,
    handler: (request, store) => {
      const [tag = ""] = check(tags, [request.params["tag"]]);
      const had = tagsOf(request, store);
      setTags(request, store, [...had, tag]);
      if (had.includes(tag)) return { status: 204 };
      const location = `${request.baseUrl}${COMPUTE_PREFIX}${request.path}`;
      return { status: 201, headers: { location } };
    },
  },
  {
    method: "DELETE",
    pattern: `${TAGS}/:tag`,
    handler: (request, store) => {
      const tag = requireTag(request, store);
      setTags(
        request,
        store,
        tagsOf(request, store).filter((other) => other !== tag),
      );
      return { status: 204 };
    },
  },
];

/** Before that version the path does not exist. */
const TAGS_SINCE = 26;

function sinceTags(route: Route): Route {
  return {
    ...route,
    handler: (request, store) => {
      if (microversion(request) < TAGS_SINCE) throw new ApiError(404, "The resource could not be found.");
      return route.handler(request, store);
    },
  };
}

export const serverLabelRoutes: Route[] = [...metadataRoutes, ...tagRoutes.map(sinceTags)];
