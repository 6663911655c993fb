/** Volume types. */
import { randomUUID } from "node:crypto";
import { ApiError, type Request, type Resource, type Route, type Store } from "../api";
import { visiblePart } from "../requests";

const TYPES = "volume.types";

export const DEFAULT_TYPE = "standard";

/** What `volume_type` may say beside a name that was seeded: Cinder's own name of the default. */
const ALIAS = "__DEFAULT__";

/** @throws ApiError 404 for a name or id that no type has */
export function findType(nameOrId: string, store: Store): Resource {
  const wanted = nameOrId === ALIAS ? DEFAULT_TYPE : nameOrId;
  const found = store.list(TYPES).find(({ id, name }) => id === wanted || name === wanted);
  if (found === undefined) throw new ApiError(404, `Volume type with name ${nameOrId} could not be found.`);
  return found;
}

export function seedTypes(store: Store): void {
  for (const name of [DEFAULT_TYPE, "fast"]) {
    store.insert(TYPES, {
      id: randomUUID(),
      name,
      description: `${name} disks`,
      is_public: true,
      extra_specs: {},
    });
  }
}

const view = (type: Resource) => ({
  ...visiblePart(type),
  "os-volume-type-access:is_public": type["is_public"],
});

export function typeNames(store: Store): string[] {
  return store.list(TYPES).map(({ name }) => String(name));
}

/** The type that the path names by id; `default` is a name of the API. */
function named({ params }: Request, store: Store): Resource {
  const { id = "" } = params;
  if (id === "default") return findType(DEFAULT_TYPE, store);
  const found = store.get(TYPES, id);
  if (found === undefined) throw new ApiError(404, `Volume type ${id} could not be found.`);
  return found;
}

/** @param path of the collection: `…/types` */
export function typeRoutes(path: string): Route[] {
  return [
    {
      method: "GET",
      pattern: path,
      handler: (_, store) => ({ status: 200, body: { volume_types: store.list(TYPES).map(view) } }),
    },
    {
      method: "GET",
      pattern: `${path}/:id`,
      handler: (request, store) => ({
        status: 200,
        body: { volume_type: view(named(request, store)) },
      }),
    },
    {
      method: "GET",
      pattern: `${path}/:id/extra_specs`,
      handler: (request, store) => ({
        status: 200,
        body: { extra_specs: named(request, store)["extra_specs"] },
      }),
    },
  ];
}
