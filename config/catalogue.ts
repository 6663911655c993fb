/**
 * The platform services as data: what a rule or a table has to know of them. What they look like in the cluster is in
 * `gitops/services/`.
 */
import type { ClusterConfig } from "./resolve";
import { serviceNames, type ServiceName } from "./services";

export interface CatalogueEntry {
  /** What it is for, in a few words. */
  readonly summary: string;
  readonly namespace: string;
  /** Absent for services that are plain manifests. */
  readonly chart?: {
    readonly name: string;
    /** `https://…` of a Helm repository, or `oci://…` without the chart's name. */
    readonly repository: string;
    /** Pinned; `services.<name>.version` overrides it. */
    readonly version: string;
  };
  /** Whether a cluster has it unless it says otherwise: the set that production needs on two workers. */
  readonly defaultOn: boolean;
  /** Services without which it cannot work: enabling it without them is an error. */
  readonly needs: readonly ServiceName[];
  /** Services that come first where both are enabled. */
  readonly after: readonly ServiceName[];
}

/** Until a cloud controller has looked at a node, nothing else may run there; else it comes with the installer. */
const CLOUD: readonly ServiceName[] = ["openstack-ccm"];

/** What brings volumes: a release that waits for its pods would otherwise wait for them in vain. */
const STORAGE: readonly ServiceName[] = [...CLOUD, "cinder-csi", "longhorn"];

const OPENSTACK = "https://kubernetes.github.io/cloud-provider-openstack";
const GRAFANA = "https://grafana-community.github.io/helm-charts";

const chart = (name: string, repository: string, version: string) => ({ name, repository, version });

/** Versions are what the projects' repositories had tagged in August 2026, for Kubernetes 1.34 to 1.36. */
export const catalogue: Readonly<Record<ServiceName, CatalogueEntry>> = {
  "cert-manager": {
    summary: "certificates, issued and renewed",
    namespace: "cert-manager",
    chart: chart("cert-manager", "https://charts.jetstack.io", "v1.21.1"),
    defaultOn: true,
    needs: [],
    // It looks for the kinds of Gateway API once, when it starts.
    after: [...CLOUD, "gateway-api"],
  },
  kyverno: {
    summary: "policies for what may run",
    namespace: "kyverno",
    chart: chart("kyverno", "https://kyverno.github.io/kyverno", "3.8.2"),
    defaultOn: true,
    needs: [],
    after: CLOUD,
  },
  velero: {
    summary: "backups of objects and volumes",
    namespace: "velero",
    chart: chart("velero", "https://vmware-tanzu.github.io/helm-charts", "11.4.0"),
    // The plug-in for Swift is made for Velero 1.17, which is chart 11. Without a store it stays off: see isEnabled.
    defaultOn: true,
    needs: [],
    after: [...STORAGE, "external-snapshotter"],
  },
  "openstack-ccm": {
    summary: "cloud controller, taken over from the installer",
    namespace: "openstack-ccm",
    chart: chart("openstack-cloud-controller-manager", OPENSTACK, "2.36.0"),
    defaultOn: false,
    needs: [],
    after: [],
  },
  "cinder-csi": {
    summary: "volumes of the cloud",
    namespace: "openstack-csi",
    chart: chart("openstack-cinder-csi", OPENSTACK, "2.36.0"),
    defaultOn: true,
    needs: [],
    after: [...CLOUD, "external-snapshotter"],
  },
  "external-snapshotter": {
    summary: "snapshots of volumes",
    namespace: "external-snapshotter",
    chart: chart("snapshot-controller", "https://piraeus.io/helm-charts", "5.2.0"),
    defaultOn: true,
    needs: [],
    after: CLOUD,
  },
  "metrics-server": {
    summary: "processor and memory use, for autoscaling and kubectl top",
    namespace: "metrics-server",
    chart: chart("metrics-server", "https://kubernetes-sigs.github.io/metrics-server", "3.13.1"),
    defaultOn: true,
    needs: [],
    after: CLOUD,
  },
  "kube-prometheus-stack": {
    summary: "metrics, alerts and dashboards",
    namespace: "observability",
    chart: chart("kube-prometheus-stack", "https://prometheus-community.github.io/helm-charts", "88.5.3"),
    // Two gigabytes of memory and a volume that grows, for alerts that reach nobody until somebody says whom.
    defaultOn: false,
    needs: [],
    after: STORAGE,
  },
  loki: {
    summary: "logs",
    namespace: "loki",
    chart: chart("loki", GRAFANA, "18.11.0"),
    defaultOn: false,
    needs: [],
    after: STORAGE,
  },
  tempo: {
    summary: "traces",
    namespace: "tempo",
    chart: chart("tempo", GRAFANA, "2.2.4"),
    defaultOn: false,
    needs: [],
    after: STORAGE,
  },
  opentelemetry: {
    summary: "collects logs and traces on every node",
    namespace: "opentelemetry",
    chart: chart(
      "opentelemetry-collector",
      "https://open-telemetry.github.io/opentelemetry-helm-charts",
      "0.170.0",
    ),
    defaultOn: false,
    needs: [],
    after: [...CLOUD, "loki", "tempo", "kube-prometheus-stack"],
  },
  "gateway-api": {
    summary: "ingress: Gateway API by Envoy Gateway",
    namespace: "envoy-gateway-system",
    chart: chart("gateway-helm", "oci://docker.io/envoyproxy", "v1.9.0"),
    defaultOn: false,
    needs: [],
    after: [...CLOUD, "metallb"],
  },
  headlamp: {
    summary: "web console",
    namespace: "headlamp",
    chart: chart("headlamp", "https://kubernetes-sigs.github.io/headlamp", "0.45.0"),
    defaultOn: false,
    needs: [],
    after: CLOUD,
  },
  keycloak: {
    summary: "log-in for people, by OpenID Connect",
    namespace: "keycloak",
    chart: chart("keycloakx", "https://codecentric.github.io/helm-charts", "7.1.11"),
    defaultOn: false,
    needs: ["postgres-operator"],
    after: STORAGE,
  },
  "postgres-operator": {
    summary: "PostgreSQL clusters",
    namespace: "postgres-operator",
    chart: chart(
      "postgres-operator",
      "https://opensource.zalando.com/postgres-operator/charts/postgres-operator",
      "2.0.1",
    ),
    defaultOn: false,
    needs: [],
    after: CLOUD,
  },
  harbor: {
    summary: "registry of container images",
    namespace: "harbor",
    chart: chart("harbor", "https://helm.goharbor.io", "1.19.1"),
    defaultOn: false,
    needs: [],
    // With the operator it has a database of its own, else the chart's.
    after: [...STORAGE, "postgres-operator"],
  },
  longhorn: {
    summary: "replicated volumes on the nodes' own disks",
    namespace: "longhorn-system",
    chart: chart("longhorn", "https://charts.longhorn.io", "1.12.0"),
    defaultOn: false,
    needs: [],
    after: [...CLOUD, "external-snapshotter"],
  },
  metallb: {
    summary: "load balancers without the cloud's",
    namespace: "metallb-system",
    chart: chart("metallb", "https://metallb.github.io/metallb", "0.16.1"),
    defaultOn: false,
    needs: [],
    after: CLOUD,
  },
  istio: {
    summary: "service mesh, in ambient mode",
    namespace: "istio-system",
    chart: chart("ambient", "https://istio-release.storage.googleapis.com/charts", "1.30.3"),
    defaultOn: false,
    needs: [],
    // Both know the kinds of Gateway API; one of them brings them.
    after: [...CLOUD, "gateway-api"],
  },
  "sealed-secrets": {
    summary: "Secrets that only the cluster can read, in Git",
    namespace: "sealed-secrets",
    chart: chart("sealed-secrets", "https://bitnami-labs.github.io/sealed-secrets", "2.18.5"),
    defaultOn: false,
    needs: [],
    after: CLOUD,
  },
  strimzi: {
    summary: "Kafka clusters",
    namespace: "kafka-system",
    chart: chart("strimzi-kafka-operator", "oci://quay.io/strimzi-helm", "1.2.0"),
    defaultOn: false,
    needs: [],
    after: CLOUD,
  },
  "rbac-manager": {
    summary: "role bindings from one object",
    namespace: "rbac-system",
    chart: chart("rbac-manager", "https://charts.fairwinds.com/stable", "2.0.0"),
    defaultOn: false,
    needs: [],
    after: CLOUD,
  },
  "etcd-backup": {
    summary: "snapshots of etcd to the backup store",
    namespace: "etcd-backup",
    defaultOn: true,
    // Both write to one store, with the login that is made for Velero.
    needs: ["velero"],
    after: CLOUD,
  },
};

