/** What all collections of Neutron have in common: five calls, filters, paging, tags and times. */
import { z } from "zod";
import {
  ApiError,
  type Caller,
  type Reply,
  type Request,
  type Resource,
  type Route,
  type Store,
} from "../api";
import { pageOf, sortOrders, sortRows, type Row } from "../listing";
import { check, isAdmin, owns, timestamp, unwrap, visiblePart } from "../requests";
import { equals, LIST_PARAMETERS, refuseLimit, refuseUnknown, TAG_FILTERS, type Filter } from "./filters";
import { badRequest, forbidden, inNeutronsWords } from "./words";

export { badRequest, conflict, forbidden, inNeutronsWords } from "./words";

export const NETWORK_PREFIX = "/network";

export interface Collection<Create extends z.ZodObject, Update extends z.ZodObject> {
  /** Key in JSON and last part of the store's kind: `security_groups`. */
  readonly plural: string;
  /** `security_group` */
  readonly singular: string;
  /** Name of the kind of object in errors: `SecurityGroup`. */
  readonly type: string;
  /** Neutron's words for an id that it does not know. */
  readonly notFound: (id: string) => string;
  readonly createSchema: Create;
  /** Absent for objects that cannot be changed. */
  readonly updateSchema?: Update;
  /** Makes the object; what all objects have is added by the collection. */
  create(values: z.output<Create>, request: Request, store: Store, projectId: string): Resource;
  update?(
    object: Resource,
    values: z.output<Update>,
    request: Request,
    store: Store,
  ): Record<string, unknown>;
  remove(object: Resource, request: Request, store: Store): void;
  /** Attributes that are worked out when the object is shown. */
  view?(object: Resource, store: Store, caller: Caller): Record<string, unknown>;
  /** Whether others than the owner see it. @default nobody else */
  isShared?(object: Resource, store: Store): boolean;
  /** Filters that are not equality of an attribute. */
  readonly filters?: Readonly<Record<string, (row: Row, wanted: string[], store: Store) => boolean>>;
  /** Called before a list or a creation: makes what a project has without asking. */
  prepare?(request: Request, store: Store): void;
}

/** Fields that every create call may have. */
export const commonFields = {
  name: z.string().max(255).default(""),
  description: z.string().max(255).default(""),
  tenant_id: z.string().optional(),
  project_id: z.string().optional(),
};

/** Fields that every update call may have. */
export const commonChanges = {
  name: z.string().max(255).optional(),
  description: z.string().max(255).optional(),
};

export function kindOf(plural: string): string {
  return `network.${plural}`;
}

/** What `create` must not be able to set for somebody else. */
function projectOf(request: Request, values: { tenant_id?: string; project_id?: string }): string {
  const wanted = values.project_id ?? values.tenant_id ?? request.caller.projectId;
  if (wanted !== request.caller.projectId && !isAdmin(request.caller))
    throw badRequest(
      "HTTPBadRequest",
      "Specifying 'project_id' or 'tenant_id' other than the authenticated project in request requires admin or advsvc privileges",
    );
  return wanted;
}

/** The calls of one collection. */
class CollectionApi<C extends z.ZodObject, U extends z.ZodObject> {
  private readonly kind: string;

  constructor(private readonly collection: Collection<C, U>) {
    this.kind = kindOf(collection.plural);
  }

  list(request: Request, store: Store): Reply {
    const { collection, kind } = this;
    collection.prepare?.(request, store);
    const all = store.list(kind).filter((object) => this.sees(request, object, store));
    const rows = this.filtered(
      all.map((object) => this.view(object, store, request.caller)),
      request,
      store,
    );
    refuseLimit(request.query);
    const marker = request.query.get("marker") ?? "";
    if (marker !== "" && !all.some(({ id }) => id === marker)) throw this.unknown(marker);
    const page = pageOf(sortRows(rows, sortOrders(request.query)), request, request.baseUrl + NETWORK_PREFIX);
    const fields = request.query.getAll("fields");
    const shown = page.rows.map((row) =>
      fields.length === 0
        ? row
        : Object.fromEntries(Object.entries(row).filter(([key]) => fields.includes(key))),
    );
    const links =
      page.next === undefined ? {} : { [`${collection.plural}_links`]: [{ rel: "next", href: page.next }] };
    return { status: 200, body: { [collection.plural]: shown, ...links } };
  }

  create(request: Request, store: Store): Reply {
    const { collection } = this;
    collection.prepare?.(request, store);
    const values = check(collection.createSchema, this.given(request), inNeutronsWords);
    const object = collection.create(values, request, store, projectOf(request, values));
    return { status: 201, body: this.shown(object, request, store) };
  }

  show(request: Request, store: Store): Reply {
    return { status: 200, body: this.shown(this.find(request, store), request, store) };
  }

