/** Networks of pods and Services, the plug-in that carries them, names and time. */
import type { ClusterConfig } from "../../../config/resolve";
import type { Variables } from "./variables";

export function networkVariables(config: ClusterConfig): Variables {
  const { podCidr, serviceCidr, podPrefixPerNode, cni, clusterDomain } = config.kubernetes;
  return {
    kube_network_plugin: cni,
    kube_pods_subnet: podCidr,
    kube_service_addresses: serviceCidr,
    kube_network_node_prefix: podPrefixPerNode,
    ...(cni === "calico" ? calico(config) : cilium(config)),
    // Kubespray's default is the cluster's name.
    dns_domain: clusterDomain,
    // Nodes keep the resolvers of their subnet: they must not need the cluster's own DNS to start the cluster.
    resolvconf_mode: "none",
    upstream_dns_servers: config.network.dnsServers,
    ...time(config),
  };
}

function calico({ kubernetes: { encapsulation } }: ClusterConfig): Variables {
  return {
    // BIRD tells the nodes each other's routes; with VXLAN there is nothing to tell.
    calico_network_backend: encapsulation === "vxlan" ? "vxlan" : "bird",
    calico_vxlan_mode: encapsulation === "vxlan" ? "Always" : "Never",
    calico_ipip_mode: encapsulation === "ipip" ? "Always" : "Never",
  };
}

function cilium({ kubernetes: { encapsulation, podCidr } }: ClusterConfig): Variables {
  const common = {
    // Cilium's own image runs as root and must write below Kubespray's directories.
    kube_owner: "root",
    // Also without tunnels: Cilium takes no other word for none, and with it its agents would not start.
    cilium_tunnel_mode: "vxlan",
  };
  if (encapsulation === "vxlan") return common;
  return {
    ...common,
    // Until v2.32 Kubespray has no variable for it.
    cilium_extra_values: { routingMode: "native" },
    cilium_native_routing_cidr: podCidr,
    // All nodes are in one subnet, so each can be the next hop of each.
    cilium_auto_direct_node_routes: true,
  };
}

/** Without servers the image's own set-up stays as it is. */
function time({ network: { ntpServers } }: ClusterConfig): Variables {
  if (ntpServers.length === 0) return { ntp_enabled: false };
  return {
    ntp_enabled: true,
    ntp_manage_config: true,
    ntp_servers: ntpServers.map((server) => `${server} iburst`),
  };
}
