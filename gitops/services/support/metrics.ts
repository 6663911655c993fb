/** Where the services' pods tell how they are. */
import type { ServiceName } from "../../../config/services";

export interface PodMetrics {
  /** Of its monitor; one name for one kind of pod. */
  readonly name: string;
  /** Labels that its pods have, and no others. */
  readonly labels: Readonly<Record<string, string>>;
  /** Name of the container's port. */
  readonly port: string;
  /** @default /metrics */
  readonly path?: string;
}

const byName = (name: string) => ({ "app.kubernetes.io/name": name });
const kyvernoPart = (component: string, port = "metrics"): PodMetrics => ({
  name: `kyverno-${component}`,
  labels: { "app.kubernetes.io/part-of": "kyverno", "app.kubernetes.io/component": component },
  port,
});

/**
 * As the charts of the catalogue render them. Services that are not here have no metrics, want a log-in for them, or
 * give their ports no names: a target that is always down is an alarm that nobody hears any more.
 */
export const podMetrics: Readonly<Partial<Record<ServiceName, readonly PodMetrics[]>>> = {
  "cert-manager": [
    { name: "cert-manager", labels: { "app.kubernetes.io/instance": "cert-manager" }, port: "http-metrics" },
  ],
  kyverno: [
    kyvernoPart("admission-controller", "metrics-port"),
    kyvernoPart("background-controller"),
    kyvernoPart("cleanup-controller"),
    kyvernoPart("reports-controller"),
  ],
  velero: [{ name: "velero", labels: byName("velero"), port: "http-monitoring" }],
  "external-snapshotter": [
    { name: "snapshot-controller", labels: byName("snapshot-controller"), port: "http" },
  ],
  loki: [{ name: "loki", labels: byName("loki"), port: "http-metrics" }],
  tempo: [{ name: "tempo", labels: byName("tempo"), port: "prom-metrics" }],
  opentelemetry: [{ name: "opentelemetry", labels: byName("opentelemetry-collector"), port: "metrics" }],
  "gateway-api": [{ name: "envoy-gateway", labels: { "control-plane": "envoy-gateway" }, port: "metrics" }],
  keycloak: [{ name: "keycloak", labels: byName("keycloakx"), port: "http-internal" }],
  longhorn: [{ name: "longhorn", labels: { app: "longhorn-manager" }, port: "manager" }],
  istio: [
    { name: "istiod", labels: { app: "istiod" }, port: "http-monitoring" },
    { name: "ztunnel", labels: { app: "ztunnel" }, port: "ztunnel-stats", path: "/stats/prometheus" },
  ],
  "sealed-secrets": [{ name: "sealed-secrets", labels: byName("sealed-secrets"), port: "metrics" }],
  strimzi: [{ name: "strimzi", labels: { name: "strimzi-cluster-operator" }, port: "http" }],
  "rbac-manager": [{ name: "rbac-manager", labels: { app: "rbac-manager" }, port: "http-metrics" }],
};

export const FLUX: PodMetrics = {
  name: "flux",
  labels: { "app.kubernetes.io/part-of": "flux" },
  port: "http-prom",
};
