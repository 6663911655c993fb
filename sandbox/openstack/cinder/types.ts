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
    store.insert(TYPES, { id: randomUUID(), name, description: "", is_public: true, extra_specs: {} });
  }
}

const show = (type: Resource) => visiblePart(type);

export const typeRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "/v3/:project_id/types",
    handler: (_: Request, store: Store) => ({
      status: 200,
      body: { volume_types: store.list(TYPES).map(show) },
    }),
  },
  {
    method: "GET",
    pattern: "/v3/:project_id/types/:id",
    handler: ({ params }: Request, store: Store) => ({
      status: 200,
      body: {
        volume_type: show(findType(params["id"] === "default" ? DEFAULT_TYPE : (params["id"] ?? ""), store)),
      },
    }),
  },
];
