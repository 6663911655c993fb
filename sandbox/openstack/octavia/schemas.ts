/** What Octavia accepts, by noun. */
import { z } from "zod";
import { parseAddress, parseCidr } from "../network/addresses";
import type { Words } from "../requests";

const ARGUMENTS = {
  loadbalancer: "load_balancer.loadbalancer",
  listener: "listener_.listener",
  pool: "pool_.pool",
  member: "member_.member",
  healthmonitor: "health_monitor_.healthmonitor",
  quota: "quotas.quota",
} as const;

/** @param noun of the object that the caller sent, which Octavia names by its own argument */
export function inOctaviasWords(noun: keyof typeof ARGUMENTS): Words {
  return (path, problem, value) => {
    const unknown = [...problem.matchAll(/"([^"]+)"/g)].map(([, key]) => key).join(", ");
    if (problem.startsWith("Unrecognized key"))
      return `Unknown attribute for argument ${ARGUMENTS[noun]}: ${unknown}`;
    const field = path.split(".").findLast((part) => !/^\d+$/.test(part));
    return `Invalid input for field/attribute ${field}. Value: '${String(value)}'. ${problem}`;
  };
}

const port = z.int().min(1).max(65535);
const address = z
  .string()
  .refine((value) => parseAddress(value) !== undefined, "Value should be an IP address");
const cidr = z.string().refine((value) => parseCidr(value) !== undefined, "Value should be a CIDR");

const named = {
  name: z.string().max(255).default(""),
  description: z.string().max(255).default(""),
  admin_state_up: z.boolean().default(true),
  tags: z.array(z.string().max(255)).default([]),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
};

const uuid = z.string().regex(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i, "Value should be UUID format");

export const loadbalancer = z.strictObject({
  ...named,
  vip_subnet_id: uuid.nullish(),
  vip_network_id: uuid.nullish(),
  vip_port_id: uuid.nullish(),
  vip_address: address.nullish(),
  vip_qos_policy_id: z.string().nullish(),
  provider: z.string().optional(),
  flavor_id: z.string().nullish(),
  availability_zone: z.string().nullish(),
});

const timeout = z.int().min(0).max(31_536_000);

export const listener = z.strictObject({
  ...named,
  loadbalancer_id: z.string(),
  protocol: z.enum(["TCP", "UDP", "HTTP", "HTTPS", "TERMINATED_HTTPS", "SCTP", "PROMETHEUS"]),
  protocol_port: port,
  connection_limit: z.int().min(-1).default(-1),
  default_pool_id: z.string().nullish(),
  allowed_cidrs: z.array(cidr).nullish(),
  insert_headers: z.record(z.string(), z.string()).default({}),
  default_tls_container_ref: z.string().nullish(),
  sni_container_refs: z.array(z.string()).default([]),
  timeout_client_data: timeout.default(50_000),
  timeout_member_connect: timeout.default(5000),
  timeout_member_data: timeout.default(50_000),
  timeout_tcp_inspect: timeout.default(0),
});

const persistence = z.strictObject({
  type: z.enum(["SOURCE_IP", "HTTP_COOKIE", "APP_COOKIE"]),
  cookie_name: z.string().max(255).nullish(),
  persistence_timeout: z.int().nullish(),
  persistence_granularity: address.nullish(),
});

export const pool = z.strictObject({
  ...named,
  loadbalancer_id: z.string().optional(),
  listener_id: z.string().optional(),
  protocol: z.enum(["TCP", "UDP", "HTTP", "HTTPS", "PROXY", "PROXYV2", "SCTP"]),
  lb_algorithm: z.enum(["ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP", "SOURCE_IP_PORT"]),
  session_persistence: persistence.nullish(),
});

const { description: _, ...namedMember } = named;

export const member = z.strictObject({
  ...namedMember,
  address,
  protocol_port: port,
  subnet_id: z.string().nullish(),
  weight: z.int().min(0).max(256).default(1),
  backup: z.boolean().default(false),
  monitor_address: address.nullish(),
  monitor_port: port.nullish(),
});

const { description: __, ...namedMonitor } = named;
const retries = z.int().min(1).max(10);

export const healthmonitor = z.strictObject({
  ...namedMonitor,
  pool_id: z.string(),
  type: z.enum(["TCP", "HTTP", "HTTPS", "PING", "TLS-HELLO", "UDP-CONNECT", "SCTP"]),
  delay: z.int().min(0),
  timeout: z.int().min(0),
  max_retries: retries,
  max_retries_down: retries.default(3),
  http_method: z
    .enum(["GET", "HEAD", "POST", "PUT", "DELETE", "TRACE", "OPTIONS", "CONNECT", "PATCH"])
    .nullish(),
  url_path: z.string().startsWith("/").nullish(),
  expected_codes: z
    .string()
    .regex(/^(\d{3}(\s*,\s*\d{3})*)$|^(\d{3}-\d{3})$/)
    .nullish(),
  domain_name: z.string().nullish(),
  http_version: z.union([z.literal(1), z.literal(1.1)]).nullish(),
});

/** What an update may not name, because it stays what it was at creation. */
const FIXED = {
  loadbalancer: [
    "vip_subnet_id",
    "vip_network_id",
    "vip_port_id",
    "vip_address",
    "provider",
    "flavor_id",
    "availability_zone",
  ],
  listener: ["loadbalancer_id", "protocol", "protocol_port"],
  pool: ["loadbalancer_id", "listener_id", "protocol"],
  member: ["address", "protocol_port", "subnet_id"],
  healthmonitor: ["pool_id", "type"],
} as const;

/** A field of an update: absent leaves it as it is, null takes it back to its default. */
function changed(field: z.ZodType): z.ZodType {
  if (!(field instanceof z.ZodDefault)) return field.nullish();
  const byDefault: unknown = field.parse(undefined);
  return (field.unwrap() as z.ZodType).nullish().transform((value) => (value === null ? byDefault : value));
}

function changesOf(schema: z.ZodObject, fixed: readonly string[]): z.ZodObject {
  const fields = Object.entries(schema.shape as Record<string, z.ZodType>)
    .filter(([key]) => ![...fixed, "project_id", "tenant_id"].includes(key))
    .map(([key, field]) => [key, changed(field)]);
  return z.strictObject(Object.fromEntries(fields) as Record<string, z.ZodType>);
}

export const updates = {
  loadbalancer: changesOf(loadbalancer, FIXED.loadbalancer),
  listener: changesOf(listener, FIXED.listener),
  pool: changesOf(pool, FIXED.pool),
  member: changesOf(member, FIXED.member),
  healthmonitor: changesOf(healthmonitor, FIXED.healthmonitor),
};
