/** Pools: the machines behind a listener, as one. */
import { ApiError, type Request, type Resource, type Store } from "../api";
import { check, text, unwrap } from "../requests";
import { insert, NO_TLS, type Collection } from "./collection";
import { invalid, refuseForProvider, refusePersistence, refusePool } from "./protocols";
import * as schemas from "./schemas";
import { find, inPool, KINDS, listenersOf, PART_MS, refuseWhilePending } from "./tree";

const WHOLE_PERSISTENCE = {
  cookie_name: null,
  persistence_timeout: null,
  persistence_granularity: null,
};

function persistenceOf(wish: object | null | undefined): object | null {
  return wish == null ? null : { ...WHOLE_PERSISTENCE, ...wish };
}

function create(request: Request, store: Store): Resource {
  const values = check(schemas.pool, unwrap(request, "pool"), schemas.inOctaviasWords("pool"));
  const { loadbalancer_id, listener_id, project_id: _, tenant_id: __, ...shown } = values;
  const listener = listener_id === undefined ? undefined : find("listener", listener_id, request, store);
  const balancerId = loadbalancer_id ?? text(listener?.["_loadbalancer_id"]);
  if (balancerId === "") throw invalid("Must provide at least one of: loadbalancer_id, listener_id");
  const balancer = find("loadbalancer", balancerId, request, store);
  if (listener !== undefined) refusePool(text(listener["protocol"]), values.protocol);
  refusePersistence(values.protocol, values.session_persistence);
  refuseForProvider(balancer, { protocol: values.protocol, algorithm: values.lb_algorithm });
  if (listener?.["default_pool_id"] != null)
    throw new ApiError(409, "This listener already has a default pool");
  refuseWhilePending("pool", balancer);
  const pool = insert(store, text(balancer.project_id), "pool", {
    ...NO_TLS,
    tls_enabled: false,
    tls_container_ref: null,
    ca_tls_container_ref: null,
    crl_container_ref: null,
    ...shown,
    session_persistence: persistenceOf(values.session_persistence),
    _loadbalancer_id: balancer.id,
  });
  if (listener !== undefined) store.update(KINDS.listener, listener.id, { default_pool_id: pool.id });
  return pool;
}

export const pools: Collection = {
  noun: "pool",
  path: "/lbaas/pools",
  create,
  beforeUpdate(pool, changes, request, store) {
    const balancer = find("loadbalancer", text(pool["_loadbalancer_id"]), request, store);
    const { session_persistence, lb_algorithm } = changes as {
      session_persistence?: { type: string };
      lb_algorithm?: string;
    };
    refusePersistence(text(pool["protocol"]), session_persistence);
    refuseForProvider(balancer, { algorithm: lb_algorithm });
  },
  goesWith(pool, _, store) {
    for (const listener of listenersOf(store, pool.id)) {
      store.later(KINDS.listener, listener.id, PART_MS, { default_pool_id: null });
    }
    return (["member", "healthmonitor"] as const).flatMap((noun) =>
      inPool(store, noun, pool.id).map((part) => [noun, part] as const),
    );
  },
};
