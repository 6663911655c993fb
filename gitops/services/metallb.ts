/** MetalLB, announcing addresses on the nodes' own network. */
import { catalogue } from "../../config/catalogue";
import { fromApiServer, toApiServer } from "./support/traffic";
import { controlPlaneToleration, resources } from "./support/workload";
import type { ServiceDefinition } from "./definition";

const WEBHOOK_PORT = 9443;
const POOL = "platform";
const { namespace } = catalogue.metallb;

export const metallb: ServiceDefinition = {
  name: "metallb",
  // The speakers answer for addresses on the nodes' network.
  podSecurity: "privileged",
  release: {
    name: "metallb",
    base: {
      // Routers that speak BGP are a site's own matter; on a network of the cloud there are none to talk to.
      frrk8s: { enabled: false },
      controller: { resources: resources("20m", "64Mi", "256Mi") },
      speaker: {
        frr: { enabled: false },
        tolerations: [controlPlaneToleration],
        resources: resources("20m", "64Mi", "256Mi"),
      },
      // The chart's own role for Prometheus names one that may not be there.
      prometheus: { rbacPrometheus: false },
    },
  },
  configuration: ({ config }) => {
    const addresses = config.services.metallb?.addressPools ?? [];
    if (addresses.length === 0) return [];
    return [
      {
        apiVersion: "metallb.io/v1beta1",
        kind: "IPAddressPool",
        metadata: { name: POOL, namespace },
        spec: { addresses },
      },
      {
        apiVersion: "metallb.io/v1beta1",
        kind: "L2Advertisement",
        metadata: { name: POOL, namespace },
        spec: { ipAddressPools: [POOL] },
      },
    ];
  },
  allowedTraffic: (context) => [toApiServer(context), fromApiServer(context, WEBHOOK_PORT)],
};
