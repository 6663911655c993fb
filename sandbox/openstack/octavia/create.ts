/** Making load balancers and their parts, with Octavia's refusals. */
import type { z } from "zod";
import { ApiError, type Request, type Resource, type Store } from "../api";
import { dropPort, makePort } from "../network/ports";
import { check, owns, text, unwrap } from "../requests";
import { refuseOverQuota } from "./quotas";
import * as schemas from "./schemas";
import { balancerOf, begin, find, KINDS, refuseWhilePending, under, type Noun } from "./tree";

const now = () => new Date().toISOString().slice(0, 19);

function insert(store: Store, request: Request, noun: Noun, values: object): Resource {
  refuseOverQuota(store, request.caller.projectId, noun);
  const { projectId } = request.caller;
  return store.insert(KINDS[noun], {
    operating_status: "OFFLINE",
    created_at: now(),
    updated_at: null,
    ...values,
    tenant_id: projectId,
    project_id: projectId,
  });
}

interface Vip {
  readonly portId: string;
  readonly networkId: string;
  readonly subnetId: string | null;
  readonly address: string;
  readonly owned: boolean;
}

function describeVip(port: Resource, owned: boolean): Vip {
  const [fixed] = port["fixed_ips"] as { subnet_id: string; ip_address: string }[];
  return {
    portId: port.id,
    networkId: text(port["network_id"]),
    subnetId: fixed?.subnet_id ?? null,
    address: fixed?.ip_address ?? "",
    owned,
  };
}

function visible(store: Store, kind: string, id: string, title: string, request: Request): Resource {
  const object = store.get(kind, id);
  // Octavia calls what the user named but Neutron does not show a fault of the request.
  if (object === undefined || !(owns(request.caller, object) || object["shared"] === true))
    throw new ApiError(400, `${title} ${id} not found.`);
  return object;
}

type VipWish = Pick<
  z.output<typeof schemas.loadbalancer>,
  `vip_${"port_id" | "subnet_id" | "network_id" | "address"}`
>;

/** The port that carries the address: the user's, or one that Octavia makes and owns. */
function chooseVip(store: Store, request: Request, id: string, wish: VipWish): Vip {
  const { vip_port_id, vip_subnet_id, vip_network_id, vip_address } = wish;
  if (vip_port_id !== undefined)
    return describeVip(visible(store, "network.ports", vip_port_id, "Port", request), false);
  const subnet =
    vip_subnet_id === undefined
      ? undefined
      : visible(store, "network.subnets", vip_subnet_id, "Subnet", request);
  const networkId = vip_network_id ?? text(subnet?.["network_id"]);
  if (networkId === "")
    throw new ApiError(
      400,
      "Validation failure: VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.",
    );
  visible(store, "network.networks", networkId, "Network", request);
  const fixed = { ...(subnet && { subnet_id: subnet.id }), ...(vip_address && { ip_address: vip_address }) };
  const port = makePort(store, request.caller.projectId, {
    network_id: networkId,
    name: `octavia-lb-${id}`,
    device_id: `lb-${id}`,
    device_owner: "Octavia",
    fixed_ips: Object.keys(fixed).length === 0 ? undefined : [fixed],
  });
  return describeVip(port, true);
}

export function createLoadBalancer(request: Request, store: Store): Resource {
  const values = check(schemas.loadbalancer, unwrap(request, "loadbalancer"), schemas.inOctaviasWords);
  const balancer = insert(store, request, "loadbalancer", { ...values, listeners: [], pools: [] });
  let vip: Vip;
  try {
    vip = chooseVip(store, request, balancer.id, values);
  } catch (error) {
    store.remove(KINDS.loadbalancer, balancer.id);
    throw error;
  }
  store.update(KINDS.loadbalancer, balancer.id, {
    vip_port_id: vip.portId,
    vip_network_id: vip.networkId,
    vip_subnet_id: vip.subnetId,
    vip_address: vip.address,
    vip_qos_policy_id: values.vip_qos_policy_id ?? null,
    flavor_id: values.flavor_id ?? null,
    availability_zone: values.availability_zone ?? null,
    _owns_port: vip.owned,
    provisioning_status: "PENDING_CREATE",
  });
  return begin(store, "loadbalancer", balancer, balancer, "CREATE");
}

/** The address goes with the load balancer when Octavia made its port. */
export function releaseVip(store: Store, balancer: Resource): void {
  const port = store.get("network.ports", text(balancer["vip_port_id"]));
  if (balancer["_owns_port"] === true && port !== undefined) dropPort(store, port);
}

function duplicate(message: string): ApiError {
  return new ApiError(409, message);
}

