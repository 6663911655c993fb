/** Volumes of Cinder: the driver, its classes, and the class of its snapshots. */
import type { Manifest } from "../types";
import { cloudConf, loginSection } from "./support/cloudConf";
import { loginOf } from "./support/secrets";
import { CINDER_DELETE, CINDER_RETAIN } from "./support/storage";
import { toApiServer, toCloud } from "./support/traffic";
import { controlPlaneToleration, resources } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const CLOUD_CONFIG = "cinder-csi-cloud-config";
const DRIVER = "cinder.csi.openstack.org";

const sidecar = { resources: resources("10m", "32Mi", "128Mi") };

export const cinderCsi: ServiceDefinition = {
  name: "cinder-csi",
  // The driver mounts devices of the node.
  podSecurity: "privileged",
  release: {
    name: "openstack-cinder-csi",
    base: {
      secret: { enabled: true, create: false, name: CLOUD_CONFIG, filename: "cloud.conf" },
      // The chart's classes bind at once, in a zone where the pod may then not run.
      storageClass: { enabled: false },
      priorityClassName: "system-cluster-critical",
      csi: {
        attacher: sidecar,
        provisioner: { ...sidecar, topology: "true" },
        snapshotter: sidecar,
        resizer: sidecar,
        livenessprobe: { resources: resources("5m", "16Mi", "64Mi") },
        nodeDriverRegistrar: { resources: resources("5m", "16Mi", "64Mi") },
        plugin: {
          resources: resources("20m", "48Mi", "256Mi"),
          // Without the folder of the node that the chart mounts for certificates: ours comes with the Secret.
          volumes: [],
          volumeMounts: [{ name: "cloud-config", mountPath: "/etc/config", readOnly: true }],
          controllerPlugin: { replicas: 2, tolerations: [controlPlaneToleration] },
        },
      },
    },
    // Written to each volume, so that a volume tells whose it is.
    overlay: () => ({ clusterID: "${cluster_name}" }),
  },
  objects: () => [storageClass(CINDER_DELETE, "Delete", true), storageClass(CINDER_RETAIN, "Retain", false)],
  configuration: (context) => (context.isEnabled("external-snapshotter") ? [snapshotClass] : []),
  secrets: (context) => [
    {
      name: CLOUD_CONFIG,
      stringData: (values) => ({
        "cloud.conf": cloudConf({
          Global: loginSection(loginOf(values, "cinder-csi"), context.config.openstack.caCertificate),
          // Nova's and Cinder's zones rarely have the same names, and a volume in a zone without nodes is of no use.
          BlockStorage: { "ignore-volume-az": true },
        }),
        ...certificate(context),
      }),
    },
  ],
  allowedTraffic: (context) => [toApiServer(context), toCloud(context)],
};

function certificate({ config: { openstack } }: ServiceContext): Readonly<Record<string, string>> {
  return openstack.caCertificate === undefined ? {} : { "ca.crt": openstack.caCertificate };
}

function storageClass(name: string, reclaimPolicy: "Delete" | "Retain", isDefault: boolean): Manifest {
  return {
    apiVersion: "storage.k8s.io/v1",
    kind: "StorageClass",
    metadata: {
      name,
      ...(isDefault ? { annotations: { "storageclass.kubernetes.io/is-default-class": "true" } } : {}),
    },
    provisioner: DRIVER,
    reclaimPolicy,
    allowVolumeExpansion: true,
    volumeBindingMode: "WaitForFirstConsumer",
  };
}

const snapshotClass: Manifest = {
  apiVersion: "snapshot.storage.k8s.io/v1",
  kind: "VolumeSnapshotClass",
  metadata: {
    name: "csi-cinder-snapclass",
    annotations: { "snapshot.storage.kubernetes.io/is-default-class": "true" },
    // Velero looks for this label.
    labels: { "velero.io/csi-volumesnapshot-class": "true" },
  },
  driver: DRIVER,
  deletionPolicy: "Delete",
  // A volume that is in use is what there is to snapshot.
  parameters: { "force-create": "true" },
};
