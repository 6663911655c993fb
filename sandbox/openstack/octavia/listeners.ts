/** Listeners: the ports on which a load balancer takes connections. */
import { ApiError, type Request, type Resource, type Store } from "../api";
import { check, text, texts, unwrap } from "../requests";
import { insert, NO_TLS, type Collection } from "./collection";
import { invalid, refuseForProvider, refusePool, transportOf } from "./protocols";
import * as schemas from "./schemas";
import { find, KINDS, refuseWhilePending, under } from "./tree";
import { openListeners } from "./vip";

/** @throws ApiError 404 for a pool that is not one of this load balancer */
function refuseDefaultPool(store: Store, balancer: Resource, poolId: unknown, protocol: string): void {
  if (poolId == null) return;
  const pool = under(store, "pool", balancer.id).find(({ id }) => id === poolId);
  if (pool === undefined) throw new ApiError(404, `Pool ${text(poolId)} not found.`);
  refusePool(protocol, text(pool["protocol"]));
}

function refuseForeignCidrs(balancer: Resource, cidrs: unknown): void {
  const vip = text(balancer["vip_address"]);
  const foreign = texts(cidrs).find((cidr) => cidr.includes(":") !== vip.includes(":"));
  if (foreign !== undefined)
    throw invalid(`CIDR ${foreign} IP version incompatible with VIP ${vip} IP version.`);
}

interface TlsWish {
  readonly protocol: string;
  readonly default_tls_container_ref?: string | null;
  readonly sni_container_refs: readonly string[];
  readonly insert_headers: Record<string, string>;
}

function refuseTlsAndHeaders({ protocol, insert_headers, ...refs }: TlsWish): void {
  const hasRefs = Boolean(refs.default_tls_container_ref) || refs.sni_container_refs.length > 0;
  if (Object.keys(insert_headers).length > 0 && !["HTTP", "TERMINATED_HTTPS"].includes(protocol))
    throw new ApiError(400, `insert-headers is not a valid option for a ${protocol} protocol listener.`);
  if (protocol === "TERMINATED_HTTPS" && !hasRefs)
    throw invalid(
      "An SNI or default certificate container reference must be provided for TERMINATED_HTTPS protocol listeners.",
    );
  if (hasRefs && !["TERMINATED_HTTPS", "PROMETHEUS"].includes(protocol))
    throw invalid(`Certificate container references are not allowed on ${protocol} protocol listeners.`);
}

function refuseTakenPort(store: Store, balancer: Resource, protocol: string, port: number): void {
  const other = under(store, "listener", balancer.id).find(
    (listener) =>
      listener["protocol_port"] === port && transportOf(text(listener["protocol"])) === transportOf(protocol),
  );
  if (other === undefined) return;
  throw new ApiError(
    409,
    `Another Listener on this Load Balancer is already using protocol ${text(other["protocol"])} and protocol_port ${port}`,
  );
}

function create(request: Request, store: Store): Resource {
  const values = check(schemas.listener, unwrap(request, "listener"), schemas.inOctaviasWords("listener"));
  const { loadbalancer_id, project_id: _, tenant_id: __, ...shown } = values;
  const { protocol, protocol_port, default_pool_id = null, allowed_cidrs = null } = values;
  const balancer = find("loadbalancer", loadbalancer_id, request, store);
  refuseDefaultPool(store, balancer, default_pool_id, protocol);
  refuseForProvider(balancer, { protocol, allowedCidrs: allowed_cidrs });
  refuseWhilePending("listener", balancer);
  refuseTlsAndHeaders(values);
  refuseTakenPort(store, balancer, protocol, protocol_port);
  refuseForeignCidrs(balancer, allowed_cidrs);
  return insert(store, text(balancer.project_id), "listener", {
    ...NO_TLS,
    client_authentication: "NONE",
    client_ca_tls_container_ref: null,
    client_crl_container_ref: null,
    ...shown,
    allowed_cidrs,
    default_pool_id,
    default_tls_container_ref: values.default_tls_container_ref ?? null,
    _loadbalancer_id: balancer.id,
  });
}

export const listeners: Collection = {
  noun: "listener",
  path: "/lbaas/listeners",
  create,
  beforeUpdate(listener, changes, request, store) {
    const balancer = find("loadbalancer", text(listener["_loadbalancer_id"]), request, store);
    refuseDefaultPool(store, balancer, changes["default_pool_id"], text(listener["protocol"]));
    refuseForeignCidrs(balancer, changes["allowed_cidrs"]);
    refuseForProvider(balancer, { allowedCidrs: changes["allowed_cidrs"] });
    refuseTlsAndHeaders({ ...(listener as unknown as TlsWish), ...changes });
  },
  afterChange(listener, store) {
    const balancer = store.get(KINDS.loadbalancer, text(listener["_loadbalancer_id"]));
    if (balancer !== undefined) openListeners(store, balancer);
  },
};
