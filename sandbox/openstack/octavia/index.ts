/** Octavia v2: load balancers whose parts change one at a time. */
import type { Reply, Request, Route, Service, Store } from "../api";
import { catalogueRoutes } from "./catalogue";
import { collectionRoutes, PREFIX } from "./collection";
import { listeners } from "./listeners";
import { loadBalancers } from "./loadBalancers";
import { members, replaceMembers } from "./members";
import { monitors } from "./monitors";
import { pools } from "./pools";
import { quotaRoutes } from "./quotas";
import { find, LOOKUP } from "./tree";
import { statusTree } from "./view";

function status(request: Request, store: Store): Reply {
  const balancer = find("loadbalancer", request.params["id"] ?? "", request, store);
  return { status: 200, body: statusTree(balancer, store) };
}

/** No traffic runs through a simulation. */
const NO_TRAFFIC = {
  active_connections: 0,
  bytes_in: 0,
  bytes_out: 0,
  request_errors: 0,
  total_connections: 0,
};

function stats(noun: "loadbalancer" | "listener") {
  return (request: Request, store: Store): Reply => {
    find(noun, request.params["id"] ?? "", request, store);
    return { status: 200, body: { stats: NO_TRAFFIC } };
  };
}

const EXTRAS: readonly Route[] = [
  { method: "GET", pattern: "/lbaas/loadbalancers/:id/status", handler: status },
  { method: "GET", pattern: "/lbaas/loadbalancers/:id/statuses", handler: status },
  { method: "GET", pattern: "/lbaas/loadbalancers/:id/stats", handler: stats("loadbalancer") },
  { method: "GET", pattern: "/lbaas/listeners/:id/stats", handler: stats("listener") },
  { method: "PUT", pattern: members.path, handler: replaceMembers },
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
    ...inVersions([
      ...[loadBalancers, listeners, pools, members, monitors].flatMap(collectionRoutes),
      ...EXTRAS,
      ...catalogueRoutes,
      ...quotaRoutes,
    ]),
  ],
  error: (status, message, kind) =>
    kind === LOOKUP
      ? { code: status, title: "Bad Request", description: message }
      : { faultcode: status >= 500 ? "Server" : "Client", faultstring: message, debuginfo: null },
};
