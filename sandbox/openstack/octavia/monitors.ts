/** Health monitors: how a pool finds out which members answer. */
import { ApiError, type Request, type Resource, type Store } from "../api";
import { check, text, unwrap } from "../requests";
import { insert, type Collection } from "./collection";
import { refuseForProvider, refuseMonitor } from "./protocols";
import * as schemas from "./schemas";
import { balancerOf, find, inPool, refuseWhilePending } from "./tree";

function create(request: Request, store: Store): Resource {
  const values = check(
    schemas.healthmonitor,
    unwrap(request, "healthmonitor"),
    schemas.inOctaviasWords("healthmonitor"),
  );
  const { pool_id, project_id: _, tenant_id: __, ...shown } = values;
  const pool = find("pool", pool_id, request, store);
  const balancer = balancerOf(pool, request, store);
  refuseMonitor(text(pool["protocol"]), values.type, values);
  refuseForProvider(balancer, { monitor: values.type });
  refuseWhilePending("healthmonitor", balancer, pool);
  if (inPool(store, "healthmonitor", pool.id).length > 0)
    throw new ApiError(409, "This pool already has a health monitor");
  const isHttp = ["HTTP", "HTTPS"].includes(values.type);
  return insert(store, text(pool.project_id), "healthmonitor", {
    ...shown,
    http_method: values.http_method ?? (isHttp ? "GET" : null),
    url_path: values.url_path ?? (isHttp ? "/" : null),
    expected_codes: values.expected_codes ?? (isHttp ? "200" : null),
    domain_name: values.domain_name ?? null,
    http_version: values.http_version ?? null,
    _pool_id: pool.id,
    _loadbalancer_id: balancer.id,
  });
}

export const monitors: Collection = {
  noun: "healthmonitor",
  path: "/lbaas/healthmonitors",
  create,
  beforeUpdate(monitor, changes, request, store) {
    const pool = find("pool", text(monitor["_pool_id"]), request, store);
    refuseMonitor(text(pool["protocol"]), text(monitor["type"]), changes);
  },
};
