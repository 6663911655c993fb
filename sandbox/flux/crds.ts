/**
 * Kinds that the doubles of the charts bring: those that users of the real charts write. Schemas are open, since what is
 * tried here is order and reference, not the fields of other projects' objects.
 */

/** `group/version Kind`, then `plural` where it is irregular, then `cluster` where it has no namespace. */
type Line = string;

/** By name of the chart. */
const KINDS: Readonly<Record<string, readonly Line[]>> = {
  "cert-manager": [
    "cert-manager.io/v1 Certificate",
    "cert-manager.io/v1 CertificateRequest",
    "cert-manager.io/v1 Issuer",
    "cert-manager.io/v1 ClusterIssuer cluster",
    "acme.cert-manager.io/v1 Order",
    "acme.cert-manager.io/v1 Challenge",
  ],
  kyverno: [
    "kyverno.io/v1 ClusterPolicy clusterpolicies cluster",
    "kyverno.io/v1 Policy policies",
    "kyverno.io/v2 PolicyException",
    "kyverno.io/v2 CleanupPolicy cleanuppolicies",
    "kyverno.io/v2 ClusterCleanupPolicy clustercleanuppolicies cluster",
    "policies.kyverno.io/v1 ValidatingPolicy validatingpolicies cluster",
    "policies.kyverno.io/v1 MutatingPolicy mutatingpolicies cluster",
    "policies.kyverno.io/v1 GeneratingPolicy generatingpolicies cluster",
    "policies.kyverno.io/v1 ImageValidatingPolicy imagevalidatingpolicies cluster",
    "policies.kyverno.io/v1 PolicyException",
  ],
  "snapshot-controller": [
    "snapshot.storage.k8s.io/v1 VolumeSnapshot",
    "snapshot.storage.k8s.io/v1 VolumeSnapshotClass volumesnapshotclasses cluster",
    "snapshot.storage.k8s.io/v1 VolumeSnapshotContent cluster",
  ],
  velero: [
    "velero.io/v1 BackupStorageLocation",
    "velero.io/v1 VolumeSnapshotLocation",
    "velero.io/v1 Schedule",
    "velero.io/v1 Backup",
    "velero.io/v1 Restore",
    "velero.io/v1 DownloadRequest",
    "velero.io/v1 DeleteBackupRequest",
  ],
  "kube-prometheus-stack": [
    "monitoring.coreos.com/v1 Prometheus prometheuses",
    "monitoring.coreos.com/v1 Alertmanager",
    "monitoring.coreos.com/v1 PodMonitor",
    "monitoring.coreos.com/v1 ServiceMonitor",
    "monitoring.coreos.com/v1 Probe",
    "monitoring.coreos.com/v1 PrometheusRule",
    "monitoring.coreos.com/v1alpha1 AlertmanagerConfig",
  ],
  "gateway-helm": [
    "gateway.networking.k8s.io/v1 GatewayClass gatewayclasses cluster",
    "gateway.networking.k8s.io/v1 Gateway",
    "gateway.networking.k8s.io/v1 HTTPRoute",
    "gateway.networking.k8s.io/v1 GRPCRoute",
    "gateway.networking.k8s.io/v1 BackendTLSPolicy backendtlspolicies",
    "gateway.networking.k8s.io/v1beta1 ReferenceGrant",
    "gateway.envoyproxy.io/v1alpha1 EnvoyProxy envoyproxies",
    "gateway.envoyproxy.io/v1alpha1 ClientTrafficPolicy clienttrafficpolicies",
    "gateway.envoyproxy.io/v1alpha1 BackendTrafficPolicy backendtrafficpolicies",
    "gateway.envoyproxy.io/v1alpha1 SecurityPolicy securitypolicies",
  ],
  "postgres-operator": [
    "acid.zalan.do/v1 postgresql",
    "acid.zalan.do/v1 OperatorConfiguration",
    "acid.zalan.do/v1 PostgresTeam",
  ],
  longhorn: [
    "longhorn.io/v1beta2 Volume",
    "longhorn.io/v1beta2 Setting",
    "longhorn.io/v1beta2 BackupTarget",
    "longhorn.io/v1beta2 RecurringJob",
  ],
  metallb: [
    "metallb.io/v1beta1 IPAddressPool",
    "metallb.io/v1beta1 L2Advertisement",
    "metallb.io/v1beta1 BGPAdvertisement",
    "metallb.io/v1beta2 BGPPeer",
  ],
  ambient: [
    "networking.istio.io/v1 VirtualService",
    "networking.istio.io/v1 DestinationRule",
    "networking.istio.io/v1 ServiceEntry serviceentries",
    "security.istio.io/v1 AuthorizationPolicy authorizationpolicies",
    "security.istio.io/v1 PeerAuthentication",
    "telemetry.istio.io/v1 Telemetry telemetries",
  ],
  "sealed-secrets": ["bitnami.com/v1alpha1 SealedSecret"],
  "strimzi-kafka-operator": [
    "kafka.strimzi.io/v1 Kafka",
    "kafka.strimzi.io/v1 KafkaNodePool",
    "kafka.strimzi.io/v1 KafkaTopic",
    "kafka.strimzi.io/v1 KafkaUser",
    "kafka.strimzi.io/v1 KafkaConnect",
  ],
  "rbac-manager": ["rbacmanager.reactiveops.io/v1beta1 RBACDefinition cluster"],
};

/** CustomResourceDefinitions of a chart. */
export function crdsOf(chart: string): object[] {
  return (KINDS[chart] ?? []).map(crd);
}

function crd(line: Line): object {
  const [groupVersion = "", kind = "", ...rest] = line.split(" ");
  const [group = "", version = ""] = groupVersion.split("/");
  const singular = kind.toLowerCase();
  const plural = rest.find((word) => word !== "cluster") ?? `${singular}s`;
  const open = { type: "object", "x-kubernetes-preserve-unknown-fields": true };
  return {
    apiVersion: "apiextensions.k8s.io/v1",
    kind: "CustomResourceDefinition",
    metadata: {
      name: `${plural}.${group}`,
      // The API server asks for a word about groups that are Kubernetes' own.
      ...(group.endsWith(".k8s.io")
        ? { annotations: { "api-approved.kubernetes.io": "unapproved, a double of the sandbox" } }
        : {}),
    },
    spec: {
      group,
      scope: rest.includes("cluster") ? "Cluster" : "Namespaced",
      names: { kind, listKind: `${kind}List`, plural, singular },
      versions: [
        {
          name: version,
          served: true,
          storage: true,
          schema: { openAPIV3Schema: open },
          subresources: { status: {} },
        },
      ],
    },
  };
}
