/** Ports of servers: those that the caller made, and those that Nova makes. */
import { ApiError, type Request, type Resource, type Store } from "../api";
import { touched } from "../network/collection";
import { contains, parseAddress, parseCidr } from "../network/addresses";
import { fixedIpsOf } from "../network/fixedIps";
import { NETWORKS, subnetsOf } from "../network/networks";
import { dropPort, makePort, PORTS } from "../network/portCreation";
import { SECURITY_GROUPS } from "../network/securityGroups";
import { owns, text, texts } from "../requests";
import type { CreateServer } from "./serverSchema";

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** What to connect a server to: a port that is there, or a network to make one in. */
export type PlannedNic =
  | { readonly port: Resource }
  | { readonly network: Resource; readonly fixedIp?: string; readonly groups?: readonly string[] };

export function portsOfServer(store: Store, serverId: string): Resource[] {
  return store.list(PORTS).filter(({ device_id }) => device_id === serverId);
}

/**
 * @param unknown status for a port that is not there
 * @throws ApiError also 400 for one that has no address, 409 for one that is in use
 */
export function usablePort(store: Store, request: Request, id: string, unknown = 400): Resource {
  const port = store.get(PORTS, id);
  if (port === undefined || !owns(request.caller, port))
    throw new ApiError(unknown, `Port id ${id} could not be found.`);
  if (text(port["device_id"]) !== "") throw new ApiError(409, `Port ${id} is still in use.`);
  if (fixedIpsOf(port).length === 0)
    throw new ApiError(400, `Port ${id} requires a FixedIP in order to be used.`);
  return port;
}

function isReachable(request: Request, network: Resource): boolean {
  return owns(request.caller, network) || network["shared"] === true;
}

/** @throws ApiError 400 */
export function usableNetwork(store: Store, request: Request, id: string): Resource {
  if (!UUID.test(id))
    throw new ApiError(400, `Bad networks format: network uuid is not in proper format (${id})`);
  const network = store.get(NETWORKS, id);
  if (network === undefined || !(isReachable(request, network) || network["router:external"] === true)) {
    throw new ApiError(400, `Network ${id} could not be found.`);
  }
  if (!isReachable(request, network)) {
    throw new ApiError(403, `It is not allowed to create an interface on external network ${id}`);
  }
  if (subnetsOf(store, id).length === 0) {
    throw new ApiError(400, `Network ${id} requires a subnet in order to boot instances on.`);
  }
  return network;
}

/** Nova looks whether an address is free before it takes a server, and whether it exists when nobody waits. */
function refuseTaken(store: Store, network: Resource, address: string | undefined): void {
  const isTaken = store
    .list(PORTS)
    .filter(({ network_id }) => network_id === network.id)
    .some((port) => fixedIpsOf(port).some(({ ip_address }) => ip_address === address));
  if (address !== undefined && isTaken)
    throw new ApiError(400, `Fixed IP address ${address} is already in use on instance .`);
}

/** Why the network cannot give a server what it asked for; undefined when it can. */
export function misplaced(store: Store, nics: readonly PlannedNic[]): string | undefined {
  for (const nic of nics) {
    if ("port" in nic || nic.fixedIp === undefined) continue;
    const address = parseAddress(nic.fixedIp);
    const ranges = subnetsOf(store, nic.network.id).map(({ cidr }) => parseCidr(text(cidr)));
    if (address !== undefined && ranges.some((range) => range !== undefined && contains(range, address)))
      continue;
    return `Invalid input received: Fixed IP ${nic.fixedIp} is not a valid ip address for network ${nic.network.id}.`;
  }
  return undefined;
}

function groupIds(store: Store, request: Request, server: CreateServer): string[] | undefined {
  const own = store.list(SECURITY_GROUPS).filter(({ project_id }) => project_id === request.caller.projectId);
  return server.security_groups?.map(({ name }) => {
    const group = own.find((candidate) => candidate.id === name || candidate["name"] === name);
    if (group === undefined && name !== "default") {
      throw new ApiError(400, `Unable to find security_group with name or id '${name}'`);
    }
    return group?.id ?? "default";
  });
}

