/** Octavia v2: load balancers whose parts change one at a time. */
import type { Reply, Request, Resource, Route, Service, Store } from "../api";
import { ApiError } from "../api";
import { pageOf, sortOrders, sortRows, type Row } from "../listing";
import { check, owns, texts, unwrap } from "../requests";
import {
  createListener,
  createLoadBalancer,
  createMember,
  createMonitor,
  createPool,
  releaseVip,
} from "./create";
import { quotaRoutes } from "./quotas";
import { inOctaviasWords, updates } from "./schemas";
import { balancerOf, begin, find, KINDS, refuseWhilePending, under, type Noun } from "./tree";
import { statusTree, view } from "./view";

const PREFIX = "/load-balancer";

interface NounRoutes {
  readonly noun: Noun;
  readonly path: string;
  readonly create: (request: Request, store: Store) => Resource;
  /** @throws ApiError when others still need the object; also removes what goes with it. */
  readonly beforeDelete?: (object: Resource, request: Request, store: Store) => void;
}

function matches(row: Row, query: URLSearchParams): boolean {
  const listing = ["limit", "marker", "sort", "sort_key", "sort_dir", "fields", "page_reverse"];
  for (const [key, wanted] of query) {
    if (listing.includes(key)) continue;
    if (key === "tags") {
      if (!wanted.split(",").every((tag) => texts(row["tags"]).includes(tag))) return false;
    } else if (key === "loadbalancer_id" || key === "pool_id") {
      const ids = (row[key === "pool_id" ? "pools" : "loadbalancers"] as { id: string }[] | undefined) ?? [];
      if (!ids.some(({ id }) => id === wanted)) return false;
    } else if (!(key in row)) {
      throw new ApiError(400, `Unknown filter ${key}`);
    } else if (String(row[key]) !== wanted) return false;
  }
  return true;
}

function list({ noun }: NounRoutes, request: Request, store: Store): Reply {
  const pool = request.params["pool"];
  if (pool !== undefined) find("pool", pool, request, store);
  const rows = store
    .list(KINDS[noun])
    .filter((object) => owns(request.caller, object) && (pool === undefined || object["_pool_id"] === pool))
    .map((object) => view(noun, object, store))
    .filter((row) => matches(row, request.query));
  const { rows: page, next } = pageOf(sortRows(rows, sortOrders(request.query)), request, PREFIX);
  const links =
    next === undefined ? {} : { [`${noun}s_links`]: [{ rel: "next", href: request.baseUrl + next }] };
  return { status: 200, body: { [`${noun}s`]: page, ...links } };
}

function update({ noun }: NounRoutes, request: Request, store: Store): Reply {
  const object = find(noun, request.params["id"] ?? "", request, store);
  const balancer = balancerOf(object, request, store);
  refuseWhilePending(balancer);
  const values = check(updates[noun], unwrap(request, noun), inOctaviasWords);
  store.update(KINDS[noun], object.id, { ...values, updated_at: new Date().toISOString().slice(0, 19) });
  return { status: 200, body: { [noun]: view(noun, begin(store, noun, object, balancer, "UPDATE"), store) } };
}

function remove({ noun, beforeDelete }: NounRoutes, request: Request, store: Store): Reply {
  const object = find(noun, request.params["id"] ?? "", request, store);
  const balancer = balancerOf(object, request, store);
  refuseWhilePending(balancer);
  beforeDelete?.(object, request, store);
  begin(store, noun, object, balancer, "DELETE");
  return { status: 204 };
}

function routesOf(rules: NounRoutes): Route[] {
  const { noun, path, create } = rules;
  const show = (object: Resource, store: Store) => ({ [noun]: view(noun, object, store) });
  return [
    { method: "GET", pattern: path, handler: (request, store) => list(rules, request, store) },
    {
      method: "POST",
      pattern: path,
      handler: (request, store) => ({ status: 201, body: show(create(request, store), store) }),
    },
    {
      method: "GET",
      pattern: `${path}/:id`,
      handler: (request, store) => ({
        status: 200,
        body: show(find(noun, request.params["id"] ?? "", request, store), store),
      }),
    },
    { method: "PUT", pattern: `${path}/:id`, handler: (request, store) => update(rules, request, store) },
    { method: "DELETE", pattern: `${path}/:id`, handler: (request, store) => remove(rules, request, store) },
  ];
}

