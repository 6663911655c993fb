/** Routers with their external gateway; their inner interfaces are in routerInterfaces. */
import { z } from "zod";
import { ApiError, type Request, type Resource, type Store } from "../api";
import { isAdmin, text } from "../requests";
import { parseAddress, parseCidr } from "./addresses";
import {
  badRequest,
  born,
  commonChanges,
  commonFields,
  conflict,
  forbidden,
  given,
  type Collection,
} from "./collection";
import { fixedIpsOf } from "./fixedIps";
import { NETWORKS } from "./networks";
import { makePort, PORTS } from "./portCreation";
import { refuseOverQuota } from "./quotas";

export const ROUTERS = "network.routers";
export const INTERFACE_OWNER = "network:router_interface";
const GATEWAY_OWNER = "network:router_gateway";

const gateway = z.strictObject({
  network_id: z.string().optional(),
  enable_snat: z.boolean().optional(),
  external_fixed_ips: z
    .array(z.strictObject({ subnet_id: z.string().optional(), ip_address: z.string().optional() }))
    .optional(),
  qos_policy_id: z.string().nullable().optional(),
});
const route = z.strictObject({
  destination: z.string().refine((value) => parseCidr(value) !== undefined, {
    error: ({ input }) => `'${String(input)}' is not a valid CIDR`,
  }),
  nexthop: z.string().refine((value) => parseAddress(value) !== undefined, {
    error: ({ input }) => `'${String(input)}' is not a valid IP address`,
  }),
});

const changeable = {
  admin_state_up: z.boolean(),
  external_gateway_info: gateway.nullable(),
  routes: z.array(route),
  distributed: z.boolean(),
};

const createSchema = z.strictObject({
  ...commonFields,
  admin_state_up: changeable.admin_state_up.default(true),
  external_gateway_info: changeable.external_gateway_info.optional(),
  distributed: changeable.distributed.optional(),
  ha: z.boolean().optional(),
  flavor_id: z.string().nullable().optional(),
  availability_zone_hints: z.array(z.string()).default([]),
});

const updateSchema = z.strictObject({ ...commonChanges, ...z.object(changeable).partial().shape });

type Gateway = z.output<typeof gateway>;

/** By Neutron's own policy, members may say where the gateway leads and nothing else. */
function refuseAdminOnly(
  wish: { distributed?: boolean; ha?: boolean; external_gateway_info?: Gateway | null },
  { caller }: Request,
  action: "create" | "update",
): void {
  if (isAdmin(caller)) return;
  const verb = `${action}_router`;
  for (const key of ["distributed", "ha"] as const)
    if (wish[key] !== undefined) throw forbidden(verb, `${verb}:${key}`);
  const key = `${verb}:external_gateway_info`;
  if (wish.external_gateway_info?.enable_snat === undefined) return;
  const message = `(rule:${verb} and (rule:${key} and (rule:${key}:network_id and rule:${key}:enable_snat))) is disallowed by policy`;
  throw new ApiError(403, message, "PolicyNotAuthorized");
}

export function portsOf(store: Store, routerId: string, owner: string): Resource[] {
  return store.list(PORTS).filter((port) => port["device_id"] === routerId && port["device_owner"] === owner);
}

export function gatewayPort(store: Store, routerId: string): Resource | undefined {
  return portsOf(store, routerId, GATEWAY_OWNER)[0];
}

export function externalNetwork(store: Store, id: string): Resource {
  const network = store.get(NETWORKS, id);
  if (network === undefined) throw new ApiError(404, `Network ${id} could not be found.`, "NetworkNotFound");
  if (network["router:external"] !== true) {
    throw badRequest("BadRequest", `Bad router request: Network ${id} is not an external network.`);
  }
  return network;
}

/** Floating IPs reach their ports through the gateway, so it must stay as long as one is in use. */
function dropGateway(store: Store, router: Resource, port: Resource): void {
  if (store.list("network.floatingips").some(({ router_id }) => router_id === router.id)) {
    throw conflict(
      "RouterExternalGatewayInUseByFloatingIp",
      `Gateway cannot be updated for router ${router.id}, since a gateway to external network ${text(port["network_id"])} is required by one or more floating IPs.`,
    );
  }
  store.remove(PORTS, port.id);
}

