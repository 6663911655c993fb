/** How ports come and go: for callers, and for Nova, Octavia and routers. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ApiError, type Request, type Resource, type Store } from "../api";
import { owns } from "../requests";
import { parseCidr } from "./addresses";
import { badRequest, born, conflict, given, touched } from "./collection";
import { chooseFixedIps, type FixedIpWish } from "./fixedIps";
import { NETWORKS } from "./networks";
import { refuseOverQuota } from "./quotas";
import { defaultGroup, SECURITY_GROUPS } from "./securityGroups";

export const PORTS = "network.ports";

const MAX_ADDRESS_PAIRS = 10;

export const addressPair = z.strictObject({
  ip_address: z.string().refine((value) => parseCidr(value) !== undefined, {
    error: ({ input }) => `'${String(input)}' is not a valid IP address or subnet`,
  }),
  mac_address: z.string().optional(),
});

function newMac(store: Store): string {
  const taken = new Set(store.list(PORTS).map((port) => port["mac_address"]));
  for (;;) {
    const mac = `fa:16:3e:${randomBytes(3).toString("hex").replace(/../g, "$&:").slice(0, -1)}`;
    if (!taken.has(mac)) return mac;
  }
}

export function addressPairs(pairs: z.output<typeof addressPair>[] | undefined, mac: string) {
  const full = (pairs ?? []).map((pair) => ({
    ip_address: pair.ip_address,
    mac_address: pair.mac_address ?? mac,
  }));
  if (full.length > MAX_ADDRESS_PAIRS) {
    throw badRequest(
      "AllowedAddressPairExhausted",
      `The number of allowed address pair exceeds the maximum ${MAX_ADDRESS_PAIRS}.`,
    );
  }
  const seen = new Set<string>();
  for (const [index, { ip_address, mac_address }] of full.entries()) {
    const asked = pairs?.[index]?.mac_address ?? "None";
    if (seen.has(`${mac_address} ${ip_address}`)) {
      throw badRequest(
        "DuplicateAddressPairInRequest",
        `Request contains duplicate address pair: mac_address ${asked} ip_address ${ip_address}.`,
      );
    }
    seen.add(`${mac_address} ${ip_address}`);
  }
  return full;
}

/** @throws ApiError 404; without a request for what the cloud itself does */
export function checkGroups(ids: readonly string[], store: Store, request: Request | undefined): void {
  for (const id of ids) {
    const group = store.get(SECURITY_GROUPS, id);
    if (group === undefined || (request !== undefined && !owns(request.caller, group))) {
      throw new ApiError(404, `Security group ${id} does not exist`, "SecurityGroupNotFound");
    }
  }
}

export interface PortWish {
  readonly network_id: string;
  readonly fixed_ips?: readonly FixedIpWish[];
  readonly mac_address?: string;
  readonly security_groups?: readonly string[];
  readonly allowed_address_pairs?: z.output<typeof addressPair>[];
  readonly device_owner?: string;
  readonly port_security_enabled?: boolean;
  readonly [attribute: string]: unknown;
}

/**
 * Makes a port of a network, for callers and for what Nova, Octavia and routers need.
 * @throws ApiError as Neutron refuses: taken or foreign addresses, quota, unknown security groups
 */
export function makePort(store: Store, projectId: string, wish: PortWish, request?: Request): Resource {
  const network = store.get(NETWORKS, wish.network_id);
  if (network === undefined) {
    throw new ApiError(404, `Network ${wish.network_id} could not be found.`, "NetworkNotFound");
  }
  const isInfrastructure = wish.device_owner?.startsWith("network:") === true;
  const secured =
    wish.port_security_enabled ?? (network["port_security_enabled"] !== false && !isInfrastructure);
  const groups = wish.security_groups ?? (secured ? [defaultGroup(store, projectId).id] : []);
  if (!secured && groups.length > 0) {
    throw badRequest(
      "PortSecurityAndIPRequiredForSecurityGroups",
      "Port security must be enabled and port must have an IP address in order to use security groups.",
    );
  }
  checkGroups(groups, store, request);
  const mac = (wish.mac_address ?? newMac(store)).toLowerCase();
  if (
    wish.mac_address !== undefined &&
    store.list(PORTS).some((port) => port["mac_address"] === mac && port["network_id"] === network.id)
  ) {
    throw conflict(
      "MacAddressInUse",
      `Unable to complete operation for network ${network.id}. The mac address ${mac} is in use.`,
    );
  }
  if (projectId !== "") refuseOverQuota(store, projectId, "port");
  return store.insert(PORTS, {
    name: "",
    description: "",
    admin_state_up: true,
    device_id: "",
    device_owner: "",
    extra_dhcp_opts: [],
    dns_name: "",
    dns_domain: "",
    qos_policy_id: null,
    "binding:vnic_type": "normal",
    ...given(wish),
    ...born(projectId),
    mac_address: mac,
    fixed_ips: chooseFixedIps(store, network.id, wish.fixed_ips),
    security_groups: [...new Set(groups)],
    allowed_address_pairs: addressPairs(wish.allowed_address_pairs, mac),
    port_security_enabled: secured,
    status: isInfrastructure ? "ACTIVE" : "DOWN",
  });
}

/** Removes a port with what hangs on it: floating IPs let go, and its server no longer has the address. */
export function dropPort(store: Store, port: Resource): void {
  for (const floating of store.list("network.floatingips")) {
    if (floating["port_id"] !== port.id) continue;
    store.update("network.floatingips", floating.id, {
      port_id: null,
      fixed_ip_address: null,
      router_id: null,
      status: "DOWN",
      ...touched(floating),
    });
  }
  store.remove(PORTS, port.id);
}
