/** Interfaces of routers in subnets: `add_router_interface`, `remove_router_interface`. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Resource, type Route, type Store } from "../api";
import { check, owns, text } from "../requests";
import { contains, overlap, parseAddress, parseCidr } from "./addresses";
import { badRequest, conflict, inNeutronsWords, touched } from "./collection";
import { fixedIpsOf } from "./fixedIps";
import { dropPort, makePort, PORTS } from "./portCreation";
import { INTERFACE_OWNER, portsOf, ROUTERS } from "./routers";
import { SUBNETS } from "./subnets";

const schema = z.strictObject({ subnet_id: z.string().optional(), port_id: z.string().optional() });

function find(store: Store, request: Request, kind: string, id: string, type: string): Resource {
  const object = store.get(kind, id);
  if (object === undefined || !owns(request.caller, object)) {
    throw new ApiError(
      404,
      `${type} ${id} could not be found${type === "Router" ? "" : "."}`,
      `${type}NotFound`,
    );
  }
  return object;
}

function badRouterRequest(reason: string): ApiError {
  return badRequest("BadRequest", `Bad router request: ${reason}.`);
}

/** Two interfaces on the same addresses would make routing ambiguous. */
function refuseOverlap(store: Store, router: Resource, subnet: Resource): void {
  const wanted = parseCidr(text(subnet["cidr"]));
  for (const { subnet_id } of portsOf(store, router.id, INTERFACE_OWNER).flatMap(fixedIpsOf)) {
    if (subnet_id === subnet.id) throw badRouterRequest(`Router already has a port on subnet ${subnet.id}`);
    const cidr = text(store.get(SUBNETS, subnet_id)?.["cidr"]);
    const taken = parseCidr(cidr);
    if (wanted && taken && overlap(wanted, taken)) {
      throw badRouterRequest(
        `Cidr ${text(subnet["cidr"])} of subnet ${subnet.id} overlaps with cidr ${cidr} of subnet ${subnet_id}`,
      );
    }
  }
}

function answer(router: Resource, port: Resource): Reply {
  const subnets = fixedIpsOf(port).map(({ subnet_id }) => subnet_id);
  return {
    status: 200,
    body: {
      id: router.id,
      tenant_id: router.project_id,
      port_id: port.id,
      network_id: port["network_id"],
      subnet_id: subnets[0],
      subnet_ids: subnets,
    },
  };
}

function addPort(store: Store, request: Request, router: Resource, portId: string): Resource {
  const port = find(store, request, PORTS, portId, "Port");
  if (text(port["device_id"]) !== "") {
    throw conflict(
      "PortInUse",
      `Unable to complete operation on port ${port.id} for network ${text(port["network_id"])}. Port already has an attached device ${text(port["device_id"])}.`,
    );
  }
  if (fixedIpsOf(port).length === 0) throw badRouterRequest(`Router port must have at least one fixed IP`);
  for (const { subnet_id } of fixedIpsOf(port))
    refuseOverlap(store, router, find(store, request, SUBNETS, subnet_id, "Subnet"));
  return store.update(PORTS, port.id, {
    device_id: router.id,
    device_owner: INTERFACE_OWNER,
    status: "ACTIVE",
    ...touched(port),
  });
}

function addSubnet(store: Store, request: Request, router: Resource, subnetId: string): Resource {
  const subnet = find(store, request, SUBNETS, subnetId, "Subnet");
  const address = text(subnet["gateway_ip"]);
  if (address === "") throw badRouterRequest("Subnet for router interface must have a gateway IP");
  refuseOverlap(store, router, subnet);
  return makePort(store, text(router.project_id), {
    network_id: text(subnet["network_id"]),
    fixed_ips: [{ subnet_id: subnet.id, ip_address: address }],
    device_id: router.id,
    device_owner: INTERFACE_OWNER,
  });
}

function add(request: Request, store: Store): Reply {
  const router = find(store, request, ROUTERS, request.params["id"] ?? "", "Router");
  const { subnet_id, port_id } = check(schema, request.body, inNeutronsWords);
  if ((subnet_id === undefined) === (port_id === undefined)) {
    throw badRouterRequest(
      port_id === undefined
        ? "Either subnet_id or port_id must be specified"
        : "Cannot specify both subnet-id and port-id",
    );
  }
  const port =
    port_id === undefined
      ? addSubnet(store, request, router, subnet_id ?? "")
      : addPort(store, request, router, port_id);
  return answer(router, port);
}

/** Floating IPs of machines behind an interface are unreachable without it. */
function refuseInUse(store: Store, router: Resource, port: Resource): void {
  for (const { subnet_id } of fixedIpsOf(port)) {
    const used = store.list("network.floatingips").some((floating) => {
      const target = store.get(PORTS, text(floating["port_id"]));
      return (
        floating["router_id"] === router.id &&
        target !== undefined &&
        fixedIpsOf(target).some(
          (fixed) => fixed.subnet_id === subnet_id && fixed.ip_address === floating["fixed_ip_address"],
        )
      );
    });
    if (used) {
      throw conflict(
        "RouterInterfaceInUseByFloatingIP",
        `Router interface for subnet ${subnet_id} on router ${router.id} cannot be deleted, as it is required by one or more floating IPs.`,
      );
    }
  }
}

/** What a route leads to would be out of reach. */
function refuseOnRoute(store: Store, router: Resource, port: Resource): void {
  const hops = (router["routes"] as { nexthop: string }[]).map(({ nexthop }) => parseAddress(nexthop));
  for (const { subnet_id } of fixedIpsOf(port)) {
    const range = parseCidr(text(store.get(SUBNETS, subnet_id)?.["cidr"]));
    if (range === undefined || !hops.some((hop) => hop !== undefined && contains(range, hop))) continue;
    throw conflict(
      "RouterInterfaceInUseByRoute",
      `Router interface for subnet ${subnet_id} on router ${router.id} cannot be deleted, as it is required by one or more routes.`,
    );
  }
}

function remove(request: Request, store: Store): Reply {
  const router = find(store, request, ROUTERS, request.params["id"] ?? "", "Router");
  const { subnet_id, port_id } = check(schema, request.body, inNeutronsWords);
  const interfaces = portsOf(store, router.id, INTERFACE_OWNER);
  const port = interfaces.find(({ id, fixed_ips }) =>
    port_id === undefined
      ? (fixed_ips as { subnet_id: string }[]).some((fixed) => fixed.subnet_id === subnet_id)
      : id === port_id,
  );
  if (port === undefined) {
    throw port_id === undefined
      ? new ApiError(
          404,
          `Router ${router.id} has no interface on subnet ${subnet_id}`,
          "RouterInterfaceNotFoundForSubnet",
        )
      : new ApiError(
          404,
          `Router ${router.id} does not have an interface with id ${port_id}`,
          "RouterInterfaceNotFound",
        );
  }
  refuseInUse(store, router, port);
  refuseOnRoute(store, router, port);
  const reply = answer(router, port);
  dropPort(store, port);
  return reply;
}

export const routerInterfaceRoutes: Route[] = [
  { method: "PUT", pattern: "/v2.0/routers/:id/add_router_interface", handler: add },
  { method: "PUT", pattern: "/v2.0/routers/:id/remove_router_interface", handler: remove },
];