/** What decides whether a service is on. */
export type ServiceChoice = Pick<ClusterConfig, "services" | "backup" | "gitops">;

/** What the user says of a service's chart; nothing for a service that has none. */
export function chartSettings({ services }: Pick<ClusterConfig, "services">, name: ServiceName) {
  const written = services[name];
  return written !== undefined && "values" in written ? written : { version: undefined, values: {} };
}

/** Whether a service is on: what the user wrote, else the catalogue. Without `gitops` nothing could install it. */
export function isEnabled(config: ServiceChoice, name: ServiceName): boolean {
  if (config.gitops === undefined) return false;
  const written = config.services[name]?.enabled;
  if (written !== undefined) return written;
  // Velero with nowhere to write to would be an alarm that never ends.
  if (name === "velero" && config.backup.store === "none") return false;
  if (name === "etcd-backup" && !(config.backup.etcdSnapshots && isEnabled(config, "velero"))) return false;
  return catalogue[name].defaultOn;
}

/** The services that are on, each behind those that come before it; otherwise in the order of the names' list. */
export function enabledServices(config: ServiceChoice): ServiceName[] {
  const enabled = new Set(serviceNames.filter((name) => isEnabled(config, name)));
  const ordered = new Set<ServiceName>();
  const place = (name: ServiceName, above: readonly ServiceName[]): void => {
    if (!enabled.has(name) || ordered.has(name)) return;
    if (above.includes(name)) throw new Error(`services in a circle: ${[...above, name].join(" → ")}`);
    const { needs, after } = catalogue[name];
    for (const first of [...needs, ...after]) place(first, [...above, name]);
    ordered.add(name);
  };
  for (const name of enabled) place(name, []);
  return [...ordered];
}
