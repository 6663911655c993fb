/** What Kubespray could install and Flux owns: said explicitly, for a default may change with a release. */
import type { Variables } from "./variables";

const APPS = [
  "helm",
  "registry",
  "metrics_server",
  "local_path_provisioner",
  "local_volume_provisioner",
  "cinder_csi",
  "csi_snapshot_controller",
  "persistent_volumes",
  "ingress_alb",
  "cert_manager",
  "metallb",
  "argocd",
  "gateway_api",
  "prometheus_operator_crds",
  "node_feature_discovery",
  "scheduler_plugins",
] as const;

export function appVariables(): Variables {
  return Object.fromEntries(APPS.map((app) => [`${app}_enabled`, false]));
}
