/** Loki as one process with a volume: the chart's other shapes need an object store with keys of their own. */
import { storageClassField } from "./support/storage";
import { fromServices, scraped } from "./support/traffic";
import { resources } from "./support/workload";
import type { ServiceDefinition } from "./definition";

export const LOKI_PORT = 3100;
export const LOKI_URL = `http://loki.loki.svc:${LOKI_PORT}`;

/** Fourteen days: long enough to ask what happened before the week-end. */
const RETENTION = "336h";

export const loki: ServiceDefinition = {
  name: "loki",
  podSecurity: "restricted",
  release: {
    name: "loki",
    base: {
      deploymentMode: "Monolithic",
      loki: {
        // One organisation's cluster has one tenant; the only writer is the platform's own collector.
        auth_enabled: false,
        commonConfig: { replication_factor: 1 },
        storage: { type: "filesystem" },
        schemaConfig: {
          configs: [
            {
              from: "2025-01-01",
              store: "tsdb",
              object_store: "filesystem",
              schema: "v13",
              index: { prefix: "loki_index_", period: "24h" },
            },
          ],
        },
        limits_config: { retention_period: RETENTION, allow_structured_metadata: true, volume_enabled: true },
        compactor: { retention_enabled: true, delete_request_store: "filesystem" },
        analytics: { reporting_enabled: false },
      },
      singleBinary: {
        replicas: 1,
        resources: resources("200m", "512Mi", "2Gi"),
        persistence: { enabled: true, size: "50Gi" },
      },
      ...Object.fromEntries(["read", "write", "backend"].map((shape) => [shape, { replicas: 0 }])),
      // Without caches a single process answers from its own memory.
      chunksCache: { enabled: false },
      resultsCache: { enabled: false },
      gateway: { enabled: false },
      lokiCanary: { enabled: false },
      test: { enabled: false },
      minio: { enabled: false },
      // Rules come as files from nobody.
      sidecar: { rules: { enabled: false } },
    },
    overlay: (context) => ({ singleBinary: { persistence: storageClassField(context) } }),
  },
  allowedTraffic: (context) => [
    ...fromServices(context, ["opentelemetry", "kube-prometheus-stack"], LOKI_PORT),
    ...scraped(context, "loki"),
  ],
};
