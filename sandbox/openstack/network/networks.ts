/** Networks. */
import { z } from "zod";
import type { Request, Resource, Store } from "../api";
import { isAdmin } from "../requests";
import { born, commonChanges, commonFields, conflict, forbidden, given, type Collection } from "./collection";
import { refuseOverQuota } from "./quotas";

export const NETWORKS = "network.networks";

/** MTU of an overlay network on links of 1500 bytes. */
const OVERLAY_MTU = 1450;

const properties = {
  admin_state_up: z.boolean(),
  shared: z.boolean(),
  "router:external": z.boolean(),
  mtu: z.int().min(68).max(9000),
  dns_domain: z.string(),
  port_security_enabled: z.boolean(),
  qos_policy_id: z.string().nullable(),
  vlan_transparent: z.boolean(),
  is_default: z.boolean(),
};

const createSchema = z.strictObject({
  ...commonFields,
  ...properties,
  admin_state_up: properties.admin_state_up.default(true),
  shared: properties.shared.default(false),
  "router:external": properties["router:external"].default(false),
  mtu: properties.mtu.default(OVERLAY_MTU),
  dns_domain: properties.dns_domain.default(""),
  port_security_enabled: properties.port_security_enabled.default(true),
  qos_policy_id: properties.qos_policy_id.default(null),
  vlan_transparent: properties.vlan_transparent.optional(),
  is_default: properties.is_default.default(false),
  availability_zone_hints: z.array(z.string()).default([]),
});

const updateSchema = z.strictObject({ ...commonChanges, ...z.object(properties).partial().shape });

function refuseAdminOnly(values: object, request: Request, action: string): void {
  if (isAdmin(request.caller)) return;
  for (const key of ["shared", "router:external"]) {
    if (Reflect.get(values, key) === true) throw forbidden(`${action}_network`, `${action}_network:${key}`);
  }
}

export const networks: Collection<typeof createSchema, typeof updateSchema> = {
  plural: "networks",
  singular: "network",
  type: "Network",
  notFound: (id) => `Network ${id} could not be found.`,
  createSchema,
  updateSchema,
  isShared: (network) => network["shared"] === true || network["router:external"] === true,
  view: (network, store) => ({
    subnets: subnetsOf(store, network.id).map(({ id }) => id),
    l2_adjacency: true,
    // Only an external network can be the one that is taken when none is named.
    ...(network["router:external"] === true ? {} : { is_default: undefined }),
  }),

  create({ tenant_id: _, project_id: __, ...values }, request, store, projectId) {
    refuseAdminOnly(values, request, "create");
    refuseOverQuota(store, projectId, "network");
    return store.insert(NETWORKS, {
      ...values,
      ...born(projectId),
      status: "ACTIVE",
      availability_zones: ["nova"],
      ipv4_address_scope: null,
      ipv6_address_scope: null,
    });
  },

  update(_, values, request) {
    refuseAdminOnly(values, request, "update");
    return given(values);
  },

  remove(network, _, store) {
    const ports = store.list("network.ports").filter(({ network_id }) => network_id === network.id);
    if (ports.length > 0) {
      throw conflict(
        "NetworkInUse",
        `Unable to complete operation on network ${network.id}. There are one or more ports still in use on the network, id for these ports is: ${ports.map(({ id }) => id).join(",")}.`,
      );
    }
    for (const subnet of subnetsOf(store, network.id)) store.remove("network.subnets", subnet.id);
    store.remove(NETWORKS, network.id);
  },
};

export function subnetsOf(store: Store, networkId: string): Resource[] {
  return store.list("network.subnets").filter(({ network_id }) => network_id === networkId);
}
