/** The operator of Kafka clusters, which users describe in their own namespaces. */
import { scraped, toApiServer, toPods } from "./support/traffic";
import { resources } from "./support/workload";
import type { ServiceDefinition } from "./definition";

/** Of Kafka's control plane, its agent and Connect, which the operator talks to. */
const KAFKA_PORTS = [8083, 8090, 8443, 9090, 9091, 9443];

export const strimzi: ServiceDefinition = {
  name: "strimzi",
  podSecurity: "restricted",
  release: {
    name: "strimzi-kafka-operator",
    base: {
      watchAnyNamespace: true,
      replicas: 2,
      podDisruptionBudget: { enabled: true, minAvailable: 1 },
      resources: resources("100m", "384Mi", "512Mi"),
    },
    overlay: ({ config }) => ({ kubernetesServiceDnsDomain: config.kubernetes.clusterDomain }),
  },
  allowedTraffic: (context) => [toApiServer(context), toPods(...KAFKA_PORTS), ...scraped(context, "strimzi")],
};
