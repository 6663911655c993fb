/** Who may use the API, what of it is written down, and how Secrets lie in etcd. */
import type { ClusterConfig } from "../../../config/resolve";
import { fromEnvironment } from "./nodes";
import type { Variables } from "./variables";

export function securityVariables(config: ClusterConfig): Variables {
  return { ...oidc(config), ...audit(config), ...encryption(config) };
}

function oidc({ kubernetes }: ClusterConfig): Variables {
  const settings = kubernetes.oidc;
  if (settings === undefined) return { kube_oidc_auth: false };
  const { caCertificate } = settings;
  return {
    kube_oidc_auth: true,
    kube_oidc_url: settings.issuerUrl,
    kube_oidc_client_id: settings.clientId,
    kube_oidc_username_claim: settings.usernameClaim,
    kube_oidc_username_prefix: settings.usernamePrefix,
    kube_oidc_groups_claim: settings.groupsClaim,
    kube_oidc_groups_prefix: settings.groupsPrefix,
    ...(caCertificate === undefined
      ? {}
      : {
          kube_oidc_ca_file: "{{ kube_cert_dir }}/oidc-ca.pem",
          kube_oidc_ca_cert: base64(caCertificate),
        }),
  };
}

const base64 = (text: string) => Buffer.from(text, "utf8").toString("base64");

function audit({ kubernetes }: ClusterConfig): Variables {
  const { enabled, maxAgeDays, maxBackups, maxSizeMiB } = kubernetes.audit;
  if (!enabled) return { kubernetes_audit: false };
  return {
    kubernetes_audit: true,
    audit_log_maxage: maxAgeDays,
    audit_log_maxbackups: maxBackups,
    audit_log_maxsize: maxSizeMiB,
  };
}

function encryption({ kubernetes }: ClusterConfig): Variables {
  const { enabled, algorithm } = kubernetes.encryptionAtRest;
  if (!enabled) return { kube_encrypt_secret_data: false };
  return {
    kube_encrypt_secret_data: true,
    kube_encryption_algorithm: algorithm,
    kube_encryption_resources: ["secrets"],
    kube_encrypt_token: fromEnvironment("OPENCENTER_ENCRYPTION_TOKEN"),
  };
}
