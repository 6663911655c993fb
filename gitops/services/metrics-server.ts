/** metrics-server: what autoscaling and `kubectl top` read. */
import { fromApiServer, toApiServer, toNodes } from "./support/traffic";
import { resources, spread } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const KUBELET_PORT = 10_250;
const PORT = 10_250;
const labels = { "app.kubernetes.io/name": "metrics-server" };

export const metricsServer: ServiceDefinition = {
  name: "metrics-server",
  podSecurity: "restricted",
  release: {
    name: "metrics-server",
    base: {
      replicas: 2,
      topologySpreadConstraints: spread(labels),
      // Autoscaling stands still while none answers, for example while a node is drained.
      podDisruptionBudget: { enabled: true, minAvailable: 1 },
      resources: resources("50m", "100Mi", "300Mi"),
    },
    overlay: (context) => (kubeletCertificatesSigned(context) ? {} : { args: ["--kubelet-insecure-tls"] }),
  },
  allowedTraffic: (context) => [
    toApiServer(context),
    toNodes(context, KUBELET_PORT),
    fromApiServer(context, PORT),
  ],
};

/** Without the approver that the installer fetches from the Internet, kubelets sign their certificates themselves. */
function kubeletCertificatesSigned({ config }: ServiceContext): boolean {
  return config.kubernetes.hardening && config.kubespray.offline === undefined;
}