  update(request: Request, store: Store): Reply {
    const { collection, kind } = this;
    const object = this.findOwn(request, store, "update");
    if (collection.updateSchema === undefined || collection.update === undefined) {
      throw new ApiError(405, "The method is not allowed for this resource.", "HTTPMethodNotAllowed");
    }
    const wanted = this.given(request);
    this.refuseFixed(Object.keys(wanted as object), collection.updateSchema);
    const values = check(collection.updateSchema, wanted, inNeutronsWords);
    const changes = collection.update(object, values, request, store);
    const changed = store.update(kind, object.id, { ...changes, ...touched(object) });
    return { status: 200, body: this.shown(changed, request, store) };
  }

  remove(request: Request, store: Store): Reply {
    this.collection.remove(this.findOwn(request, store, "delete"), request, store);
    return { status: 204 };
  }

  private given(request: Request): unknown {
    const { singular } = this.collection;
    return unwrap(request, singular, `Unable to find '${singular}' in request body`);
  }

  /** What only a creation may say is there to be read afterwards. */
  private refuseFixed(keys: readonly string[], changeable: U): void {
    const fixed = keys.find((key) => key in this.collection.createSchema.shape && !(key in changeable.shape));
    if (fixed !== undefined) throw badRequest("HTTPBadRequest", `Cannot update read-only attribute ${fixed}`);
  }

  private unknown(id: string): ApiError {
    return new ApiError(404, this.collection.notFound(id), `${this.collection.type}NotFound`);
  }

  private sees(request: Request, object: Resource, store: Store): boolean {
    return owns(request.caller, object) || this.collection.isShared?.(object, store) === true;
  }

  private view(object: Resource, store: Store, caller: Caller): Row {
    return {
      description: "",
      tags: [],
      ...visiblePart(object),
      tenant_id: object.project_id ?? "",
      project_id: object.project_id ?? "",
      ...this.collection.view?.(object, store, caller),
    };
  }

  private shown(object: Resource, request: Request, store: Store) {
    return { [this.collection.singular]: this.view(object, store, request.caller) };
  }

  private find(request: Request, store: Store): Resource {
    const { id = "" } = request.params;
    const object = store.get(this.kind, id);
    if (object === undefined || !this.sees(request, object, store)) {
      throw this.unknown(id);
    }
    return object;
  }

  /** Seeing a shared object is not owning it. */
  private findOwn(request: Request, store: Store, action: string): Resource {
    const object = this.find(request, store);
    if (!owns(request.caller, object)) throw forbidden(`${action}_${this.collection.singular}`);
    return object;
  }

  private filterOf(key: string): Filter | undefined {
    return this.collection.filters?.[key] ?? TAG_FILTERS[key];
  }

  private filtered(views: readonly Row[], request: Request, store: Store): Row[] {
    const keys = [...new Set(request.query.keys())].filter((key) => !LIST_PARAMETERS.includes(key));
    // From the schema too: an empty list must refuse a typing error as well.
    const attributes = [...Object.keys(this.collection.createSchema.shape), ...OUTPUT_ATTRIBUTES];
    const known = new Set([...attributes, ...views.flatMap(Object.keys)]);
    refuseUnknown(
      keys.filter((key) => this.filterOf(key) === undefined),
      known,
      "filtering",
    );
    refuseUnknown(request.query.getAll("sort_key"), known, "sort_keys");
    return views.filter((row) =>
      keys.every((key) => {
        const wanted = request.query.getAll(key);
        const filter = this.filterOf(key);
        return filter ? filter(row, wanted, store) : wanted.some((value) => equals(row[key], value));
      }),
    );
  }
}

export function collectionRoutes<C extends z.ZodObject, U extends z.ZodObject>(
  collection: Collection<C, U>,
): Route[] {
  const api = new CollectionApi(collection);
  const path = `/v2.0/${collection.plural.replaceAll("_", "-")}`;
  return [
    { method: "GET", pattern: path, handler: (request, store) => api.list(request, store) },
    { method: "POST", pattern: path, handler: (request, store) => api.create(request, store) },
    { method: "GET", pattern: `${path}/:id`, handler: (request, store) => api.show(request, store) },
    { method: "PUT", pattern: `${path}/:id`, handler: (request, store) => api.update(request, store) },
    { method: "DELETE", pattern: `${path}/:id`, handler: (request, store) => api.remove(request, store) },
  ];
}

/** Attributes that an answer has but a request does not. */
const OUTPUT_ATTRIBUTES = [
  "id",
  "status",
  "tenant_id",
  "project_id",
  "created_at",
  "updated_at",
  "revision_number",
];

/** What a new object has besides its own attributes. */
export function born(projectId: string): Record<string, unknown> {
  const now = timestamp();
  return { project_id: projectId, tags: [], created_at: now, updated_at: now, revision_number: 1 };
}

/** What changes with every change. */
export function touched(object: Resource): Record<string, unknown> {
  return { updated_at: timestamp(), revision_number: Number(object["revision_number"] ?? 0) + 1 };
}

/** Without undefined values, which mean that the caller does not want a change. */
export function given(values: object): Record<string, unknown> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined));
}
