/** The operator of PostgreSQL clusters. */
import { toApiServer, toPods } from "./support/traffic";
import { PATRONI_PORT, POSTGRES_PORT } from "./support/postgres";
import { resources, restrictedContainer } from "./support/workload";
import type { ServiceDefinition } from "./definition";

export const postgresOperator: ServiceDefinition = {
  name: "postgres-operator",
  podSecurity: "baseline",
  release: {
    name: "postgres-operator",
    base: {
      configKubernetes: {
        enable_pod_antiaffinity: true,
        // Two workers are enough, and one while the other is replaced.
        pod_antiaffinity_preferred_during_scheduling: true,
        spilo_allow_privilege_escalation: false,
        // An object deleted by mistake must not take the data along.
        enable_persistent_volume_claim_deletion: false,
        enable_readiness_probe: true,
      },
      configDebug: { debug_logging: false },
      resources: resources("50m", "128Mi", "512Mi"),
      securityContext: { ...restrictedContainer, runAsUser: 1000 },
    },
    overlay: ({ config }) => ({ configKubernetes: { cluster_domain: config.kubernetes.clusterDomain } }),
  },
  allowedTraffic: (context) => [toApiServer(context), toPods(POSTGRES_PORT, PATRONI_PORT)],
};
