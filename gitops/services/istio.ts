/**
 * Istio in ambient mode: without side-cars, which would need rights in users' namespaces that a production cluster's
 * policies refuse.
 */
import { fromApiServer, fromPods, scraped, toApiServer, toPods } from "./support/traffic";
import { controlPlaneToleration, resources, spread } from "./support/workload";
import type { ServiceDefinition } from "./definition";

/** Istiod: certificates and configuration for the mesh, its webhooks; and the tunnel between nodes. */
const XDS_PORT = 15_012;
const WEBHOOK_PORT = 15_017;
const TUNNEL_PORT = 15_008;

export const istio: ServiceDefinition = {
  name: "istio",
  // The node's part changes the network of pods.
  podSecurity: "privileged",
  release: {
    name: "istio",
    base: {
      istiod: {
        profile: "ambient",
        autoscaleEnabled: false,
        replicaCount: 2,
        topologySpreadConstraints: spread({ app: "istiod" }),
        resources: resources("100m", "256Mi", "1Gi"),
      },
      cni: { profile: "ambient", resources: resources("20m", "64Mi", "256Mi") },
      ztunnel: {
        profile: "ambient",
        resources: resources("50m", "128Mi", "512Mi"),
        tolerations: [controlPlaneToleration],
      },
    },
  },
  allowedTraffic: (context) => [
    toApiServer(context),
    fromApiServer(context, WEBHOOK_PORT),
    fromPods(XDS_PORT, TUNNEL_PORT),
    toPods(),
    ...scraped(context, "istio"),
  ],
};