export function createListener(request: Request, store: Store): Resource {
  const values = check(schemas.listener, unwrap(request, "listener"), schemas.inOctaviasWords);
  const balancer = find("loadbalancer", values.loadbalancer_id, request, store);
  refuseWhilePending(balancer);
  if (balancer["provider"] === "ovn" && (values.allowed_cidrs ?? []).length > 0)
    throw new ApiError(
      501,
      "Provider 'ovn' does not support a requested option: OVN provider does not support allowed_cidrs option",
    );
  const { protocol, protocol_port } = values;
  const layer = protocol === "UDP" ? "UDP" : "TCP";
  const taken = under(store, "listener", balancer.id).some(
    (other) =>
      other["protocol_port"] === protocol_port && (other["protocol"] === "UDP" ? "UDP" : "TCP") === layer,
  );
  if (taken)
    throw duplicate(
      `Another Listener on this Load Balancer is already using protocol ${protocol} and protocol_port ${protocol_port}`,
    );
  const { loadbalancer_id: _, ...shown } = values;
  const listener = insert(store, request, "listener", {
    ...shown,
    allowed_cidrs: values.allowed_cidrs ?? null,
    default_pool_id: values.default_pool_id ?? null,
    default_tls_container_ref: values.default_tls_container_ref ?? null,
    _loadbalancer_id: balancer.id,
  });
  return begin(store, "listener", listener, balancer, "CREATE");
}

export function createPool(request: Request, store: Store): Resource {
  const values = check(schemas.pool, unwrap(request, "pool"), schemas.inOctaviasWords);
  const listener =
    values.listener_id === undefined ? undefined : find("listener", values.listener_id, request, store);
  const parent = listener?.["_loadbalancer_id"] ?? values.loadbalancer_id;
  if (parent === undefined)
    throw new ApiError(400, "Must provide at least one of: loadbalancer_id, listener_id.");
  const balancer = find("loadbalancer", text(parent), request, store);
  refuseWhilePending(balancer);
  if (listener?.["default_pool_id"] != null)
    throw duplicate(
      `Listener ${listener.id} already has a default pool ${text(listener["default_pool_id"])}.`,
    );
  if (balancer["provider"] === "ovn" && values.lb_algorithm !== "SOURCE_IP_PORT")
    throw new ApiError(
      501,
      `Provider 'ovn' does not support a requested option: OVN provider does not support ${values.lb_algorithm} algorithm`,
    );
  const { loadbalancer_id: _, listener_id: __, ...shown } = values;
  const pool = insert(store, request, "pool", {
    ...shown,
    session_persistence: values.session_persistence ?? null,
    _loadbalancer_id: balancer.id,
  });
  if (listener !== undefined) store.update(KINDS.listener, listener.id, { default_pool_id: pool.id });
  return begin(store, "pool", pool, balancer, "CREATE");
}

export function createMember(request: Request, store: Store): Resource {
  const pool = find("pool", request.params["pool"] ?? "", request, store);
  const balancer = balancerOf(pool, request, store);
  const values = check(schemas.member, unwrap(request, "member"), schemas.inOctaviasWords);
  if (values.subnet_id != null) visible(store, "network.subnets", values.subnet_id, "Subnet", request);
  refuseWhilePending(balancer);
  const same = under(store, "member", balancer.id).some(
    (other) =>
      other["_pool_id"] === pool.id &&
      other["address"] === values.address &&
      other["protocol_port"] === values.protocol_port,
  );
  if (same)
    throw duplicate(
      `Another member on this pool is already using ip ${values.address} on protocol_port ${values.protocol_port}`,
    );
  const member = insert(store, request, "member", {
    ...values,
    subnet_id: values.subnet_id ?? null,
    monitor_address: values.monitor_address ?? null,
    monitor_port: values.monitor_port ?? null,
    _pool_id: pool.id,
    _loadbalancer_id: balancer.id,
  });
  return begin(store, "member", member, balancer, "CREATE");
}

export function createMonitor(request: Request, store: Store): Resource {
  const values = check(schemas.healthmonitor, unwrap(request, "healthmonitor"), schemas.inOctaviasWords);
  const pool = find("pool", values.pool_id, request, store);
  const balancer = balancerOf(pool, request, store);
  refuseWhilePending(balancer);
  if (under(store, "healthmonitor", balancer.id).some((other) => other["_pool_id"] === pool.id))
    throw duplicate("This pool already has a health monitor");
  const { pool_id: _, ...shown } = values;
  const isHttp = values.type.startsWith("HTTP");
  const monitor = insert(store, request, "healthmonitor", {
    ...shown,
    http_method: values.http_method ?? (isHttp ? "GET" : null),
    url_path: values.url_path ?? (isHttp ? "/" : null),
    expected_codes: values.expected_codes ?? (isHttp ? "200" : null),
    domain_name: values.domain_name ?? null,
    http_version: values.http_version ?? null,
    _pool_id: pool.id,
    _loadbalancer_id: balancer.id,
  });
  return begin(store, "healthmonitor", monitor, balancer, "CREATE");
}
