/** Rules of security groups. They are never changed, only made and deleted. */
import { z } from "zod";
import { ApiError, type Resource } from "../api";
import { owns } from "../requests";
import { parseCidr } from "./addresses";
import { badRequest, conflict, given, touched, type Collection } from "./collection";
import { refuseOverQuota } from "./quotas";
import { insertRule, networkOf, rulesOf, SECURITY_GROUP_RULES, SECURITY_GROUPS } from "./securityGroups";

const PROTOCOLS = [
  "ah", "dccp", "egp", "esp", "gre", "hopopt", "icmp", "igmp", "ip", "ipip", "ipv6-encap", "ipv6-frag",
  "ipv6-icmp", "icmpv6", "ipv6-nonxt", "ipv6-opts", "ipv6-route", "ospf", "pgm", "rsvp", "sctp", "tcp", "udp", "udplite", "vrrp",
]; // prettier-ignore
/** Two names of a protocol are one rule. */
const NUMBERS: Readonly<Record<string, string>> = {
  icmp: "1", igmp: "2", ipip: "4", tcp: "6", egp: "8", udp: "17", dccp: "33", rsvp: "46", gre: "47", esp: "50", ah: "51",
  icmpv6: "58", "ipv6-icmp": "58", ospf: "89", vrrp: "112", pgm: "113", sctp: "132", udplite: "136",
}; // prettier-ignore
const WITH_PORTS = ["tcp", "udp", "udplite", "sctp", "dccp", "6", "17", "136", "132", "33"];
const ALL_PORTS_ARE_NONE = ["tcp", "udp", "6", "17"];
const ICMP = ["icmp", "icmpv6", "ipv6-icmp", "1", "58"];

const protocol = z
  .union([z.string(), z.int()])
  .nullable()
  .transform((value) => (value === null || value === "" ? null : String(value).toLowerCase()));

const createSchema = z.strictObject({
  description: z.string().max(255).default(""),
  tenant_id: z.string().optional(),
  project_id: z.string().optional(),
  security_group_id: z.string(),
  direction: z.enum(["ingress", "egress"]),
  ethertype: z.enum(["IPv4", "IPv6"]).default("IPv4"),
  protocol: protocol.default(null),
  port_range_min: z.int().nullable().default(null),
  port_range_max: z.int().nullable().default(null),
  remote_ip_prefix: z.string().nullable().default(null),
  remote_group_id: z.string().nullable().default(null),
  remote_address_group_id: z.string().nullable().default(null),
});

type Rule = Omit<z.output<typeof createSchema>, "tenant_id" | "project_id">;

function checkProtocol({ protocol: name, ethertype }: Rule): void {
  if (name === null) return;
  const known = PROTOCOLS.includes(name) || (/^\d+$/.test(name) && Number(name) <= 255);
  if (!known) {
    throw badRequest(
      "SecurityGroupRuleInvalidProtocol",
      `Security group rule protocol ${name} not supported. Only protocol values [None, ${PROTOCOLS.map((known) => `'${known}'`).join(", ")}] and integer representations [0 to 255] are supported.`,
    );
  }
  if (ethertype === "IPv4" && (name.startsWith("ipv6-") || name === "icmpv6")) {
    throw badRequest(
      "SecurityGroupEthertypeConflictWithProtocol",
      `Invalid ethertype ${ethertype} for protocol ${name}.`,
    );
  }
}

/** Type and code are where ports are for other protocols. */
function checkIcmp(min: number | null, max: number | null): void {
  for (const [field, value] of [
    ["type", min],
    ["code", max],
  ] as const) {
    if (value !== null && (value < 0 || value > 255)) {
      throw badRequest(
        "SecurityGroupInvalidIcmpValue",
        `Invalid value for ICMP ${field} (port_range) ${value}. It must be 0 to 255.`,
      );
    }
  }
  if (min === null) {
    throw badRequest(
      "SecurityGroupMissingIcmpType",
      `ICMP code (port-range-max) ${max} is provided but ICMP type (port-range-min) is missing.`,
    );
  }
}

