/** The cloud controller manager, where Flux takes it over from the installer. */
import { cloudConf, loginSection } from "./support/cloudConf";
import { loginOf } from "./support/secrets";
import { onControlPlane, resources, uninitializedToleration } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const CLOUD_CONFIG = "cloud-config";

export const openstackCcm: ServiceDefinition = {
  name: "openstack-ccm",
  // It uses the network of its node: the pods' one may not be there yet.
  podSecurity: "privileged",
  release: {
    name: "openstack-cloud-controller-manager",
    base: {
      secret: { enabled: true, create: false, name: CLOUD_CONFIG },
      ...onControlPlane,
      tolerations: [...onControlPlane.tolerations, uninitializedToleration],
      priorityClassName: "system-cluster-critical",
      // The route controller is for clouds whose routers know the pods' network.
      enabledControllers: ["cloud-node", "cloud-node-lifecycle", "service"],
      // Nothing of the node is read: what the chart mounts is for drivers that are long gone.
      extraVolumes: [],
      extraVolumeMounts: [],
      resources: resources("50m", "64Mi", "256Mi"),
    },
    overlay: () => ({ cluster: { name: "${cluster_name}" } }),
  },
  secrets: (context) => [
    {
      name: CLOUD_CONFIG,
      stringData: (values) => ({
        "cloud.conf": cloudConf({
          Global: loginSection(loginOf(values, "openstack-ccm"), context.config.openstack.caCertificate),
          Networking: networking(context),
          LoadBalancer: loadBalancer(context),
        }),
        ...certificate(context),
      }),
    },
  ],
  // It is on the node's network, which no policy of a namespace reaches.
};

function certificate({ config: { openstack } }: ServiceContext): Readonly<Record<string, string>> {
  return openstack.caCertificate === undefined ? {} : { "ca.crt": openstack.caCertificate };
}

/** On a machine with a second interface any of its addresses would be taken. */
function networking({ config }: ServiceContext) {
  return { "internal-network-name": config.network.existing === undefined ? config.name : undefined };
}

/** As the installer sets it; the ids of networks are in no Secret of Git, and the controller finds them by itself. */
function loadBalancer({ config }: ServiceContext) {
  const { network, apiEndpoint } = config;
  const reachable = network.existing === undefined || network.existing.routerId !== undefined;
  const ovn = apiEndpoint.type === "octavia" && apiEndpoint.provider === "ovn";
  return {
    "lb-provider": apiEndpoint.type === "octavia" ? apiEndpoint.provider : undefined,
    // The only algorithm of OVN; with the controller's default every Service stays pending.
    "lb-method": ovn ? "SOURCE_IP_PORT" : undefined,
    // Without a router a floating IP has no way in, and every Service would wait for one for ever.
    "internal-lb": reachable ? undefined : true,
  };
}
