/** Security groups; every project has one called `default`. */
import { z } from "zod";
import type { Resource, Store } from "../api";
import { texts } from "../requests";
import { formatCidr, parseCidr } from "./addresses";
import { born, commonChanges, commonFields, conflict, given, type Collection } from "./collection";
import { refuseOverQuota } from "./quotas";

export const SECURITY_GROUPS = "network.security_groups";
export const SECURITY_GROUP_RULES = "network.security_group_rules";

const ETHERTYPES = ["IPv4", "IPv6"] as const;
const DEFAULT = "default";

const createSchema = z.strictObject({ ...commonFields, stateful: z.boolean().default(true) });
const updateSchema = z.strictObject({ ...commonChanges, stateful: z.boolean().optional() });

export function insertRule(store: Store, projectId: string, rule: Record<string, unknown>): Resource {
  const { tags: _, ...common } = born(projectId);
  return store.insert(SECURITY_GROUP_RULES, {
    description: "",
    protocol: null,
    port_range_min: null,
    port_range_max: null,
    remote_ip_prefix: null,
    remote_group_id: null,
    remote_address_group_id: null,
    ...rule,
    ...common,
  });
}

function makeGroup(store: Store, projectId: string, values: Record<string, unknown>): Resource {
  const group = store.insert(SECURITY_GROUPS, {
    stateful: true,
    shared: false,
    ...values,
    ...born(projectId),
  });
  for (const ethertype of ETHERTYPES) {
    insertRule(store, projectId, {
      description: null,
      security_group_id: group.id,
      direction: "egress",
      ethertype,
    });
  }
  return group;
}

/** The group of ports that name none; made the first time that a project needs it. */
export function defaultGroup(store: Store, projectId: string): Resource {
  const known = store
    .list(SECURITY_GROUPS)
    .find((group) => group.project_id === projectId && group["name"] === DEFAULT);
  if (known !== undefined) return known;
  const group = makeGroup(store, projectId, { name: DEFAULT, description: "Default security group" });
  for (const ethertype of ETHERTYPES) {
    insertRule(store, projectId, {
      description: null,
      security_group_id: group.id,
      direction: "ingress",
      ethertype,
      remote_group_id: group.id,
    });
  }
  return group;
}

export function rulesOf(store: Store, groupId: string): Resource[] {
  return store.list(SECURITY_GROUP_RULES).filter(({ security_group_id }) => security_group_id === groupId);
}

/** The network that a prefix stands for, without the host's part. */
export function networkOf(prefix: unknown): string | null {
  const range = typeof prefix === "string" ? parseCidr(prefix) : undefined;
  return range === undefined ? null : formatCidr(range);
}

export const securityGroups: Collection<typeof createSchema, typeof updateSchema> = {
  plural: "security_groups",
  singular: "security_group",
  type: "SecurityGroup",
  notFound: (id) => `Security group ${id} does not exist`,
  createSchema,
  updateSchema,
  prepare: ({ caller }, store) => {
    if (caller.projectId !== "") defaultGroup(store, caller.projectId);
  },
  view: (group, store) => ({
    security_group_rules: rulesOf(store, group.id).map((rule, index) => ({
      ...rule,
      tenant_id: rule.project_id,
      normalized_cidr: networkOf(rule["remote_ip_prefix"]),
      // A key of Neutron's database, which it shows here and nowhere else.
      standard_attr_id: index + 1,
      tags: [],
    })),
  }),

  create({ tenant_id: _, project_id: __, ...values }, _request, store, projectId) {
    if (values.name === DEFAULT) {
      throw conflict("SecurityGroupDefaultAlreadyExists", "Default security group already exists.");
    }
    refuseOverQuota(store, projectId, "security_group");
    refuseOverQuota(store, projectId, "security_group_rule", ETHERTYPES.length);
    return makeGroup(store, projectId, values);
  },

  update(group, values) {
    if (group["name"] === DEFAULT && values.name !== undefined && values.name !== DEFAULT) {
      throw conflict("SecurityGroupCannotUpdateDefault", "Updating default security group not allowed.");
    }
    return given(values);
  },

  remove(group, { caller }, store) {
    if (group["name"] === DEFAULT && !caller.roles.includes("admin")) {
      throw conflict(
        "SecurityGroupCannotRemoveDefault",
        "Insufficient rights for removing default security group.",
      );
    }
    if (store.list("network.ports").some((port) => texts(port["security_groups"]).includes(group.id))) {
      throw conflict("SecurityGroupInUse", `Security Group ${group.id} in use.`);
    }
    // Rules of other groups that admit this one go too: there is nobody left whom they could admit.
    for (const rule of store.list(SECURITY_GROUP_RULES)) {
      if (rule["security_group_id"] === group.id || rule["remote_group_id"] === group.id) {
        store.remove(SECURITY_GROUP_RULES, rule.id);
      }
    }
    store.remove(SECURITY_GROUPS, group.id);
  },
};
