/** Tempo as one process: enough for a cluster of this size, and nothing to keep apart. */
import { storageClassField } from "./support/storage";
import { fromServices, scraped } from "./support/traffic";
import { resources, restrictedContainer } from "./support/workload";
import type { ServiceDefinition } from "./definition";

export const TEMPO_PORTS = { query: 3200, otlpGrpc: 4317, otlpHttp: 4318 } as const;
/** In the cluster, for whoever sends or asks. */
export const TEMPO_HOST = "tempo.tempo.svc";

const USER = 10_001;

export const tempo: ServiceDefinition = {
  name: "tempo",
  podSecurity: "restricted",
  release: {
    name: "tempo",
    base: {
      tempo: {
        retention: "168h",
        // It would tell its makers how it is used.
        reportingEnabled: false,
        resources: resources("100m", "512Mi", "2Gi"),
        receivers: {
          otlp: {
            protocols: {
              grpc: { endpoint: `0.0.0.0:${TEMPO_PORTS.otlpGrpc}` },
              http: { endpoint: `0.0.0.0:${TEMPO_PORTS.otlpHttp}` },
            },
          },
        },
        securityContext: restrictedContainer,
      },
      securityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        runAsGroup: USER,
        fsGroup: USER,
        seccompProfile: restrictedContainer.seccompProfile,
      },
      persistence: { enabled: true, size: "20Gi" },
    },
    overlay: (context) => ({ persistence: storageClassField(context, "storageClassName") }),
  },
  allowedTraffic: (context) => [
    ...fromServices(
      context,
      ["opentelemetry", "kube-prometheus-stack"],
      TEMPO_PORTS.query,
      TEMPO_PORTS.otlpGrpc,
      TEMPO_PORTS.otlpHttp,
    ),
    ...scraped(context, "tempo"),
  ],
};
