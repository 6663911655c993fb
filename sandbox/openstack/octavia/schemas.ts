/** What Octavia accepts, by noun. */
import { z } from "zod";
import type { Words } from "../requests";

export const inOctaviasWords: Words = (path, problem, value) =>
  `Invalid input for field/attribute ${path}. Value: '${String(value)}'. ${problem}`;

const port = z.int().min(1).max(65535);
const named = {
  name: z.string().max(255).default(""),
  description: z.string().max(255).default(""),
  admin_state_up: z.boolean().default(true),
  tags: z.array(z.string().max(255)).default([]),
  project_id: z.string().optional(),
  tenant_id: z.string().optional(),
};

export const loadbalancer = z.strictObject({
  ...named,
  vip_subnet_id: z.string().optional(),
  vip_network_id: z.string().optional(),
  vip_port_id: z.string().optional(),
  vip_address: z.string().optional(),
  vip_qos_policy_id: z.string().optional(),
  provider: z.enum(["amphora", "octavia", "ovn"], "Provider is not enabled.").default("amphora"),
  flavor_id: z.string().optional(),
  availability_zone: z.string().optional(),
});

const timeout = z.int().min(0).max(31_536_000);

export const listener = z.strictObject({
  ...named,
  loadbalancer_id: z.string(),
  protocol: z.enum(["TCP", "UDP", "HTTP", "HTTPS", "TERMINATED_HTTPS", "SCTP", "PROMETHEUS"]),
  protocol_port: port,
  connection_limit: z.int().min(-1).default(-1),
  default_pool_id: z.string().nullish(),
  allowed_cidrs: z.array(z.string()).nullish(),
  insert_headers: z.record(z.string(), z.string()).default({}),
  default_tls_container_ref: z.string().nullish(),
  sni_container_refs: z.array(z.string()).default([]),
  timeout_client_data: timeout.default(50_000),
  timeout_member_connect: timeout.default(5000),
  timeout_member_data: timeout.default(50_000),
  timeout_tcp_inspect: timeout.default(0),
});

export const pool = z.strictObject({
  ...named,
  loadbalancer_id: z.string().optional(),
  listener_id: z.string().optional(),
  protocol: z.enum(["TCP", "UDP", "HTTP", "HTTPS", "PROXY", "PROXYV2", "SCTP"]),
  lb_algorithm: z.enum(["ROUND_ROBIN", "LEAST_CONNECTIONS", "SOURCE_IP", "SOURCE_IP_PORT"]),
  session_persistence: z.record(z.string(), z.unknown()).nullish(),
});

export const member = z.strictObject({
  ...named,
  address: z.string(),
  protocol_port: port,
  subnet_id: z.string().nullish(),
  weight: z.int().min(0).max(256).default(1),
  backup: z.boolean().default(false),
  monitor_address: z.string().nullish(),
  monitor_port: port.nullish(),
});

export const healthmonitor = z
  .strictObject({
    ...named,
    pool_id: z.string(),
    type: z.enum(["TCP", "HTTP", "HTTPS", "PING", "TLS-HELLO", "UDP-CONNECT", "SCTP"]),
    delay: z.int().min(0),
    timeout: z.int().min(0),
    max_retries: z.int().min(1).max(10),
    max_retries_down: z.int().min(1).max(10).default(3),
    http_method: z.string().nullish(),
    url_path: z.string().nullish(),
    expected_codes: z.string().nullish(),
    domain_name: z.string().nullish(),
    http_version: z.number().nullish(),
  })
  .refine(({ delay, timeout }) => timeout <= delay, {
    path: ["timeout"],
    message: "Timeout must be less than or equal to delay",
  });

/** What must not change after creation; Octavia calls them read-only. */
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

function changesOf(schema: z.ZodObject, fixed: readonly string[]): z.ZodObject {
  const fields = Object.entries(schema.shape as Record<string, z.ZodType>)
    .filter(([key]) => ![...fixed, "project_id", "tenant_id"].includes(key))
    // A default would undo what an update does not name.
    .map(([key, field]) => [
      key,
      (field instanceof z.ZodDefault ? (field.unwrap() as z.ZodType) : field).nullish(),
    ]);
  return z.strictObject(Object.fromEntries(fields) as Record<string, z.ZodType>);
}

export const updates = {
  loadbalancer: changesOf(loadbalancer, FIXED.loadbalancer),
  listener: changesOf(listener, FIXED.listener),
  pool: changesOf(pool, FIXED.pool),
  member: changesOf(member, FIXED.member),
  healthmonitor: changesOf(z.strictObject(healthmonitor.shape), FIXED.healthmonitor),
};
