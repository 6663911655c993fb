/** Names of the platform services; versions and order are in the catalogue of `gitops/`. */
export const serviceNames = [
  "cert-manager",
  "kyverno",
  "velero",
  "openstack-ccm",
  "cinder-csi",
  "external-snapshotter",
  "metrics-server",
  "kube-prometheus-stack",
  "loki",
  "tempo",
  "opentelemetry",
  "gateway-api",
  "headlamp",
  "keycloak",
  "postgres-operator",
  "harbor",
  "longhorn",
  "metallb",
  "istio",
  "sealed-secrets",
  "strimzi",
  "rbac-manager",
  "etcd-backup",
] as const;

export type ServiceName = (typeof serviceNames)[number];
