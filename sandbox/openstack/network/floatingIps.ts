/** Floating IPs. */
import { z } from "zod";
import { ApiError, type Request, type Resource, type Store } from "../api";
import { isAdmin, owns, text } from "../requests";
import { badRequest, born, conflict, forbidden, given, type Collection } from "./collection";
import { fixedIpsOf, type FixedIp } from "./fixedIps";
import { NETWORKS } from "./networks";
import { dropPort, makePort, PORTS } from "./portCreation";
import { refuseOverQuota } from "./quotas";
import { gatewayPort, INTERFACE_OWNER } from "./routers";

export const FLOATING_IPS = "network.floatingips";

const association = { port_id: z.string().nullable(), fixed_ip_address: z.string().nullable() };
const createSchema = z.strictObject({
  description: z.string().max(255).default(""),
  tenant_id: z.string().optional(),
  project_id: z.string().optional(),
  floating_network_id: z.string(),
  subnet_id: z.string().optional(),
  floating_ip_address: z.string().optional(),
  port_id: association.port_id.optional(),
  fixed_ip_address: association.fixed_ip_address.optional(),
  dns_name: z.string().default(""),
  dns_domain: z.string().default(""),
  qos_policy_id: z.string().nullable().default(null),
});
const updateSchema = z.strictObject({
  description: z.string().max(255).optional(),
  port_id: association.port_id.optional(),
  fixed_ip_address: association.fixed_ip_address.optional(),
  qos_policy_id: z.string().nullable().optional(),
});

const RELEASED = { port_id: null, fixed_ip_address: null, router_id: null, status: "DOWN" };

interface Wish {
  readonly networkId: string;
  readonly portId: string;
  readonly fixedAddress?: string | null;
  /** The floating IP itself, which may stay where it is. */
  readonly floatingId?: string;
}

function targetAddress(port: Resource, wanted: string | null | undefined): FixedIp {
  const ipv4 = fixedIpsOf(port).filter(({ ip_address }) => ip_address.includes("."));
  const fixed = wanted == null ? ipv4[0] : ipv4.find(({ ip_address }) => ip_address === wanted);
  if (fixed === undefined) {
    throw badRequest(
      "BadRequest",
      wanted == null
        ? `Bad floatingip request: Cannot add floating IP to port ${port.id} that has no fixed IPv4 addresses.`
        : `Bad floatingip request: Port ${port.id} does not have fixed ip ${wanted}.`,
    );
  }
  if (wanted == null && ipv4.length > 1) {
    throw badRequest(
      "BadRequest",
      `Bad floatingip request: Port ${port.id} has multiple fixed IPv4 addresses. Must provide a specific IPv4 address when assigning a floating IP.`,
    );
  }
  return fixed;
}

/** The router between the port's subnet and the external network. */
function routerFor(store: Store, subnetId: string, networkId: string): string | undefined {
  return store
    .list(PORTS)
    .filter((port) => port["device_owner"] === INTERFACE_OWNER)
    .filter((port) => fixedIpsOf(port).some(({ subnet_id }) => subnet_id === subnetId))
    .map((port) => text(port["device_id"]))
    .find((routerId) => gatewayPort(store, routerId)?.["network_id"] === networkId);
}

