/** Kubespray variables that have a key here, that must not be set at all, or that take certain values only. */

/** Set by the program: two answers to one question end in whichever Ansible reads last. */
export const ownedVariables: Readonly<Record<string, string>> = {
  kube_version: "kubernetes.version",
  kube_pods_subnet: "kubernetes.podCidr",
  kube_service_addresses: "kubernetes.serviceCidr",
  kube_network_node_prefix: "kubernetes.podPrefixPerNode",
  kube_network_plugin: "kubernetes.cni",
  calico_network_backend: "kubernetes.encapsulation",
  calico_vxlan_mode: "kubernetes.encapsulation",
  calico_ipip_mode: "kubernetes.encapsulation",
  cilium_tunnel_mode: "kubernetes.encapsulation",
  cluster_name: "name",
  dns_domain: "kubernetes.clusterDomain",
  kube_oidc_auth: "kubernetes.oidc",
  kube_oidc_url: "kubernetes.oidc.issuerUrl",
  kube_oidc_client_id: "kubernetes.oidc.clientId",
  kube_oidc_ca_cert: "kubernetes.oidc.caCertificate",
  kube_oidc_username_claim: "kubernetes.oidc.usernameClaim",
  kube_oidc_username_prefix: "kubernetes.oidc.usernamePrefix",
  kube_oidc_groups_claim: "kubernetes.oidc.groupsClaim",
  kube_oidc_groups_prefix: "kubernetes.oidc.groupsPrefix",
  kubernetes_audit: "kubernetes.audit.enabled",
  audit_log_maxage: "kubernetes.audit.maxAgeDays",
  audit_log_maxbackups: "kubernetes.audit.maxBackups",
  audit_log_maxsize: "kubernetes.audit.maxSizeMiB",
  kube_encrypt_secret_data: "kubernetes.encryptionAtRest.enabled",
  kube_encryption_algorithm: "kubernetes.encryptionAtRest.algorithm",
  loadbalancer_apiserver: "apiEndpoint",
  apiserver_loadbalancer_domain_name: "apiEndpoint.hostname",
  kube_vip_enabled: "apiEndpoint.type",
  kube_vip_controlplane_enabled: "apiEndpoint.type",
  kube_vip_address: "apiEndpoint.vip",
  upstream_dns_servers: "network.dnsServers",
  ntp_servers: "network.ntpServers",
  metrics_server_enabled: "services.metrics-server",
  cert_manager_enabled: "services.cert-manager",
  metallb_enabled: "services.metallb",
  gateway_api_enabled: "services.gateway-api",
  cinder_csi_enabled: "services.cinder-csi",
  csi_snapshot_controller_enabled: "services.external-snapshotter",
  node_labels: "pools.<name>.labels",
  node_taints: "pools.<name>.taints",
};

/** Why a variable, or all of a pattern, may not be set. */
export const forbiddenVariables: readonly { readonly name: RegExp; readonly why: string }[] = [
  { name: /^ignore_assert_errors$/, why: "it turns off the checks that protect a running cluster" },
  {
    name: /_(confirm|confirmation)$|^(skip|reset|delete_nodes|recover)_confirmation$|^upgrade_node_(pause_seconds|post_upgrade_pause_seconds)$/,
    why: "it waits for an answer on a terminal, and there is none",
  },
  { name: /^upgrade_cluster_setup$/, why: "it upgrades without draining; change kubernetes.version instead" },
  {
    name: /^(kube_encrypt_token|kubeadm_certificate_key|kubeadm_token)$/,
    why: "it is a secret that the program makes and keeps",
  },
  {
    name: /^(external_openstack|cinder)_(auth_url|username|password|application_credential_\w+|tenant_\w+|domain_\w+|region|cacert)$/,
    why: "credentials come from clouds.yaml or the OS_* variables, never from this file",
  },
  {
    name: /^ansible_|^(ip|ip6|access_ip|access_ip6|main_ip|main_access_ip|etcd_member_name|kube_override_hostname|supplementary_addresses_in_ssl_keys)$/,
    why: "it belongs to the inventory, which follows from the machines",
  },
  {
    name: /^(cloud_provider|external_cloud_provider|etcd_deployment_type|container_manager|kubeconfig_localhost|artifacts_dir|credentials_dir|inventory_dir)$/,
    why: "the program relies on its own value",
  },
  { name: /^(kubelet_static_pod_path|ipip|ipip_mode)$/, why: "Kubespray has removed it and refuses to run" },
  { name: /^eviction_hard_control_plane$/, why: "Kubespray v2.32 has removed it; use eviction_hard" },
  {
    name: /^(helm_enabled|argocd_enabled|registry_enabled|ingress_nginx_enabled|dashboard_enabled|krew_enabled)$/,
    why: "what runs in the cluster comes from Git, not from Kubespray",
  },
];

/** Variables that Kubespray compares with a list. */
export const choices: Readonly<Record<string, readonly string[]>> = {
  dns_mode: ["coredns", "coredns_dual", "manual", "none"],
  kube_proxy_mode: ["iptables", "ipvs", "nftables"],
  cert_management: ["script", "none"],
  resolvconf_mode: ["docker_dns", "host_resolvconf", "none"],
  registry_service_type: ["ClusterIP", "LoadBalancer", "NodePort"],
  calico_datastore: ["kdd", "etcd"],
  calico_ipip_mode_ipv6: ["Never"],
  cilium_encryption_type: ["ipsec", "wireguard"],
  cilium_identity_allocation_mode: ["crd", "kvstore"],
  system_upgrade_reboot: ["on-upgrade", "always", "never"],
  loadbalancer_apiserver_type: ["nginx", "haproxy"],
};
