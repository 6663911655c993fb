/** Tags of network objects. */
import { z } from "zod";
import { ApiError, type Request, type Resource, type Route, type Store } from "../api";
import { check, owns, texts, unwrap } from "../requests";
import { badRequest, inNeutronsWords, kindOf, touched } from "./collection";

const TAGGED = ["networks", "subnets", "ports", "routers", "floatingips", "security_groups"];
const MAX_LENGTH = 255;

const tag = z.string().min(1);

/** @throws ApiError 400 */
function refuseTooLong(tags: readonly string[]): void {
  const long = tags.find(({ length }) => length > MAX_LENGTH);
  if (long === undefined) return;
  const message = `Invalid input for operation: '${long}' exceeds maximum length of ${MAX_LENGTH}.`;
  throw badRequest("InvalidInput", message);
}

/** The tag calls of one collection. */
function routesOf(plural: string): Route[] {
  const kind = kindOf(plural);
  const all = `/v2.0/${plural.replaceAll("_", "-")}/:id/tags`;
  const one = `${all}/:tag`;

  function find({ params: { id = "" }, caller }: Request, store: Store): Resource {
    const object = store.get(kind, id);
    if (object === undefined || !owns(caller, object)) {
      throw new ApiError(404, `Resource ${plural} ${id} could not be found.`, "TagResourceNotFound");
    }
    return object;
  }

  function set(request: Request, store: Store, tags: readonly string[]): void {
    const object = find(request, store);
    refuseTooLong(tags);
    store.update(kind, object.id, { tags: [...new Set(tags)], ...touched(object) });
  }

  function findTag(request: Request, store: Store): string {
    const name = request.params["tag"] ?? "";
    if (texts(find(request, store)["tags"]).includes(name)) return name;
    throw new ApiError(404, `Tag ${name} could not be found.`, "TagNotFound");
  }

  return [
    {
      method: "GET",
      pattern: all,
      handler: (request, store) => ({ status: 200, body: { tags: find(request, store)["tags"] } }),
    },
    {
      method: "PUT",
      pattern: all,
      handler: (request, store) => {
        const tags = check(z.array(tag), unwrap(request, "tags"), inNeutronsWords);
        set(request, store, tags);
        return { status: 200, body: { tags } };
      },
    },
    {
      method: "DELETE",
      pattern: all,
      handler: (request, store) => {
        set(request, store, []);
        return { status: 204 };
      },
    },
    {
      method: "GET",
      pattern: one,
      handler: (request, store) => {
        findTag(request, store);
        return { status: 204 };
      },
    },
    {
      method: "PUT",
      pattern: one,
      handler: (request, store) => {
        const name = check(tag, request.params["tag"], inNeutronsWords);
        set(request, store, [...texts(find(request, store)["tags"]), name]);
        return { status: 201, body: null };
      },
    },
    {
      method: "DELETE",
      pattern: one,
      handler: (request, store) => {
        const name = findTag(request, store);
        const others = texts(find(request, store)["tags"]).filter((other) => other !== name);
        set(request, store, others);
        return { status: 204 };
      },
    },
  ];
}

export const tagRoutes: Route[] = TAGGED.flatMap(routesOf);
