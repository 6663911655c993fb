/** Every service of the catalogue, as it looks in the cluster. */
import type { ServiceName } from "../../config/services";
import { certManager } from "./cert-manager";
import { cinderCsi } from "./cinder-csi";
import { etcdBackup } from "./etcd-backup";
import { externalSnapshotter } from "./external-snapshotter";
import { gatewayApi } from "./gateway-api";
import { harbor } from "./harbor";
import { headlamp } from "./headlamp";
import { istio } from "./istio";
import { keycloak } from "./keycloak";
import { kubePrometheusStack } from "./kube-prometheus-stack";
import { kyverno } from "./kyverno";
import { loki } from "./loki";
import { longhorn } from "./longhorn";
import { metallb } from "./metallb";
import { metricsServer } from "./metrics-server";
import { openstackCcm } from "./openstack-ccm";
import { opentelemetry } from "./opentelemetry";
import { postgresOperator } from "./postgres-operator";
import { rbacManager } from "./rbac-manager";
import { sealedSecrets } from "./sealed-secrets";
import { strimzi } from "./strimzi";
import { tempo } from "./tempo";
import { velero } from "./velero";
import type { ServiceDefinition } from "./definition";

export const serviceDefinitions: Readonly<Record<ServiceName, ServiceDefinition>> = {
  "cert-manager": certManager,
  kyverno,
  velero,
  "openstack-ccm": openstackCcm,
  "cinder-csi": cinderCsi,
  "external-snapshotter": externalSnapshotter,
  "metrics-server": metricsServer,
  "kube-prometheus-stack": kubePrometheusStack,
  loki,
  tempo,
  opentelemetry,
  "gateway-api": gatewayApi,
  headlamp,
  keycloak,
  "postgres-operator": postgresOperator,
  harbor,
  longhorn,
  metallb,
  istio,
  "sealed-secrets": sealedSecrets,
  strimzi,
  "rbac-manager": rbacManager,
  "etcd-backup": etcdBackup,
};
