/** How the Kubernetes API is reached: the endpoint, its load balancer and its DNS record. */
import { etherType } from "../config/address";
import type { ClusterConfig } from "../config/resolve";
import { API_SERVER_PORT } from "./securityGroups";
import type { ApiEndpointPlan, DnsPlan, LoadBalancerPlan, NodeGroupPlan } from "./types";

const RECORD_TTL_SECONDS = 300;

/**
 * Amphorae check clients themselves, and the nodes are clients too. Providers that keep the client's address leave
 * the check to the members' security groups, and OVN refuses a listener with allowed CIDRs.
 */
function allowedCidrs(config: ClusterConfig): string[] | undefined {
  if (config.apiEndpoint.provider !== "amphora") return undefined;
  return [...new Set([...config.access.apiAllowedCidrs, config.network.cidr])].sort();
}

function planLoadBalancer(config: ClusterConfig, controlPlane: NodeGroupPlan): LoadBalancerPlan {
  const { provider, flavorId, port, monitor } = config.apiEndpoint;
  return {
    name: `${config.name}-api`,
    provider,
    flavorId,
    port,
    memberPort: API_SERVER_PORT,
    allowedCidrs: allowedCidrs(config),
    members: controlPlane.machines.map((machine) => machine.name),
    monitor,
  };
}

export function planApiEndpoint(config: ClusterConfig, controlPlane: NodeGroupPlan): ApiEndpointPlan {
  const { type, vip, port, floatingIp, hostname } = config.apiEndpoint;
  return {
    type,
    name: `${config.name}-api`,
    vip,
    // Without a load balancer nothing translates: clients talk to the API server itself.
    port: type === "octavia" ? port : API_SERVER_PORT,
    floatingIp,
    hostname,
    loadBalancer: type === "octavia" ? planLoadBalancer(config, controlPlane) : undefined,
  };
}

export function planDns(config: ClusterConfig): DnsPlan | undefined {
  const { dns, hostname, manageZone } = config.apiEndpoint;
  if (dns !== "designate" || hostname === undefined || config.domain === undefined) return undefined;
  const type = etherType(config.network.cidr) === "IPv4" ? "A" : "AAAA";
  return {
    zone: `${config.domain}.`,
    manageZone,
    records: [{ key: "api", name: `${hostname}.`, type, ttl: RECORD_TTL_SECONDS }],
  };
}