/** Brings the gateway port to what is wanted, and returns what the router remembers. */
function setGateway(store: Store, router: Resource, wanted: Gateway | null): Record<string, unknown> {
  const port = gatewayPort(store, router.id);
  const networkId = wanted?.network_id;
  if (wanted === null || networkId === undefined) {
    if (port !== undefined) dropGateway(store, router, port);
    return { _enable_snat: true };
  }
  externalNetwork(store, networkId);
  const moved =
    port !== undefined && (port["network_id"] !== networkId || wanted.external_fixed_ips !== undefined);
  if (port !== undefined && moved) dropGateway(store, router, port);
  if (port === undefined || moved) {
    makePort(store, "", {
      network_id: networkId,
      fixed_ips: wanted.external_fixed_ips,
      device_owner: GATEWAY_OWNER,
      device_id: router.id,
    });
  }
  return { _enable_snat: wanted.enable_snat ?? true };
}

function gatewayInfo(router: Resource, store: Store): unknown {
  const port = gatewayPort(store, router.id);
  return port === undefined
    ? null
    : {
        network_id: port["network_id"],
        enable_snat: router["_enable_snat"],
        external_fixed_ips: fixedIpsOf(port),
      };
}

function checkRoutes(store: Store, router: Resource, routes: z.output<typeof route>[]): void {
  const attached = store.list(PORTS).filter((port) => port["device_id"] === router.id);
  const subnets = attached
    .flatMap(fixedIpsOf)
    .map(({ subnet_id }) => store.get("network.subnets", subnet_id));
  for (const { destination, nexthop } of routes) {
    const hop = parseAddress(nexthop);
    const reachable = subnets.some((subnet) => {
      const range = parseCidr(text(subnet?.["cidr"]));
      return (
        range && hop && range.version === hop.version && range.first <= hop.value && hop.value <= range.last
      );
    });
    if (!reachable) {
      throw badRequest(
        "InvalidRoutes",
        `Invalid format for routes: [{'destination': '${destination}', 'nexthop': '${nexthop}'}], the nexthop is not connected with router`,
      );
    }
  }
}

export const routers: Collection<typeof createSchema, typeof updateSchema> = {
  plural: "routers",
  singular: "router",
  type: "Router",
  notFound: (id) => `Router ${id} could not be found`,
  createSchema,
  updateSchema,
  view: (router, store, caller) => ({
    external_gateway_info: gatewayInfo(router, store),
    // How a router is spread is for administrators only; to others the attributes do not exist.
    ...(isAdmin(caller) ? {} : { distributed: undefined, ha: undefined }),
  }),

  create(
    { tenant_id: _, project_id: __, external_gateway_info, ...values },
    request: Request,
    store,
    projectId,
  ) {
    refuseAdminOnly({ ...values, external_gateway_info }, request, "create");
    refuseOverQuota(store, projectId, "router");
    if (external_gateway_info?.network_id !== undefined)
      externalNetwork(store, external_gateway_info.network_id);
    const router = store.insert(ROUTERS, {
      distributed: false,
      ha: false,
      flavor_id: null,
      ...values,
      ...born(projectId),
      status: "ACTIVE",
      routes: [],
      availability_zones: ["nova"],
      _enable_snat: true,
    });
    try {
      return store.update(ROUTERS, router.id, setGateway(store, router, external_gateway_info ?? null));
    } catch (error) {
      // A refused gateway must not leave a router behind that nobody knows of.
      store.remove(ROUTERS, router.id);
      throw error;
    }
  },

  update(router, { external_gateway_info, ...values }, request, store) {
    refuseAdminOnly({ ...values, external_gateway_info }, request, "update");
    if (values.routes !== undefined) checkRoutes(store, router, values.routes);
    const gatewayChanges =
      external_gateway_info === undefined ? {} : setGateway(store, router, external_gateway_info);
    return { ...given(values), ...gatewayChanges };
  },

  remove(router, _, store) {
    const attached = portsOf(store, router.id, INTERFACE_OWNER).map(({ id }) => id);
    if (attached.length > 0) {
      throw conflict("RouterInUse", `Router ${router.id} has ports still attached: ${attached.join(", ")}`);
    }
    const port = gatewayPort(store, router.id);
    if (port !== undefined) dropGateway(store, router, port);
    store.remove(ROUTERS, router.id);
  },
};
