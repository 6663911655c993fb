/**
 * Kubespray's hardening set (docs/operations/hardening.md), as far as a platform that Flux fills afterwards runs on it.
 * Left out on purpose:
 * - AlwaysPullImages: a registry that is down would keep every pod from starting again;
 * - `kube_pod_security_use_default` with `restricted`: node exporters, storage drivers and backup agents need more, and
 *   the platform's own policies say per namespace what is allowed;
 * - PodNodeSelector: it does nothing without annotations that nobody sets;
 * - 50 finished pods and one event per second: logs of Jobs and the reasons of failures would be gone when looked for;
 * - feature gates that are on by default, and refused once they are locked.
 */
import type { ClusterConfig } from "../../../config/resolve";
import { nodesCallByName } from "./access";
import type { Variables } from "./variables";

export function hardeningVariables(config: ClusterConfig): Variables {
  if (!config.kubernetes.hardening) return {};
  return {
    ...apiServer,
    ...controllers,
    ...kubelet,
    ...servingCertificates(config),
    ...kubeletFirewall(config),
    kube_owner: "root",
    kube_cert_group: "root",
  };
}

const apiServer: Variables = {
  authorization_modes: ["Node", "RBAC"],
  tls_min_version: "VersionTLS12",
  tls_cipher_suites: [
    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
    "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305",
  ],
  // The list replaces kubeadm's, which has NodeRestriction alone.
  kube_apiserver_enable_admission_plugins: ["NodeRestriction", "EventRateLimit"],
  kube_apiserver_admission_control_config_file: true,
  kube_apiserver_admission_event_rate_limits: {
    limit_1: { type: "Namespace", qps: 50, burst: 100, cache_size: 2000 },
    limit_2: { type: "User", qps: 50, burst: 100 },
  },
  kube_profiling: false,
  remove_anonymous_access: true,
};

/** Their ports are closed between machines anyway. */
const controllers: Variables = {
  kube_controller_manager_bind_address: "127.0.0.1",
  kube_scheduler_bind_address: "127.0.0.1",
};

const kubelet: Variables = {
  kubelet_authorization_mode_webhook: true,
  kubelet_authentication_token_webhook: true,
  kube_read_only_port: 0,
  kubelet_protect_kernel_defaults: true,
  kubelet_rotate_certificates: true,
  kubelet_streaming_connection_idle_timeout: "5m",
  kubelet_make_iptables_util_chains: true,
  kubelet_seccomp_default: true,
};

/** The kubelet asks the cluster to sign its serving certificate, and an approver says which requests are a node's. */
function servingCertificates(config: ClusterConfig): Variables {
  // Kubespray fetches the approver's chart from the Internet at every run, and no mirror of files has it.
  if (config.kubespray.offline !== undefined) return { kubelet_rotate_server_certificates: false };
  return {
    kubelet_rotate_server_certificates: true,
    kubelet_csr_approver_enabled: true,
    kubelet_csr_approver_values: {
      // Node names are in no DNS; they are told by their form and their address.
      bypassDnsResolution: true,
      providerRegex: `^${config.name}-[a-z0-9-]+$`,
      providerIpPrefixes: [config.network.cidr],
      // It must run before a cloud controller that Flux brings has taken the nodes' first taint away.
      tolerations: [
        { key: "node-role.kubernetes.io/control-plane", operator: "Exists", effect: "NoSchedule" },
        { key: "node.cloudprovider.kubernetes.io/uninitialized", operator: "Exists", effect: "NoSchedule" },
      ],
    },
  };
}

/**
 * systemd lets the kubelet talk to these networks only, in both directions. The whole subnet and not each node: a new
 * node would otherwise be a stranger to all others until the next run, and the endpoint and the amphorae are there too.
 */
function kubeletFirewall(config: ClusterConfig): Variables {
  const { network, kubernetes } = config;
  // A name has to be looked up, and where the cloud's own resolvers are nobody told us.
  if (nodesCallByName(config) !== undefined && network.dnsServers.length === 0)
    return { kubelet_systemd_hardening: false };
  const allowed = [network.cidr, kubernetes.podCidr, kubernetes.serviceCidr, ...network.dnsServers];
  return {
    kubelet_systemd_hardening: true,
    kubelet_secure_addresses: ["localhost", "link-local", ...new Set(allowed)].join(" "),
  };
}
