/**
 * Snapshots of etcd to the backup store, taken on the control plane without an operator: one container saves, one
 * uploads, one removes what is too old. None of the images needs a shell.
 */
import { catalogue } from "../../config/catalogue";
import { durationSeconds } from "../../config/duration";
import type { Manifest, SecretValues } from "../types";
import { cloudEnvironment } from "./support/cloudConf";
import { loginOf, storeKeyOf } from "./support/secrets";
import { onControlPlane, resources } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const { namespace } = catalogue["etcd-backup"];
const NAME = "etcd-backup";
const CREDENTIALS = "store-credentials";
/** As Kubespray installs it, so that sites with a mirror of Kubespray's images have it. */
const ETCD_IMAGE = "quay.io/coreos/etcd:v3.6.10";
const RCLONE_IMAGE = "docker.io/rclone/rclone:1.74.4";
/** Where Kubespray puts the certificates of etcd, readable by root alone. */
const CERTIFICATES = "/etc/ssl/etcd/ssl";
const SNAPSHOT = "/snapshot/etcd.db";
const STORE = "store:${backup_bucket}/etcd";

export const etcdBackup: ServiceDefinition = {
  name: "etcd-backup",
  // It reads etcd's keys on the node and talks to the member there.
  podSecurity: "privileged",
  objects: (context) => [...authority(context), cronJob(context)],
  secrets: () => [{ name: CREDENTIALS, stringData: (values, context) => environment(values, context) }],
  // It is on the node's network, which no policy of a namespace reaches.
};

const CA_MAP = "cloud-ca";
const CA_DIRECTORY = "/etc/cloud-ca";

/** Its CA where the cloud has one of its own. */
function authority({ config }: ServiceContext): readonly Manifest[] {
  const { caCertificate } = config.openstack;
  if (caCertificate === undefined) return [];
  const metadata = { name: CA_MAP, namespace };
  return [{ apiVersion: "v1", kind: "ConfigMap", metadata, data: { "ca.crt": caCertificate } }];
}

/** rclone takes a remote of this name from the environment. */
const remote = (settings: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(settings).map(([key, value]) => [`RCLONE_CONFIG_STORE_${key}`, value]));

function environment(values: SecretValues, { config }: ServiceContext): Readonly<Record<string, string>> {
  if (config.backup.store === "s3") {
    const { accessKey, secretKey } = storeKeyOf(values);
    return remote({ ACCESS_KEY_ID: accessKey, SECRET_ACCESS_KEY: secretKey });
  }
  return cloudEnvironment(loginOf(values, "velero"));
}

function storeSettings({ config }: ServiceContext) {
  const settings: Readonly<Record<string, string>> =
    config.backup.store === "s3"
      ? { TYPE: "s3", PROVIDER: "Other", ENDPOINT: "${backup_endpoint}", REGION: "${backup_region}" }
      : { TYPE: "swift", ENV_AUTH: "true" };
  return Object.entries(remote(settings)).map(([name, value]) => ({ name, value }));
}

const container = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
};

const fromPod = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } });
const snapshotVolume = { name: "snapshot", mountPath: "/snapshot" };

function save(): unknown {
  // The kubelet, and no shell, puts the node's name into the names of the files.
  const certificate = (kind: string) => `${CERTIFICATES}/admin-$(NODE_NAME)${kind}.pem`;
  return {
    name: "save",
    image: ETCD_IMAGE,
    command: ["etcdctl", "snapshot", "save", SNAPSHOT],
    args: [
      "--endpoints=https://127.0.0.1:2379",
      `--cacert=${CERTIFICATES}/ca.pem`,
      `--cert=${certificate("")}`,
      `--key=${certificate("-key")}`,
    ],
    env: [fromPod("NODE_NAME", "spec.nodeName")],
    // The folder belongs to etcd's own user, whose number differs from site to site.
    securityContext: {
      ...container,
      runAsUser: 0,
      capabilities: { drop: ["ALL"], add: ["DAC_READ_SEARCH"] },
    },
    resources: resources("50m", "64Mi", "256Mi"),
    volumeMounts: [snapshotVolume, { name: "certificates", mountPath: CERTIFICATES, readOnly: true }],
  };
}

function rclone(context: ServiceContext, name: string, args: readonly string[]): unknown {
  const trusted = context.config.openstack.caCertificate !== undefined;
  const authorities = { name: CA_MAP, mountPath: CA_DIRECTORY, readOnly: true };
  return {
    name,
    image: RCLONE_IMAGE,
    args: [...args, ...(trusted ? [`--ca-cert=${CA_DIRECTORY}/ca.crt`] : [])],
    env: [fromPod("POD_NAME", "metadata.name"), ...storeSettings(context)],
    envFrom: [{ secretRef: { name: CREDENTIALS } }],
    securityContext: { ...container, runAsUser: 0 },
    resources: resources("50m", "64Mi", "256Mi"),
    volumeMounts: [snapshotVolume, ...(trusted ? [authorities] : [])],
  };
}

function podSpec(context: ServiceContext): unknown {
  const { backup, openstack } = context.config;
  const age = `${durationSeconds(backup.retention)}s`;
  return {
    ...onControlPlane,
    hostNetwork: true,
    dnsPolicy: "ClusterFirstWithHostNet",
    restartPolicy: "Never",
    automountServiceAccountToken: false,
    priorityClassName: "system-cluster-critical",
    initContainers: [save(), rclone(context, "upload", ["copyto", SNAPSHOT, `${STORE}/$(POD_NAME).db`])],
    containers: [rclone(context, "prune", ["delete", "--min-age", age, STORE])],
    volumes: [
      { name: "snapshot", emptyDir: {} },
      { name: "certificates", hostPath: { path: CERTIFICATES, type: "Directory" } },
      ...(openstack.caCertificate === undefined ? [] : [{ name: CA_MAP, configMap: { name: CA_MAP } }]),
    ],
  };
}

function cronJob(context: ServiceContext): Manifest {
  const template = { spec: podSpec(context) };
  return {
    apiVersion: "batch/v1",
    kind: "CronJob",
    metadata: { name: NAME, namespace },
    spec: {
      schedule: context.config.backup.schedule,
      timeZone: "Etc/UTC",
      concurrencyPolicy: "Forbid",
      startingDeadlineSeconds: 3600,
      successfulJobsHistoryLimit: 1,
      failedJobsHistoryLimit: 3,
      jobTemplate: { spec: { backoffLimit: 2, activeDeadlineSeconds: 3600, template } },
    },
  };
}
