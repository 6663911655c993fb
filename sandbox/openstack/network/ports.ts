/** The calls of the port collection; making and removing is in portCreation. */
import { z } from "zod";
import { ApiError, type Caller, type Resource } from "../api";
import { isAdmin, owns, text } from "../requests";
import { commonChanges, commonFields, conflict, forbidden, given, type Collection } from "./collection";
import { chooseFixedIps, fixedIpsOf } from "./fixedIps";
import { NETWORKS } from "./networks";
import { addressPair, addressPairs, checkGroups, dropPort, makePort } from "./portCreation";

// The whole of Neutron's ports, for services beside it.
export { dropPort, makePort, PORTS } from "./portCreation";

/** Ports of these owners are made and removed by Neutron itself. */
const NEUTRONS_OWN = ["network:router_interface", "network:router_gateway", "network:floatingip"];

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

const changeable = {
  admin_state_up: z.boolean(),
  fixed_ips: z.array(z.strictObject({ subnet_id: z.string().optional(), ip_address: z.string().optional() })),
  security_groups: z.array(
    z.string().refine((value) => UUID.test(value), {
      error: ({ input }) => `'${String(input)}' is not a valid UUID`,
    }),
  ),
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
    .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i, {
      error: ({ input }) => `'${String(input)}' is not a valid MAC address`,
    })
    .optional(),
});

const updateSchema = z.strictObject({ ...commonChanges, ...z.object(changeable).partial().shape });

function dnsAssignment(port: Resource) {
  return fixedIpsOf(port).map(({ ip_address }) => {
    const hostname = text(port["dns_name"]) || `host-${ip_address.replace(/[.:]/g, "-")}`;
    return { ip_address, hostname, fqdn: `${hostname}.openstacklocal.` };
  });
}

/** Who hosts a port is for administrators only; to others the attributes do not exist. */
const ADMIN_ONLY = ["binding:host_id", "binding:profile", "binding:vif_type", "binding:vif_details"];

function bindings(port: Resource, caller: Caller): Record<string, unknown> {
  if (!isAdmin(caller)) return Object.fromEntries(ADMIN_ONLY.map((key) => [key, undefined]));
  return {
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
  view: (port, _, caller) => ({
    ...bindings(port, caller),
    dns_assignment: dnsAssignment(port),
    ip_allocation: "immediate",
    qos_network_policy_id: null,
    // Of an extension that this cloud does not have.
    dns_domain: undefined,
  }),

  create({ tenant_id: _, project_id: __, ...values }, request, store, projectId) {
    const network = store.get(NETWORKS, values.network_id);
    if (network !== undefined && !owns(request.caller, network) && network["shared"] !== true) {
      throw new ApiError(404, `Network ${values.network_id} could not be found.`, "NetworkNotFound");
    }
    if (values.mac_address !== undefined && network?.["shared"] === true && !isAdmin(request.caller)) {
      throw new ApiError(
        403,
        "(rule:create_port and rule:create_port:mac_address) is disallowed by policy",
        "PolicyNotAuthorized",
      );
    }
    if (values["binding:host_id"] !== undefined && !isAdmin(request.caller))
      throw forbidden("create_port", "create_port:binding:host_id");
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