function checkPorts({ protocol: name, port_range_min: min, port_range_max: max }: Rule): void {
  if (min === null && max === null) return;
  if (name === null) {
    throw badRequest(
      "SecurityGroupProtocolRequiredWithPorts",
      "Must also specify protocol if port range is given.",
    );
  }
  if (ICMP.includes(name)) return checkIcmp(min, max);
  if (!WITH_PORTS.includes(name)) {
    throw badRequest(
      "SecurityGroupInvalidProtocolForPortRange",
      `Invalid protocol ${name} for port range, only supported for TCP, UDP, UDPLITE, SCTP and DCCP.`,
    );
  }
  const impossible = [min, max].find((port) => port !== null && (port < 0 || port > 65535));
  if (impossible !== undefined)
    throw badRequest("SecurityGroupInvalidPortValue", `Invalid value for port ${impossible}`);
  if (min === null || max === null || min < 1 || max > 65535 || min > max) {
    throw badRequest(
      "SecurityGroupInvalidPortRange",
      "For TCP/UDP protocols, port_range_min must be <= port_range_max",
    );
  }
}

function checkRemote(rule: Rule): void {
  const { remote_ip_prefix: prefix, ethertype } = rule;
  const remotes = [prefix, rule.remote_group_id, rule.remote_address_group_id].filter(
    (remote) => remote !== null,
  );
  if (remotes.length > 1) {
    throw badRequest(
      "SecurityGroupMultipleRemoteEntites",
      "Only one of remote_ip_prefix or remote_group_id or remote_address_group_id may be provided.",
    );
  }
  if (prefix === null) return;
  const range = parseCidr(prefix);
  if (range === undefined) {
    throw badRequest("InvalidCIDR", `Invalid CIDR ${prefix} given as IP prefix.`);
  }
  if (range.version !== (ethertype === "IPv4" ? 4 : 6)) {
    throw badRequest(
      "SecurityGroupRuleParameterConflict",
      `Conflicting value ethertype ${ethertype} for CIDR ${prefix}`,
    );
  }
}

/** A bare address is kept as the network of one that it means. */
function normalizedPrefix(prefix: string | null): string | null {
  const range = prefix === null || prefix.includes("/") ? undefined : parseCidr(prefix);
  return range === undefined ? prefix : `${prefix}/${range.prefixLength}`;
}

/** All ports are no condition: Neutron shows them as none, and a client that compares sees a difference. */
function portsOf({ protocol: name, port_range_min, port_range_max }: Rule): Partial<Rule> {
  const isEvery = port_range_min === 1 && port_range_max === 65535;
  return isEvery && name !== null && ALL_PORTS_ARE_NONE.includes(name)
    ? { port_range_min: null, port_range_max: null }
    : {};
}

/** What makes two rules the same; a description does not. */
function meaning(rule: Record<string, unknown>): string {
  const keys = [
    "direction",
    "ethertype",
    "protocol",
    "port_range_min",
    "port_range_max",
    "remote_ip_prefix",
    "remote_group_id",
  ];
  const name = String(rule["protocol"] ?? "");
  const known = { ...rule, protocol: NUMBERS[name] ?? name };
  return JSON.stringify(keys.map((key) => (known as Record<string, unknown>)[key] ?? null));
}

export const securityGroupRules: Collection<
  typeof createSchema,
  z.ZodObject<{ description: z.ZodOptional<z.ZodString> }>
> = {
  plural: "security_group_rules",
  singular: "security_group_rule",
  type: "SecurityGroupRule",
  notFound: (id) => `Security group rule ${id} does not exist`,
  createSchema,
  updateSchema: z.strictObject({ description: z.string().max(255).optional() }),
  update: (_, values) => given(values),
  view: (rule) => ({ normalized_cidr: networkOf(rule["remote_ip_prefix"]), tags: undefined }),

  create({ tenant_id: _, project_id: __, ...values }, request, store, projectId) {
    const rule = {
      ...values,
      ...portsOf(values),
      remote_ip_prefix: normalizedPrefix(values.remote_ip_prefix || null),
    };
    checkProtocol(rule);
    checkPorts(rule);
    checkRemote(rule);
    for (const id of [rule.security_group_id, rule.remote_group_id]) {
      if (id === null) continue;
      const group: Resource | undefined = store.get(SECURITY_GROUPS, id);
      if (group === undefined || !owns(request.caller, group)) {
        throw new ApiError(404, `Security group ${id} does not exist`, "SecurityGroupNotFound");
      }
    }
    const same = rulesOf(store, rule.security_group_id).find((other) => meaning(other) === meaning(rule));
    if (same !== undefined) {
      throw conflict("SecurityGroupRuleExists", `Security group rule already exists. Rule id is ${same.id}.`);
    }
    refuseOverQuota(store, projectId, "security_group_rule");
    const group = store.get(SECURITY_GROUPS, rule.security_group_id);
    if (group !== undefined) store.update(SECURITY_GROUPS, group.id, touched(group));
    return insertRule(store, projectId, rule);
  },

  remove(rule, _, store) {
    store.remove(SECURITY_GROUP_RULES, rule.id);
  },
};
