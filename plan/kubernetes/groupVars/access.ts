/** Where the Kubernetes API is, for nodes and for clients. */
import type { ClusterConfig } from "../../../config/resolve";
import { planApiEndpoint } from "../../apiEndpoint";
import { planControlPlane } from "../../machines";
import type { CloudFacts } from "../types";
import type { Variables } from "./variables";

/**
 * The name by which nodes call the API, if any. Where the endpoint has a floating IP the record leads there, and a
 * node that took that way would arrive with the router's address, which the load balancer lets nobody in from: nodes
 * then use the address inside the subnet, and the name stays in the certificate for clients outside.
 */
export function nodesCallByName({ apiEndpoint }: ClusterConfig): string | undefined {
  return apiEndpoint.floatingIp || apiEndpoint.type === "single" ? undefined : apiEndpoint.hostname;
}

export function accessVariables(config: ClusterConfig, { endpoint }: CloudFacts): Variables {
  const { type, hostname } = config.apiEndpoint;
  const names = [endpoint.address, endpoint.floatingIp, hostname].filter((name) => name !== undefined);
  return {
    supplementary_addresses_in_ssl_keys: [...new Set(names)],
    ...(type === "single" ? single : balanced(config, endpoint.address)),
    ...(type === "kube-vip" ? kubeVip(endpoint.address) : {}),
  };
}

/** One API server is its own endpoint: a proxy on every worker in front of it would be one part more to fail. */
const single: Variables = { loadbalancer_apiserver_localhost: false };

function balanced(config: ClusterConfig, address: string): Variables {
  const { port } = planApiEndpoint(config, planControlPlane(config));
  const name = nodesCallByName(config);
  return {
    loadbalancer_apiserver: { address, port },
    ...(name === undefined ? {} : { apiserver_loadbalancer_domain_name: name }),
  };
}

/** It finds the interface of the default route itself; Services of type LoadBalancer are somebody else's. */
function kubeVip(address: string): Variables {
  return {
    kube_vip_enabled: true,
    kube_vip_controlplane_enabled: true,
    kube_vip_arp_enabled: true,
    kube_vip_address: address,
    kube_vip_services_enabled: false,
    kube_vip_lb_enable: false,
    // Otherwise every node answers for the addresses that kube-proxy puts on a dummy interface.
    kube_proxy_strict_arp: true,
  };
}