function associate(store: Store, request: Request, wish: Wish): Record<string, unknown> {
  const port = store.get(PORTS, wish.portId);
  if (port === undefined || !owns(request.caller, port)) {
    throw new ApiError(404, `Port ${wish.portId} could not be found.`, "PortNotFound");
  }
  const fixed = targetAddress(port, wish.fixedAddress);
  const routerId = routerFor(store, fixed.subnet_id, wish.networkId);
  if (routerId === undefined) {
    throw new ApiError(
      404,
      `External network ${wish.networkId} is not reachable from subnet ${fixed.subnet_id}.  Therefore, cannot associate Port ${port.id} with a Floating IP.`,
      "ExternalGatewayForFloatingIPNotFound",
    );
  }
  const rival = store
    .list(FLOATING_IPS)
    .find(
      (other) =>
        other.id !== wish.floatingId &&
        other["port_id"] === port.id &&
        other["fixed_ip_address"] === fixed.ip_address &&
        other["floating_network_id"] === wish.networkId,
    );
  if (rival !== undefined) {
    throw conflict(
      "FloatingIPPortAlreadyAssociated",
      `Cannot associate floating IP ${text(rival["floating_ip_address"])} (${rival.id}) with port ${port.id} using fixed IP ${fixed.ip_address}, as that fixed IP already has a floating IP on external network ${wish.networkId}.`,
    );
  }
  return { port_id: port.id, fixed_ip_address: fixed.ip_address, router_id: routerId, status: "ACTIVE" };
}

function checkNetwork(store: Store, id: string): void {
  const network = store.get(NETWORKS, id);
  if (network === undefined) throw new ApiError(404, `Network ${id} could not be found.`, "NetworkNotFound");
  if (network["router:external"] !== true) {
    throw badRequest("BadRequest", `Bad floatingip request: Network ${id} is not a valid external network.`);
  }
}

function portDetails(floating: Resource, store: Store): unknown {
  const port = store.get(PORTS, text(floating["port_id"]));
  if (port === undefined) return null;
  const keys = ["name", "network_id", "mac_address", "admin_state_up", "status", "device_id", "device_owner"];
  return Object.fromEntries(keys.map((key) => [key, port[key]]));
}

export const floatingIps: Collection<typeof createSchema, typeof updateSchema> = {
  plural: "floatingips",
  singular: "floatingip",
  type: "FloatingIP",
  notFound: (id) => `Floating IP ${id} could not be found`,
  createSchema,
  updateSchema,
  view: (floating, store) => ({ port_details: portDetails(floating, store), port_forwardings: [] }),

  create(
    { tenant_id: _, project_id: __, subnet_id, floating_ip_address, ...values },
    request,
    store,
    projectId,
  ) {
    const { floating_network_id: networkId, port_id: portId, fixed_ip_address: fixedAddress } = values;
    checkNetwork(store, networkId);
    if (floating_ip_address !== undefined && !isAdmin(request.caller)) {
      throw forbidden("create_floatingip", "create_floatingip:floating_ip_address");
    }
    refuseOverQuota(store, projectId, "floatingip");
    const target = portId == null ? RELEASED : associate(store, request, { networkId, portId, fixedAddress });
    const chosen = { subnet_id, ip_address: floating_ip_address };
    const outer = makePort(store, "", {
      network_id: networkId,
      fixed_ips: subnet_id === undefined && floating_ip_address === undefined ? undefined : [chosen],
      device_owner: "network:floatingip",
    });
    const address = fixedIpsOf(outer).find(({ ip_address }) => ip_address.includes("."));
    const floating = store.insert(FLOATING_IPS, {
      ...values,
      ...target,
      ...born(projectId),
      floating_ip_address: address?.ip_address,
      _port_id: outer.id,
    });
    store.update(PORTS, outer.id, { device_id: floating.id });
    return floating;
  },

  update(floating, { port_id: portId, fixed_ip_address: fixedAddress, ...values }, request, store) {
    // Neutron takes a call without a port for letting go, as long as it speaks of the association at all.
    if (portId === undefined) return given(values);
    if (portId === null) return { ...given(values), ...RELEASED };
    const networkId = text(floating["floating_network_id"]);
    const target = associate(store, request, { networkId, portId, fixedAddress, floatingId: floating.id });
    return { ...given(values), ...target };
  },

  remove(floating, _, store) {
    const outer = store.get(PORTS, text(floating["_port_id"]));
    if (outer !== undefined) dropPort(store, outer);
    store.remove(FLOATING_IPS, floating.id);
  },
};
