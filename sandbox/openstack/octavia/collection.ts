/** What all collections of Octavia have in common: five calls, filters and paging. */
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { pageOf, sortOrders, sortRows, type Row } from "../listing";
import { check, owns, texts, unwrap } from "../requests";
import { refuseOverQuota } from "./quotas";
import { inOctaviasWords, updates } from "./schemas";
import {
  balancerOf,
  begin,
  findNamed,
  KINDS,
  now,
  poolOnTheWay,
  refuseWhilePending,
  type Noun,
} from "./tree";
import { view } from "./view";

/** Of what has to do with certificates, which nobody can keep here. */
export const NO_TLS = { alpn_protocols: null, tls_ciphers: null, tls_versions: null };

export const PREFIX = "/load-balancer";

export interface Collection {
  readonly noun: Noun;
  readonly path: string;
  readonly create: (request: Request, store: Store) => Resource;
  /** @throws ApiError for values that do not fit the tree. */
  readonly beforeUpdate?: (object: Resource, changes: Row, request: Request, store: Store) => void;
  /** What is deleted with the object. @throws ApiError when others still need it */
  readonly goesWith?: (object: Resource, request: Request, store: Store) => (readonly [Noun, Resource])[];
  /** Brings up to date what is worked out from the object; called after every change. */
  readonly afterChange?: (object: Resource, store: Store) => void;
}

/** Stores a new object of a project. @throws ApiError 403 over quota */
export function insert(store: Store, projectId: string, noun: Noun, values: object): Resource {
  refuseOverQuota(store, projectId, noun);
  return store.insert(KINDS[noun], {
    operating_status: "OFFLINE",
    provisioning_status: "PENDING_CREATE",
    created_at: now(),
    updated_at: null,
    ...values,
    tenant_id: projectId,
    project_id: projectId,
  });
}

const LISTING = ["limit", "marker", "sort", "sort_key", "sort_dir", "fields", "page_reverse"];

const TAG_FILTERS: Readonly<Record<string, (has: string[], wanted: string[]) => boolean>> = {
  tags: (has, wanted) => wanted.every((tag) => has.includes(tag)),
  "tags-any": (has, wanted) => wanted.some((tag) => has.includes(tag)),
  "not-tags": (has, wanted) => !wanted.every((tag) => has.includes(tag)),
  "not-tags-any": (has, wanted) => !wanted.some((tag) => has.includes(tag)),
};

/** Filters that name a parent, which objects show as a list of ids. */
const PARENTS: Readonly<Record<string, string>> = {
  loadbalancer_id: "loadbalancers",
  load_balancer_id: "loadbalancers",
  listener_id: "listeners",
  pool_id: "pools",
};

function equals(value: unknown, wanted: string): boolean {
  if (typeof value === "boolean") return value === ["true", "1"].includes(wanted.toLowerCase());
  return (value === null ? "" : String(value)) === wanted;
}

function matches(row: Row, query: URLSearchParams): boolean {
  return [...query].every(([key, wanted]) => {
    if (LISTING.includes(key)) return true;
    const byTags = TAG_FILTERS[key];
    if (byTags !== undefined) return byTags(texts(row["tags"]), wanted.split(","));
    const parents = row[PARENTS[key] ?? ""];
    if (Array.isArray(parents)) return (parents as { id: string }[]).some(({ id }) => id === wanted);
    return key in row && equals(row[key], wanted);
  });
}

/** Ignoring a filter would return everything, so Octavia refuses what it does not know. */
function refuseUnknownFilters(noun: Noun, query: URLSearchParams): void {
  const output = ["id", "project_id", "tenant_id", "created_at", "updated_at"];
  const state = ["provisioning_status", "operating_status"];
  const own = ["vip_address", "vip_port_id", "vip_subnet_id", "vip_network_id", "provider", "protocol"];
  const known = [
    ...LISTING,
    ...output,
    ...state,
    ...own,
    ...Object.keys(TAG_FILTERS),
    ...Object.keys(PARENTS),
  ];
  const fields = [...Object.keys(updates[noun].shape), "protocol_port", "address", "type", "subnet_id"];
  for (const key of query.keys()) {
    if (known.includes(key) || fields.includes(key)) continue;
    throw new ApiError(400, "One or more arguments are either duplicate or invalid");
  }
}

function list({ noun }: Collection, request: Request, store: Store): Reply {
  const pool = poolOnTheWay(request, store)?.id;
  refuseUnknownFilters(noun, request.query);
  const rows = store
    .list(KINDS[noun])
    .filter((object) => owns(request.caller, object) && (pool === undefined || object["_pool_id"] === pool))
    .map((object) => view(noun, object, store))
    .filter((row) => matches(row, request.query));
  const { rows: page, next } = pageOf(sortRows(rows, sortOrders(request.query)), request, PREFIX);
  const links = {
    [`${noun}s_links`]: next === undefined ? [] : [{ rel: "next", href: request.baseUrl + next }],
  };
  return { status: 200, body: { [`${noun}s`]: page, ...links } };
}

function update(collection: Collection, request: Request, store: Store): Reply {
  const { noun, beforeUpdate, afterChange } = collection;
  const object = findNamed(noun, request, store);
  const changes: Row = check(updates[noun], unwrap(request, noun), inOctaviasWords(noun));
  beforeUpdate?.(object, changes, request, store);
  refuseWhilePending(noun, balancerOf(object, request, store));
  const changed = store.update(KINDS[noun], object.id, { ...changes, updated_at: now() });
  begin(store, [[noun, changed, "UPDATE"]]);
  afterChange?.(changed, store);
  return { status: 200, body: { [noun]: view(noun, store.get(KINDS[noun], object.id) ?? changed, store) } };
}

function remove(collection: Collection, request: Request, store: Store): Reply {
  const { noun, goesWith, afterChange } = collection;
  const object = findNamed(noun, request, store);
  refuseWhilePending(noun, balancerOf(object, request, store));
  const others = goesWith?.(object, request, store) ?? [];
  begin(
    store,
    [...others, [noun, object] as const].map(([kind, part]) => [kind, part, "DELETE"] as const),
  );
  afterChange?.(object, store);
  return { status: 204 };
}

function create({ noun, create, afterChange }: Collection, request: Request, store: Store): Reply {
  const object = create(request, store);
  begin(store, [[noun, object, "CREATE"]]);
  afterChange?.(object, store);
  return { status: 201, body: { [noun]: view(noun, store.get(KINDS[noun], object.id) ?? object, store) } };
}

export function collectionRoutes(collection: Collection): Route[] {
  const { noun, path } = collection;
  return [
    { method: "GET", pattern: path, handler: (request, store) => list(collection, request, store) },
    { method: "POST", pattern: path, handler: (request, store) => create(collection, request, store) },
    {
      method: "GET",
      pattern: `${path}/:id`,
      handler: (request, store) => ({
        status: 200,
        body: { [noun]: view(noun, findNamed(noun, request, store), store) },
      }),
    },
    {
      method: "PUT",
      pattern: `${path}/:id`,
      handler: (request, store) => update(collection, request, store),
    },
    {
      method: "DELETE",
      pattern: `${path}/:id`,
      handler: (request, store) => remove(collection, request, store),
    },
  ];
}
