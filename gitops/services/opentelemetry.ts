/** A collector on every node: logs of pods to Loki, traces that applications send to Tempo. */
import { LOKI_PORT, LOKI_URL } from "./loki";
import { TEMPO_HOST, TEMPO_PORTS } from "./tempo";
import { fromPods, scraped, toApiServer, toService } from "./support/traffic";
import { controlPlaneToleration, resources } from "./support/workload";
import type { HelmValues, ServiceContext, ServiceDefinition } from "./definition";

const OTLP_PORTS = [4317, 4318];

/** Without somewhere to send to, what arrives is counted and dropped, until values say where it goes. */
const NOWHERE = "debug";

export const opentelemetry: ServiceDefinition = {
  name: "opentelemetry",
  // It reads the log files of the node.
  podSecurity: "privileged",
  release: {
    name: "opentelemetry-collector",
    base: {
      mode: "daemonset",
      image: {
        repository: "ghcr.io/open-telemetry/opentelemetry-collector-releases/opentelemetry-collector-k8s",
      },
      presets: {
        logsCollection: { enabled: true, includeCollectorLogs: false, storeCheckpoints: true },
        kubernetesAttributes: { enabled: true },
      },
      // Old protocols that nothing of the platform speaks.
      ports: {
        "jaeger-compact": { enabled: false },
        "jaeger-thrift": { enabled: false },
        "jaeger-grpc": { enabled: false },
        zipkin: { enabled: false },
        metrics: { enabled: true },
      },
      service: { enabled: true },
      tolerations: [controlPlaneToleration],
      resources: resources("50m", "128Mi", "512Mi"),
    },
    overlay: (context) => ({ config: pipelines(context) }),
  },
  allowedTraffic: (context) => [
    toApiServer(context),
    fromPods(...OTLP_PORTS),
    ...toService(context, "loki", LOKI_PORT),
    ...toService(context, "tempo", TEMPO_PORTS.otlpGrpc),
    ...scraped(context, "opentelemetry"),
  ],
};

function pipelines(context: ServiceContext): HelmValues {
  const toLoki = context.isEnabled("loki");
  const toTempo = context.isEnabled("tempo");
  return {
    exporters: {
      ...(toLoki ? { "otlphttp/loki": { endpoint: `${LOKI_URL}/otlp` } } : {}),
      ...(toTempo
        ? { "otlp/tempo": { endpoint: `${TEMPO_HOST}:${TEMPO_PORTS.otlpGrpc}`, tls: { insecure: true } } }
        : {}),
    },
    service: {
      pipelines: {
        logs: { exporters: [toLoki ? "otlphttp/loki" : NOWHERE] },
        traces: { receivers: ["otlp"], exporters: [toTempo ? "otlp/tempo" : NOWHERE] },
        // Metrics are scraped, and the chart would scrape the collector a second time.
        metrics: { receivers: ["otlp"], exporters: [NOWHERE] },
      },
    },
  };
}
