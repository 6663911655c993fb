/**
 * The cloud controller manager. Its credentials are read by Kubespray from the environment (`OS_*`); nothing secret is
 * ever in a file of variables.
 */
import type { ClusterConfig } from "../../../config/resolve";
import { CA_CERTIFICATE_PATH } from "../../cloudInit";
import type { CloudFacts } from "../types";
import type { Variables } from "./variables";

export function cloudVariables(config: ClusterConfig, facts: CloudFacts): Variables {
  // The kubelet waits for a controller either way; with `manual` it is Flux that brings one.
  const takenOver = config.services["openstack-ccm"]?.enabled === true;
  return {
    cloud_provider: "external",
    external_cloud_provider: takenOver ? "manual" : "openstack",
    ...(takenOver ? {} : controller(config, facts)),
  };
}

function controller(config: ClusterConfig, { subnetId, externalNetworkId }: CloudFacts): Variables {
  const { network, openstack } = config;
  const reachable = network.existing === undefined || network.existing.routerId !== undefined;
  return {
    external_openstack_lbaas_enabled: true,
    external_openstack_lbaas_subnet_id: subnetId,
    external_openstack_lbaas_floating_network_id: externalNetworkId,
    // Without a router a floating IP has no way in, and every Service would wait for one for ever.
    ...(reachable ? {} : { external_openstack_lbaas_internal_lb: true }),
    ...balancer(config),
    // On a machine with a second interface the controller would take any of its addresses. It knows networks by name
    // only, and of a network that somebody else made we know the id.
    ...(network.existing === undefined
      ? { external_openstack_network_internal_networks: [config.name] }
      : {}),
    // Read from the disk of the first control-plane node, where cloud-init has put it.
    ...(openstack.caCertificate === undefined ? {} : { external_openstack_cacert: CA_CERTIFICATE_PATH }),
  };
}

/** Services get the load balancers that the cloud is known to have. */
function balancer({ apiEndpoint: { type, provider } }: ClusterConfig): Variables {
  if (type !== "octavia") return {};
  return {
    external_openstack_lbaas_provider: provider,
    // The only algorithm of OVN; with the controller's default every Service stays pending.
    ...(provider === "ovn" ? { external_openstack_lbaas_method: "SOURCE_IP_PORT" } : {}),
  };
}
