/** Ports. */
import { randomBytes } from "node:crypto";
import { z } from "zod";
import { ApiError, type Request, type Resource, type Store } from "../api";
import { isAdmin, owns, text } from "../requests";
import { parseCidr } from "./addresses";
import {
  badRequest,
  born,
  commonChanges,
  commonFields,
  conflict,
  given,
  touched,
  type Collection,
} from "./collection";
import { chooseFixedIps, fixedIpsOf, type FixedIpWish } from "./fixedIps";
import { NETWORKS } from "./networks";
import { refuseOverQuota } from "./quotas";
import { defaultGroup, SECURITY_GROUPS } from "./securityGroups";

export const PORTS = "network.ports";

/** Ports of these owners are made and removed by Neutron itself. */
const NEUTRONS_OWN = ["network:router_interface", "network:router_gateway", "network:floatingip"];
const MAX_ADDRESS_PAIRS = 10;

const addressPair = z.strictObject({
  ip_address: z.string().refine((value) => parseCidr(value) !== undefined, {
    error: ({ input }) => `'${String(input)}' is not a valid IP address or subnet`,
  }),
  mac_address: z.string().optional(),
});

const changeable = {
  admin_state_up: z.boolean(),
  fixed_ips: z.array(z.strictObject({ subnet_id: z.string().optional(), ip_address: z.string().optional() })),
  security_groups: z.array(z.string()),
  allowed_address_pairs: z.array(addressPair),
  extra_dhcp_opts: z.array(
    z.strictObject({
      opt_name: z.string(),
      opt_value: z.string().nullable(),
      ip_version: z.int().default(4),
    }),
  ),
  device_id: z.string().max(255),
  device_owner: z.string().max(255),
  port_security_enabled: z.boolean(),
  dns_name: z.string(),
  dns_domain: z.string(),
  qos_policy_id: z.string().nullable(),
  "binding:host_id": z.string(),
  "binding:vnic_type": z.enum([
    "normal",
    "direct",
    "direct-physical",
    "macvtap",
    "baremetal",
    "virtio-forwarder",
  ]),
  "binding:profile": z.record(z.string(), z.unknown()),
};

const createSchema = z.strictObject({
  ...commonFields,
  ...z.object(changeable).partial().shape,
  network_id: z.string(),
  mac_address: z
    .string()
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, "not a valid MAC address")
    .optional(),
});

const updateSchema = z.strictObject({ ...commonChanges, ...z.object(changeable).partial().shape });

function newMac(store: Store): string {
  const taken = new Set(store.list(PORTS).map((port) => port["mac_address"]));
  for (;;) {
    const mac = `fa:16:3e:${randomBytes(3).toString("hex").replace(/../g, "$&:").slice(0, -1)}`;
    if (!taken.has(mac)) return mac;
  }
}

function addressPairs(pairs: z.output<typeof addressPair>[] | undefined, mac: string) {
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
  for (const { ip_address, mac_address } of full) {
    if (seen.has(`${mac_address} ${ip_address}`)) {
      throw badRequest(
        "DuplicateAddressPairInRequest",
        `Request contains duplicate address pair: mac_address ${mac_address} ip_address ${ip_address}.`,
      );
    }
    seen.add(`${mac_address} ${ip_address}`);
  }
  return full;
}

function checkGroups(ids: readonly string[], store: Store, request: Request | undefined): void {
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
  const secured = wish.port_security_enabled ?? network["port_security_enabled"] !== false;
  const isInfrastructure = wish.device_owner?.startsWith("network:") === true;
  const groups =
    wish.security_groups ?? (secured && !isInfrastructure ? [defaultGroup(store, projectId).id] : []);
  checkGroups(groups, store, request);
  if (!secured && groups.length > 0) {
    throw conflict(
      "PortSecurityAndIPRequiredForSecurityGroups",
      "Port security must be enabled and port must have an IP address in order to use security groups.",
    );
  }
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

function dnsAssignment(port: Resource) {
  return fixedIpsOf(port).map(({ ip_address }) => {
    const hostname = text(port["dns_name"]) || `host-${ip_address.replace(/[.:]/g, "-")}`;
    return { ip_address, hostname, fqdn: `${hostname}.openstacklocal.` };
  });
}

/** Who hosts a port is for administrators only, as in a real cloud. */
function bindings(port: Resource): Record<string, unknown> {
  return {
    "binding:vnic_type": port["binding:vnic_type"] ?? "normal",
    "binding:profile": port["binding:profile"] ?? {},
    "binding:vif_type": text(port["device_id"]) === "" ? "unbound" : "ovs",
    "binding:vif_details": {},
    "binding:host_id": port["binding:host_id"] ?? "",
  };
}

const fixedIpFilter = (row: Record<string, unknown>, wanted: string[]) =>
  wanted.some((wish) => {
    const [, key = "", value = ""] = /^(\w+)=(.*)$/.exec(wish) ?? [];
    const fixedIps = row["fixed_ips"] as Record<string, string>[];
    if (key === "ip_address_substr") return fixedIps.some((fixed) => fixed["ip_address"]?.includes(value));
    return fixedIps.some((fixed) => fixed[key] === value);
  });

export const ports: Collection<typeof createSchema, typeof updateSchema> = {
  plural: "ports",
  singular: "port",
  type: "Port",
  notFound: (id) => `Port ${id} could not be found.`,
  createSchema,
  updateSchema,
  filters: { fixed_ips: fixedIpFilter },
  view: (port) => ({ ...bindings(port), dns_assignment: dnsAssignment(port) }),

  create({ tenant_id: _, project_id: __, ...values }, request, store, projectId) {
    const network = store.get(NETWORKS, values.network_id);
    if (network !== undefined && !owns(request.caller, network) && network["shared"] !== true) {
      throw new ApiError(404, `Network ${values.network_id} could not be found.`, "NetworkNotFound");
    }
    if (values.mac_address !== undefined && network?.["shared"] === true && !isAdmin(request.caller)) {
      throw new ApiError(
        403,
        "(rule:create_port:mac_address) is disallowed by policy",
        "PolicyNotAuthorized",
      );
    }
    return makePort(store, projectId, values, request);
  },

  update(port, values, request, store) {
    const changes = given(values);
    if (values.security_groups !== undefined) {
      checkGroups(values.security_groups, store, request);
      changes["security_groups"] = [...new Set(values.security_groups)];
    }
    if (values.allowed_address_pairs !== undefined) {
      changes["allowed_address_pairs"] = addressPairs(
        values.allowed_address_pairs,
        text(port["mac_address"]),
      );
    }
    if (values.fixed_ips !== undefined) {
      changes["fixed_ips"] = chooseFixedIps(store, text(port["network_id"]), values.fixed_ips, port.id);
    }
    if (values.extra_dhcp_opts !== undefined) {
      // A list of changes, not a new list: a null value takes an option away.
      const names = values.extra_dhcp_opts.map(({ opt_name }) => opt_name);
      const kept = (port["extra_dhcp_opts"] as { opt_name: string }[]).filter(
        ({ opt_name }) => !names.includes(opt_name),
      );
      changes["extra_dhcp_opts"] = [
        ...kept,
        ...values.extra_dhcp_opts.filter(({ opt_value }) => opt_value !== null),
      ];
    }
    return changes;
  },

  remove(port, _, store) {
    const owner = text(port["device_owner"]);
    if (NEUTRONS_OWN.includes(owner)) {
      throw conflict(
        "ServicePortInUse",
        `Port ${port.id} cannot be deleted directly via the port API: has device owner ${owner}.`,
      );
    }
    dropPort(store, port);
  },
};