/** Without `cascade`, only an empty load balancer goes. */
function emptyLoadBalancer(balancer: Resource, request: Request, store: Store): void {
  const parts = (["member", "healthmonitor", "pool", "listener"] as const).flatMap((noun) =>
    under(store, noun, balancer.id).map((part) => ({ noun, part })),
  );
  if (parts.length > 0 && request.query.get("cascade") !== "true")
    throw new ApiError(400, `Cannot delete Load Balancer ${balancer.id} - it has children`);
  for (const { noun, part } of parts) store.remove(KINDS[noun], part.id);
  releaseVip(store, balancer);
}

function deletePoolParts(pool: Resource, _request: Request, store: Store): void {
  const balancerId = String(pool["_loadbalancer_id"]);
  for (const noun of ["member", "healthmonitor"] as const) {
    for (const part of under(store, noun, balancerId)) {
      if (part["_pool_id"] === pool.id) store.remove(KINDS[noun], part.id);
    }
  }
  for (const listener of under(store, "listener", balancerId)) {
    if (listener["default_pool_id"] === pool.id)
      store.update(KINDS.listener, listener.id, { default_pool_id: null });
  }
}

const NOUNS: readonly NounRoutes[] = [
  {
    noun: "loadbalancer",
    path: "/lbaas/loadbalancers",
    create: createLoadBalancer,
    beforeDelete: emptyLoadBalancer,
  },
  { noun: "listener", path: "/lbaas/listeners", create: createListener },
  { noun: "pool", path: "/lbaas/pools", create: createPool, beforeDelete: deletePoolParts },
  { noun: "member", path: "/lbaas/pools/:pool/members", create: createMember },
  { noun: "healthmonitor", path: "/lbaas/healthmonitors", create: createMonitor },
];

const status = (request: Request, store: Store): Reply => ({
  status: 200,
  body: statusTree(find("loadbalancer", request.params["id"] ?? "", request, store), store),
});

const providers = [
  { name: "amphora", description: "The Octavia Amphora driver." },
  { name: "octavia", description: "Deprecated alias of the Octavia Amphora driver." },
  { name: "ovn", description: "Octavia OVN driver." },
];

const EXTRAS: readonly Route[] = [
  { method: "GET", pattern: "/lbaas/loadbalancers/:id/status", handler: status },
  { method: "GET", pattern: "/lbaas/loadbalancers/:id/statuses", handler: status },
  { method: "GET", pattern: "/lbaas/providers", handler: () => ({ status: 200, body: { providers } }) },
  { method: "GET", pattern: "/lbaas/flavors", handler: () => ({ status: 200, body: { flavors: [] } }) },
  {
    method: "GET",
    pattern: "/lbaas/flavors/:id",
    handler: ({ params }) => {
      throw new ApiError(404, `Flavor ${params["id"]} not found.`);
    },
  },
  {
    method: "GET",
    pattern: "/lbaas/availabilityzones",
    handler: () => ({ status: 200, body: { availability_zones: [] } }),
  },
  ...quotaRoutes,
];

/** Clients ask under `/v2.0` and, after discovery, under `/v2`. */
function inVersions(routes: readonly Route[]): Route[] {
  return ["/v2.0", "/v2"].flatMap((version) =>
    routes.map((route) => ({ ...route, pattern: version + route.pattern })),
  );
}

const versions = ({ baseUrl }: Request): Reply => ({
  status: 200,
  body: {
    versions: ["v2.0", "v2.26"].map((id) => ({
      id,
      status: id === "v2.26" ? "CURRENT" : "SUPPORTED",
      updated: "2023-04-05T00:00:00Z",
      links: [{ rel: "self", href: `${baseUrl}${PREFIX}/v2` }],
    })),
  },
});

export const octavia: Service = {
  name: "octavia",
  type: "load-balancer",
  prefix: PREFIX,
  routes: [
    { method: "GET", pattern: "/", handler: versions, anonymous: true },
    ...inVersions([...NOUNS.flatMap(routesOf), ...EXTRAS]),
  ],
  error: (status, message) => ({
    faultcode: status >= 500 ? "Server" : "Client",
    faultstring: message,
    debuginfo: null,
  }),
};
