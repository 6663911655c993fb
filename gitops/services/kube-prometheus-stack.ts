/** Prometheus, Alertmanager and Grafana, and what they watch of the other services. */
import { catalogue } from "../../config/catalogue";
import { serviceNames } from "../../config/services";
import type { Manifest } from "../types";
import { LOKI_PORT, LOKI_URL } from "./loki";
import { TEMPO_HOST, TEMPO_PORTS } from "./tempo";
import { pageHost, secureListener } from "./support/gateway";
import { FLUX, podMetrics, type PodMetrics } from "./support/metrics";
import { storageClassField } from "./support/storage";
import { fromApiServer, fromServices, toApiServer, toNodes, toPods, toService } from "./support/traffic";
import { resources } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const { namespace } = catalogue["kube-prometheus-stack"];
const GRAFANA_ADMIN = "grafana-admin";
const GRAFANA_PORT = 3000;
const WEBHOOK_PORT = 10_250;
/** Kubelet, node exporter. */
const NODE_PORTS = [10_250, 9100];

/** Their metrics are on the loopback address of the control plane, where nobody else may ask. */
const unreachable = { enabled: false };

export const kubePrometheusStack: ServiceDefinition = {
  name: "kube-prometheus-stack",
  // The node exporter reads the node's own files.
  podSecurity: "privileged",
  release: {
    name: "kube-prometheus-stack",
    base: {
      // Flux replaces the kinds itself.
      crds: { upgradeJob: { enabled: false } },
      kubeEtcd: unreachable,
      kubeScheduler: unreachable,
      kubeControllerManager: unreachable,
      kubeProxy: unreachable,
      defaultRules: {
        rules: {
          etcd: false,
          kubeControllerManager: false,
          kubeProxy: false,
          kubeSchedulerAlerting: false,
          kubeSchedulerRecording: false,
        },
      },
      prometheusOperator: { resources: resources("20m", "96Mi", "256Mi") },
      "kube-state-metrics": { resources: resources("20m", "96Mi", "256Mi") },
      "prometheus-node-exporter": { resources: resources("20m", "32Mi", "128Mi") },
      prometheus: {
        prometheusSpec: {
          retention: "15d",
          // Beneath the volume's size: a full volume ends in a Prometheus that does not start any more.
          retentionSize: "45GB",
          resources: resources("200m", "1Gi", "3Gi"),
          // Monitors of every team, and not of this release alone.
          podMonitorSelectorNilUsesHelmValues: false,
          serviceMonitorSelectorNilUsesHelmValues: false,
          ruleSelectorNilUsesHelmValues: false,
          probeSelectorNilUsesHelmValues: false,
          scrapeConfigSelectorNilUsesHelmValues: false,
        },
      },
      alertmanager: { alertmanagerSpec: { resources: resources("10m", "64Mi", "256Mi") } },
      grafana: {
        admin: { existingSecret: GRAFANA_ADMIN, userKey: "admin-user", passwordKey: "admin-password" },
        resources: resources("50m", "192Mi", "512Mi"),
        // Dashboards come from Git; nothing that is clicked together may be lost, so nothing is kept.
        persistence: { enabled: false },
        "grafana.ini": { analytics: { reporting_enabled: false, check_for_updates: false } },
        sidecar: { resources: resources("10m", "96Mi", "256Mi") },
      },
    },
    overlay: (context) => ({
      prometheus: {
        prometheusSpec: {
          storageSpec: claim(context, "50Gi"),
          externalLabels: { cluster: "${cluster_name}" },
        },
      },
      alertmanager: { alertmanagerSpec: { storage: claim(context, "5Gi") } },
      grafana: { additionalDataSources: dataSources(context), ...page(context) },
    }),
  },
  configuration: (context) => monitors(context),
  secrets: () => [
    {
      name: GRAFANA_ADMIN,
      stringData: (values) => ({
        "admin-user": "admin",
        "admin-password": values.password("grafana/admin"),
      }),
    },
  ],
  allowedTraffic: (context) => [
    toApiServer(context),
    fromApiServer(context, WEBHOOK_PORT),
    toNodes(context, ...NODE_PORTS),
    { ...toPods(), podSelector: { "app.kubernetes.io/name": "prometheus" } },
    ...toService(context, "loki", LOKI_PORT),
    ...toService(context, "tempo", TEMPO_PORTS.query),
    ...fromServices(context, ["gateway-api"], GRAFANA_PORT),
  ],
};

function claim(context: ServiceContext, size: string) {
  const spec = {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: size } },
    ...storageClassField(context, "storageClassName"),
  };
  return { volumeClaimTemplate: { spec } };
}

function dataSources(context: ServiceContext) {
  const logs = { name: "Loki", type: "loki", uid: "loki", url: LOKI_URL, access: "proxy" };
  const tracesUrl = `http://${TEMPO_HOST}:${TEMPO_PORTS.query}`;
  const traces = { name: "Tempo", type: "tempo", uid: "tempo", url: tracesUrl, access: "proxy" };
  return [...(context.isEnabled("loki") ? [logs] : []), ...(context.isEnabled("tempo") ? [traces] : [])];
}

function page(context: ServiceContext) {
  const host = pageHost(context, "grafana");
  if (host === undefined) return {};
  const main = { enabled: true, parentRefs: [secureListener], hostnames: [host] };
  return { route: { main } };
}

/**
 * Monitors are here and not with the services that they watch: else a service would wait for Prometheus, and with
 * Prometheus in trouble nothing else could be changed.
 */
function monitors(context: ServiceContext): readonly Manifest[] {
  const services = serviceNames
    .filter((name) => context.isEnabled(name))
    .flatMap((name) =>
      (podMetrics[name] ?? []).map((metrics) => podMonitor(catalogue[name].namespace, metrics)),
    );
  return [...services, podMonitor("flux-system", FLUX)];
}

function podMonitor(watched: string, { name, labels, port, path }: PodMetrics): Manifest {
  return {
    apiVersion: "monitoring.coreos.com/v1",
    kind: "PodMonitor",
    metadata: { name, namespace },
    spec: {
      namespaceSelector: { matchNames: [watched] },
      selector: { matchLabels: labels },
      podMetricsEndpoints: [{ port, ...(path === undefined ? {} : { path }) }],
    },
  };
}
