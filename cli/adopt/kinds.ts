/** The kinds of resources that can be taken over: where the cloud lists them, and what of them can be compared. */
import type { ServiceName } from "../cloud/client";
import type { CloudObject } from "./types";

type Reader = (object: CloudObject) => unknown;

export interface Kind {
  readonly service: ServiceName;
  readonly path: string;
  /** Name of the collection in the answer. */
  readonly key: string;
  /** Found by its name; the others follow from what they belong to. */
  readonly byName: boolean;
  /** Inputs of the program, and where the cloud's object says the same. */
  readonly same: Readonly<Record<string, Reader>>;
  /** Inputs that cannot be changed on an existing object. */
  readonly fixed: readonly string[];
}

const field = (name: string) => (object: CloudObject) => object[name];
const inside = (outer: string, inner: string) => (object: CloudObject) =>
  (object[outer] as CloudObject | null | undefined)?.[inner];
const NAMED = { name: field("name") };
const TAGGED = { ...NAMED, tags: field("tags") };

function kind(
  service: ServiceName,
  path: string,
  key: string,
  rest: Partial<Pick<Kind, "byName" | "same" | "fixed">> = {},
): Kind {
  return { service, path, key, byName: false, same: NAMED, fixed: [], ...rest };
}

export const KINDS: Readonly<Record<string, Kind>> = {
  "openstack:networking/network:Network": kind("network", "/networks", "networks", {
    byName: true,
    same: { ...TAGGED, mtu: field("mtu"), adminStateUp: field("admin_state_up") },
  }),
  "openstack:networking/subnet:Subnet": kind("network", "/subnets", "subnets", {
    byName: true,
    same: {
      ...TAGGED,
      cidr: field("cidr"),
      networkId: field("network_id"),
      ipVersion: field("ip_version"),
      gatewayIp: field("gateway_ip"),
      allocationPools: field("allocation_pools"),
      dnsNameservers: field("dns_nameservers"),
      enableDhcp: field("enable_dhcp"),
    },
    fixed: ["cidr", "networkId", "ipVersion"],
  }),
  "openstack:networking/router:Router": kind("network", "/routers", "routers", {
    byName: true,
    same: { ...TAGGED, externalNetworkId: inside("external_gateway_info", "network_id") },
  }),
  "openstack:networking/routerInterface:RouterInterface": kind("network", "/ports", "ports", { same: {} }),
  "openstack:networking/port:Port": kind("network", "/ports", "ports", {
    same: { ...TAGGED, networkId: field("network_id"), securityGroupIds: field("security_groups") },
    fixed: ["networkId"],
  }),
  "openstack:networking/floatingIp:FloatingIp": kind("network", "/floatingips", "floatingips", {
    same: { tags: field("tags"), description: field("description") },
  }),
  "openstack:compute/instance:Instance": kind("compute", "/servers/detail", "servers", {
    byName: true,
    same: {
      ...TAGGED,
      flavorName: inside("flavor", "original_name"),
      metadata: field("metadata"),
    },
  }),
  "openstack:compute/serverGroup:ServerGroup": kind("compute", "/os-server-groups", "server_groups", {
    byName: true,
    same: { ...NAMED, policies: field("policies") },
    fixed: ["name", "policies"],
  }),
  "openstack:blockstorage/volume:Volume": kind("volume", "/volumes/detail", "volumes", {
    byName: true,
    same: { ...NAMED, size: field("size"), metadata: field("metadata") },
  }),
  "openstack:compute/volumeAttach:VolumeAttach": kind("volume", "/volumes/detail", "volumes", { same: {} }),
  "openstack:loadbalancer/loadBalancer:LoadBalancer": kind(
    "load-balancer",
    "/lbaas/loadbalancers",
    "loadbalancers",
    {
      byName: true,
      same: {
        ...TAGGED,
        description: field("description"),
        vipSubnetId: field("vip_subnet_id"),
        vipAddress: field("vip_address"),
        loadbalancerProvider: field("provider"),
        flavorId: field("flavor_id"),
      },
      fixed: ["vipSubnetId", "vipAddress", "loadbalancerProvider", "flavorId"],
    },
  ),
  "openstack:loadbalancer/listener:Listener": kind("load-balancer", "/lbaas/listeners", "listeners", {
    same: {
      ...TAGGED,
      protocol: field("protocol"),
      protocolPort: field("protocol_port"),
      allowedCidrs: field("allowed_cidrs"),
    },
    fixed: ["protocol", "protocolPort"],
  }),
  "openstack:loadbalancer/pool:Pool": kind("load-balancer", "/lbaas/pools", "pools", {
    same: { ...NAMED, protocol: field("protocol"), lbMethod: field("lb_algorithm") },
    fixed: ["protocol"],
  }),
  "openstack:loadbalancer/monitor:Monitor": kind("load-balancer", "/lbaas/healthmonitors", "healthmonitors", {
    same: {
      ...NAMED,
      type: field("type"),
      delay: field("delay"),
      timeout: field("timeout"),
      maxRetries: field("max_retries"),
    },
    fixed: ["type"],
  }),
  "openstack:loadbalancer/member:Member": kind("load-balancer", "", "members", {
    same: {
      ...NAMED,
      address: field("address"),
      protocolPort: field("protocol_port"),
      subnetId: field("subnet_id"),
    },
    fixed: ["address", "protocolPort", "subnetId"],
  }),
};

/** @throws Error for a type that cannot be adopted, which callers have left out */
export function kindFor(type: string): Kind {
  const found = KINDS[type];
  if (found === undefined) throw new Error(`${type} cannot be adopted`);
  return found;
}
