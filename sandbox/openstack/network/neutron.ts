/** Neutron v2.0. */
import { ApiError, type Request, type Route, type Service, type Store } from "../api";
import { born, collectionRoutes, NETWORK_PREFIX } from "./collection";
import { floatingIps } from "./floatingIps";
import { NETWORKS, networks } from "./networks";
import { ports } from "./ports";
import { quotaRoutes } from "./quotas";
import { routerInterfaceRoutes } from "./routerInterfaces";
import { routers } from "./routers";
import { securityGroupRules } from "./securityGroupRules";
import { securityGroups } from "./securityGroups";
import { SUBNETS, subnets } from "./subnets";
import { tagRoutes } from "./tags";

/** Id of the seeded external network `public`; fixed, so that a stack's configuration may name it. */
export const PUBLIC_NETWORK_ID = "d1b2c3a4-0000-4000-8000-000000203113";

/** Who owns what the cloud came with: a project that no caller is in. */
const OPERATORS_PROJECT = "0be7a7065000000000000000000000aa";

const EXTENSIONS = [
  "address-scope", "agent", "allowed-address-pairs", "availability_zone", "binding", "default-subnetpools",
  "dns-integration", "ext-gw-mode", "external-net", "extra_dhcp_opt", "extraroute", "filter-validation",
  "floating-ip-port-forwarding", "net-mtu", "net-mtu-writable", "network_availability_zone", "pagination",
  "port-security", "project-id", "qos", "quota_details", "quotas", "router", "router_availability_zone",
  "security-group", "sorting", "standard-attr-description", "standard-attr-revisions", "standard-attr-tag",
  "standard-attr-timestamp", "subnet_allocation",
]; // prettier-ignore

function extension(alias: string) {
  return { alias, name: alias, description: alias, updated: "2020-01-01T00:00:00Z", links: [] };
}

function seed(store: Store): void {
  const common = { ...born(OPERATORS_PROJECT), description: "" };
  store.insert(NETWORKS, {
    ...common,
    id: PUBLIC_NETWORK_ID,
    name: "public",
    admin_state_up: true,
    shared: false,
    "router:external": true,
    is_default: true,
    mtu: 1500,
    dns_domain: "",
    port_security_enabled: true,
    qos_policy_id: null,
    status: "ACTIVE",
    availability_zones: ["nova"],
    availability_zone_hints: [],
    ipv4_address_scope: null,
    ipv6_address_scope: null,
  });
  store.insert(SUBNETS, {
    ...common,
    name: "public-ipv4",
    network_id: PUBLIC_NETWORK_ID,
    cidr: "203.0.113.0/24",
    ip_version: 4,
    gateway_ip: "203.0.113.1",
    allocation_pools: [{ start: "203.0.113.2", end: "203.0.113.254" }],
    dns_nameservers: [],
    host_routes: [],
    enable_dhcp: false,
    service_types: [],
    ipv6_address_mode: null,
    ipv6_ra_mode: null,
    subnetpool_id: null,
    segment_id: null,
  });
}

function version({ baseUrl }: Request) {
  return {
    id: "v2.0",
    status: "CURRENT",
    links: [{ rel: "self", href: `${baseUrl}${NETWORK_PREFIX}/v2.0/` }],
  };
}

const documents: Route[] = [
  {
    method: "GET",
    pattern: "/",
    anonymous: true,
    handler: (request) => ({ status: 200, body: { versions: [version(request)] } }),
  },
  {
    method: "GET",
    pattern: "/v2.0",
    handler: () => ({ status: 200, body: { resources: [] } }),
  },
  {
    method: "GET",
    pattern: "/v2.0/extensions",
    handler: () => ({ status: 200, body: { extensions: EXTENSIONS.map(extension) } }),
  },
  {
    method: "GET",
    pattern: "/v2.0/extensions/:alias",
    handler: ({ params: { alias = "" } }) => {
      if (!EXTENSIONS.includes(alias)) {
        throw new ApiError(404, `Extension with alias ${alias} does not exist`, "ExtensionNotFound");
      }
      return { status: 200, body: { extension: extension(alias) } };
    },
  },
  {
    method: "GET",
    pattern: "/v2.0/availability_zones",
    handler: () => ({
      status: 200,
      body: {
        availability_zones: ["network", "router"].map((resource) => ({
          name: "nova",
          resource,
          state: "available",
        })),
      },
    }),
  },
];

export const neutron: Service = {
  name: "neutron",
  type: "network",
  prefix: NETWORK_PREFIX,
  error: (_, message, kind = "HTTPException") => ({ NeutronError: { type: kind, message, detail: "" } }),
  seed,
  routes: [
    ...documents,
    ...collectionRoutes(networks),
    ...collectionRoutes(subnets),
    ...collectionRoutes(ports),
    ...collectionRoutes(routers),
    ...collectionRoutes(floatingIps),
    ...collectionRoutes(securityGroups),
    ...collectionRoutes(securityGroupRules),
    ...routerInterfaceRoutes,
    ...tagRoutes,
    ...quotaRoutes,
  ],
};
