/** Backups: objects to the store, volumes as snapshots of the cloud. */
import { catalogue } from "../../config/catalogue";
import { durationSeconds } from "../../config/duration";
import type { Manifest } from "../types";
import { cloudEnvironment } from "./support/cloudConf";
import { loginOf, storeKeyOf } from "./support/secrets";
import { scraped, toApiServer, toCloud } from "./support/traffic";
import { resources, restrictedContainer } from "./support/workload";
import type { HelmValues, SecretDefinition, ServiceContext, ServiceDefinition } from "./definition";

const CREDENTIALS = "cloud-credentials";
/** Velero refuses a place that has folders which it does not know; etcd's snapshots are beside this one. */
const PREFIX = "velero";
const USER = 65_532;

const { allowPrivilegeEscalation, capabilities } = restrictedContainer;
const container = { allowPrivilegeEscalation, capabilities };

const plugin = (name: string, image: string) => ({
  name,
  image,
  securityContext: container,
  resources: resources("10m", "32Mi", "128Mi"),
  volumeMounts: [{ mountPath: "/target", name: "plugins" }],
});

const swiftPlugin = plugin(
  "velero-plugin-for-openstack",
  "docker.io/lirt/velero-plugin-for-openstack:v0.8.2",
);
const s3Plugin = plugin("velero-plugin-for-aws", "docker.io/velero/velero-plugin-for-aws:v1.13.2");

export const velero: ServiceDefinition = {
  name: "velero",
  podSecurity: "restricted",
  release: {
    name: "velero",
    base: {
      // Flux replaces them itself.
      upgradeCRDs: false,
      podSecurityContext: {
        runAsNonRoot: true,
        runAsUser: USER,
        fsGroup: USER,
        seccompProfile: { type: "RuntimeDefault" },
      },
      containerSecurityContext: container,
      resources: resources("50m", "128Mi", "1Gi"),
      snapshotsEnabled: true,
      // Volumes are snapshots of Cinder: an agent with the nodes' files is not needed.
      deployNodeAgent: false,
      configuration: {
        features: "EnableCSI",
        // Snapshots go through CSI.
        volumeSnapshotLocation: [],
      },
      // Its own way to find out would make a release depend on which one came first.
      metrics: { serviceMonitor: { autodetect: false }, prometheusRule: { autodetect: false } },
    },
    overlay: (context) => {
      const { configuration, ...store } = context.config.backup.store === "s3" ? s3() : swift();
      const { extraEnvVars, ...volumes } = trust(context);
      return {
        ...store,
        ...volumes,
        configuration: { ...configuration, ...(extraEnvVars === undefined ? {} : { extraEnvVars }) },
        schedules: { platform: schedule(context) },
      };
    },
  },
  objects: (context) => authority(context),
  secrets: (context) => [credentials(context)],
  // The store is reached like the cloud: its address is not known here.
  allowedTraffic: (context) => [toApiServer(context), toCloud(context), ...scraped(context, "velero")],
};

type Store = HelmValues & { readonly configuration: HelmValues };
type Trust = HelmValues & { readonly extraEnvVars?: readonly unknown[] };

const CA_MAP = "cloud-ca";
const CA_DIRECTORY = "/etc/cloud-ca";

/** Its CA where the cloud has one of its own: the plug-in has no option for it but not to check at all. */
function authority({ config }: ServiceContext): readonly Manifest[] {
  const { caCertificate } = config.openstack;
  if (caCertificate === undefined) return [];
  const metadata = { name: CA_MAP, namespace: catalogue.velero.namespace };
  return [{ apiVersion: "v1", kind: "ConfigMap", metadata, data: { "ca.crt": caCertificate } }];
}

function trust({ config }: ServiceContext): Trust {
  if (config.openstack.caCertificate === undefined) return {};
  return {
    extraVolumes: [{ name: CA_MAP, configMap: { name: CA_MAP } }],
    extraVolumeMounts: [{ name: CA_MAP, mountPath: CA_DIRECTORY, readOnly: true }],
    // Read beside the authorities of the image.
    extraEnvVars: [{ name: "SSL_CERT_DIR", value: CA_DIRECTORY }],
  };
}

function location(provider: string, config: HelmValues) {
  return {
    backupStorageLocation: [
      {
        name: "default",
        default: true,
        provider,
        bucket: "${backup_bucket}",
        prefix: PREFIX,
        config,
      },
    ],
  };
}

function swift(): Store {
  return {
    initContainers: [swiftPlugin],
    credentials: { useSecret: false, extraSecretRef: CREDENTIALS },
    configuration: location("community.openstack.org/openstack", { region: "${backup_region}" }),
  };
}

function s3(): Store {
  return {
    initContainers: [s3Plugin],
    credentials: { useSecret: true, existingSecret: CREDENTIALS },
    configuration: location("aws", {
      region: "${backup_region}",
      s3Url: "${backup_endpoint}",
      // Stores other than Amazon's have no name per bucket, and few know the checksums of its newer clients.
      s3ForcePathStyle: "true",
      checksumAlgorithm: "",
    }),
  };
}

function credentials({ config }: ServiceContext): SecretDefinition {
  if (config.backup.store === "s3")
    return {
      name: CREDENTIALS,
      stringData: (values) => {
        const { accessKey, secretKey } = storeKeyOf(values);
        const lines = ["[default]", `aws_access_key_id=${accessKey}`, `aws_secret_access_key=${secretKey}`];
        return { cloud: `${lines.join("\n")}\n` };
      },
    };
  return { name: CREDENTIALS, stringData: (values) => cloudEnvironment(loginOf(values, "velero")) };
}

function schedule({ config: { backup } }: ServiceContext) {
  return {
    schedule: backup.schedule,
    // A deleted schedule must not take its backups along.
    useOwnerReferencesInBackup: false,
    template: {
      includedNamespaces: ["*"],
      storageLocation: "default",
      snapshotVolumes: true,
      ttl: lifetime(backup.retention),
    },
  };
}

/** Velero knows no days. */
function lifetime(retention: string): string {
  const seconds = durationSeconds(retention);
  return seconds % 3600 === 0 ? `${seconds / 3600}h` : `${seconds}s`;
}