/** What a server will be connected to. @throws ApiError */
export function planNics(store: Store, request: Request, server: CreateServer): PlannedNic[] {
  const { networks } = server;
  if (networks === "none") return [];
  // Only the default group may be absent: Neutron makes it with the port.
  const groups = groupIds(store, request, server)?.filter((id) => id !== "default");
  const chosen = groups?.length === 0 ? undefined : groups;
  if (networks === undefined || networks === "auto" || networks.length === 0) {
    const own = store
      .list(NETWORKS)
      .filter((network) => isReachable(request, network) && network["router:external"] !== true);
    if (own.length > 1) {
      throw new ApiError(409, "Multiple possible networks found, use a Network ID to be more specific.");
    }
    return own.map(({ id }) => ({ network: usableNetwork(store, request, id), groups: chosen }));
  }
  return networks.map((nic) => {
    if (nic.port !== undefined) return { port: usablePort(store, request, nic.port) };
    const network = usableNetwork(store, request, nic.uuid ?? "");
    refuseTaken(store, network, nic.fixed_ip);
    return { network, fixedIp: nic.fixed_ip, groups: chosen };
  });
}

/** A server's name as a host may have it. */
export function hostnameOf(server: Resource): string {
  const chosen = text(server["_hostname"]);
  if (chosen !== "") return chosen;
  const name = text(server["name"])
    .replace(/[ _]/g, "-")
    .replace(/[^\w.-]/g, "")
    .toLowerCase();
  return name.replace(/^[.-]+|[.-]+$/g, "").slice(0, 63) || `server-${server.id}`;
}

/** Connects a server; the port is marked as its own from now on. */
export function connect(store: Store, server: Resource, nic: PlannedNic): Resource {
  const zone = text(server["OS-EXT-AZ:availability_zone"]) || "nova";
  const binding = {
    device_id: server.id,
    device_owner: `compute:${zone}`,
    "binding:host_id": server["_host"],
    // Neutron's names follow the machines'.
    dns_name: hostnameOf(server),
  };
  if ("port" in nic) return store.update(PORTS, nic.port.id, { ...binding, ...touched(nic.port) });
  return makePort(store, text(server.project_id), {
    network_id: nic.network.id,
    fixed_ips: nic.fixedIp === undefined ? undefined : [{ ip_address: nic.fixedIp }],
    security_groups: nic.groups,
    ...binding,
    _made_by_nova: true,
  });
}

/** Lets a port go: one that Nova made is deleted, one of the caller stays and can be used again. */
export function disconnect(store: Store, port: Resource, afterMs: number): void {
  if (port["_made_by_nova"] === true) {
    // At once, since a floating IP on it has to let go too.
    dropPort(store, port);
    return;
  }
  store.later(PORTS, port.id, afterMs, {
    device_id: "",
    device_owner: "",
    dns_name: "",
    "binding:host_id": "",
    status: "DOWN",
  });
}

/** `addresses` of a server: its ports by network name, with their floating IPs. */
export function addressesOf(store: Store, serverId: string): Record<string, unknown[]> {
  const addresses: Record<string, unknown[]> = {};
  const floatingIps = store.list("network.floatingips");
  for (const port of portsOfServer(store, serverId)) {
    const network = text(store.get(NETWORKS, text(port["network_id"]))?.["name"]);
    const list = (addresses[network] ??= []);
    const entry = (addr: string, type: string) => ({
      version: addr.includes(":") ? 6 : 4,
      addr,
      "OS-EXT-IPS:type": type,
      "OS-EXT-IPS-MAC:mac_addr": port["mac_address"],
    });
    for (const { ip_address } of fixedIpsOf(port)) {
      list.push(entry(ip_address, "fixed"));
      const floating = floatingIps.filter(
        (candidate) => candidate["port_id"] === port.id && candidate["fixed_ip_address"] === ip_address,
      );
      for (const { floating_ip_address } of floating) list.push(entry(text(floating_ip_address), "floating"));
    }
  }
  return addresses;
}

export function securityGroupsOf(store: Store, serverId: string): Resource[] {
  const ids = portsOfServer(store, serverId).flatMap((port) => texts(port["security_groups"]));
  return [...new Set(ids)].flatMap((id) => store.get(SECURITY_GROUPS, id) ?? []);
}
