/** Tags of network objects. */
import { z } from "zod";
import { ApiError, type Request, type Resource, type Route, type Store } from "../api";
import { check, owns, texts, unwrap } from "../requests";
import { inNeutronsWords, kindOf, touched } from "./collection";

const TAGGED = ["networks", "subnets", "ports", "routers", "floatingips", "security-groups"];
const MAX_LENGTH = 255;

const tag = z.string().min(1).max(MAX_LENGTH);

function kind(request: Request): string {
  const { collection = "" } = request.params;
  if (!TAGGED.includes(collection)) {
    throw new ApiError(404, "The resource could not be found.", "HTTPNotFound");
  }
  return kindOf(collection.replaceAll("-", "_"));
}

function find(request: Request, store: Store): Resource {
  const { id = "" } = request.params;
  const object = store.get(kind(request), id);
  if (object === undefined || !owns(request.caller, object)) {
    throw new ApiError(
      404,
      `Resource ${request.params["collection"]} ${id} could not be found.`,
      "TagResourceNotFound",
    );
  }
  return object;
}

function set(request: Request, store: Store, tags: string[]): void {
  const object = find(request, store);
  store.update(kind(request), object.id, { tags: [...new Set(tags)], ...touched(object) });
}

const ALL = "/v2.0/:collection/:id/tags";
const ONE = `${ALL}/:tag`;

export const tagRoutes: Route[] = [
  {
    method: "GET",
    pattern: ALL,
    handler: (request, store) => ({ status: 200, body: { tags: find(request, store)["tags"] } }),
  },
  {
    method: "PUT",
    pattern: ALL,
    handler: (request, store) => {
      const tags = check(z.array(tag), unwrap(request, "tags"), inNeutronsWords);
      set(request, store, tags);
      return { status: 200, body: { tags } };
    },
  },
  {
    method: "DELETE",
    pattern: ALL,
    handler: (request, store) => {
      set(request, store, []);
      return { status: 204 };
    },
  },
  {
    method: "GET",
    pattern: ONE,
    handler: (request, store) => {
      const name = request.params["tag"] ?? "";
      if (!texts(find(request, store)["tags"]).includes(name)) {
        throw new ApiError(404, `Tag ${name} could not be found.`, "TagNotFound");
      }
      return { status: 204 };
    },
  },
  {
    method: "PUT",
    pattern: ONE,
    handler: (request, store) => {
      const name = check(tag, request.params["tag"], inNeutronsWords);
      set(request, store, [...texts(find(request, store)["tags"]), name]);
      return { status: 201 };
    },
  },
  {
    method: "DELETE",
    pattern: ONE,
    handler: (request, store) => {
      const { tag: name = "" } = request.params;
      const tags = texts(find(request, store)["tags"]);
      if (!tags.includes(name)) throw new ApiError(404, `Tag ${name} could not be found.`, "TagNotFound");
      set(
        request,
        store,
        tags.filter((other) => other !== name),
      );
      return { status: 204 };
    },
  },
];
