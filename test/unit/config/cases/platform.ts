/** Installer, GitOps, services, keys, backup. */
import type { Case } from "../good";

const VARS = "        kube_proxy_mode: ipvs\n";
const variable = (text: string): Case[1] => [VARS, `        ${text}\n`];
const CILIUM: Case[1] = ["      cni: calico", "      cni: cilium"];
const GITOPS = `    gitops:
      repository:
        url: ssh://git@git.acme.org/platform/clusters.git
        branch: main
      auth: ssh
      base:
        url: https://git.acme.org/platform/base.git
        tag: v1.2.0
      interval: 10m
`;
const LOKI = "      loki: {enabled: true}\n";
const service = (text: string): Case[1] => [LOKI, `${LOKI}      ${text}\n`];
const URL = "        url: ssh://git@git.acme.org/platform/clusters.git";
const S3 =
  "      store: s3\n      bucket: acme-prod\n      endpoint: https://s3.acme.org\n      region: one\n";
const SCHEDULE = '      schedule: "30 2 * * 1-5"';
const WHEN = `${SCHEDULE}\n      retention: 14d\n`;

export const platformCases: readonly Case[] = [
  ["variable with a key: version", variable("kube_version: 1.34.0 # ! extra-var-owned")],
  ["variable with a key: plug-in", variable("kube_network_plugin: flannel # ! extra-var-owned")],
  ["variable with a key: cluster_name", variable("cluster_name: x # ! extra-var-owned")],
  ["variable with a key: service", variable("metallb_enabled: true # ! extra-var-owned")],
  ["ignore_assert_errors", variable("ignore_assert_errors: true # ! extra-var-forbidden")],
  ["variable that waits for an answer", variable("upgrade_node_confirm: true # ! extra-var-forbidden")],
  ["confirmation of a reset", variable("reset_confirmation: true # ! extra-var-forbidden")],
  [
    "more to encrypt than the rotation knows",
    variable("kube_encryption_resources: [secrets, configmaps] # ! extra-var-forbidden"),
  ],
  ["encryption token", variable("kube_encrypt_token: abc # ! extra-var-forbidden")],
  ["credentials of the cloud", variable("external_openstack_password: x # ! extra-var-forbidden")],
  ["connection variable", variable("ansible_user: root # ! extra-var-forbidden")],
  ["etcd inside kubeadm", variable("etcd_deployment_type: kubeadm # ! extra-var-forbidden")],
  ["removed variable", variable("kubelet_static_pod_path: /x # ! extra-var-forbidden")],
  ["true as a text", variable('download_run_once: "true" # ! extra-var-boolean')],
  ["unknown proxy mode", variable("kube_proxy_mode: ebpf # ! extra-var-value")],
  ["unknown DNS mode", variable("dns_mode: bind # ! extra-var-value")],
  ["local download on each machine", variable("download_localhost: true # ! extra-var-relation")],
  ["old containerd", variable("containerd_version: 1.2.0 # ! extra-var-relation")],
  ["external CA that renews", variable("kube_external_ca_mode: true # ! extra-var-relation")],
  ["kube_owner with cilium", CILIUM, variable("kube_owner: kube # ! extra-var-relation")],
  ["Calico pool outside of the pods", variable("calico_pool_cidr: 10.99.0.0/16 # ! extra-var-relation")],
  ["cilium cluster id", CILIUM, variable("cilium_cluster_id: 256 # ! extra-var-relation")],
  ["hubble buffer", CILIUM, variable("cilium_hubble_event_buffer_capacity: 4096 # ! extra-var-relation")],
  ["ipsec without a key", CILIUM, variable("cilium_encryption_type: ipsec # ! extra-var-relation")],
  [
    "no strict ARP with MetalLB",
    variable("kube_proxy_strict_arp: false # ! extra-var-relation"),
    service("metallb: {enabled: true} # ~ metallb-with-octavia"),
  ],
  ["variable with a dash", variable("kube-proxy-mode: ipvs # ! extra-var-name")],

  [
    "directory without a path",
    ["      source: git", "      source: directory"],
    ["    kubespray:\n", "    kubespray: # ! kubespray-source\n"],
    ["      url: https://git.acme.org/mirror/kubespray.git\n", ""],
  ],
  [
    "image without a name",
    ["      source: git", "      source: image"],
    ["    kubespray:\n", "    kubespray: # ! kubespray-source\n"],
    ["      url: https://git.acme.org/mirror/kubespray.git\n", ""],
  ],
  [
    "URL with a directory",
    ["      source: git", "      source: directory\n      directory: vendor/kubespray"],
    [
      "      url: https://git.acme.org/mirror/kubespray.git",
      "      url: https://git.acme.org/mirror/kubespray.git # ! no-effect",
    ],
  ],
  [
    "directory with Git",
    ["      source: git", "      source: git\n      directory: vendor/kubespray # ! no-effect"],
  ],
  [
    "wheels with an image",
    ["      source: git", "      source: image\n      image: kubespray"],
    ["      url: https://git.acme.org/mirror/kubespray.git\n", ""],
    ["        files: https://files.acme.org/k8s", "        wheels: /wheels # ! no-effect"],
  ],
  [
    "password of a proxy",
    ["        https: http://proxy.acme.org", "        https: http://me:t0k@proxy.acme.org"],
    ["3128\n", "3128 # ! credentials-in-url\n"],
  ],
  [
    "password of a mirror",
    [
      "            - url: https://mirror.acme.org",
      "            - url: https://me:t0k@mirror.acme.org # ! credentials-in-url",
    ],
  ],
  ["variable with a key: proxy", variable("http_proxy: http://proxy # ! extra-var-owned")],
  ["variable with a key: pods", variable("kubelet_max_pods: 50 # ! extra-var-owned")],
  ["time for nothing", ["      timeout: 3h", "      timeout: 90s # ~ kubespray-timeout-short"]],
  [
    "ssh login with an https URL",
    [URL, "        url: https://git.acme.org/platform/clusters.git"],
    ["      auth: ssh", "      auth: ssh # ! gitops-auth"],
  ],
  ["token with an ssh URL", ["      auth: ssh", "      auth: token # ! gitops-auth"]],
  [
    "token in the URL",
    [URL, "        url: https://me:t0k@git.acme.org/clusters.git # ! credentials-in-url"],
    ["      auth: ssh", "      auth: token"],
  ],
  [
    "repository over http",
    [URL, "        url: http://git.acme.org/clusters.git # ~ insecure-url"],
    ["      auth: ssh", "      auth: token"],
  ],
  ["base from a branch", ["        tag: v1.2.0", "        tag: main # ! unpinned-base"]],
  [
    "cloud and address",
    [
      "      cloud: acme-cloud",
      "      cloud: acme-cloud\n      authUrl: https://keystone.acme.org # ! cloud-or-auth-url",
    ],
  ],
  [
    "address without a region",
    ["      cloud: acme-cloud\n      region: one", "      authUrl: https://keystone.acme.org"],
    ["    openstack:\n", "    openstack: # ~ auth-url-without-region\n"],
  ],

  [
    "service without GitOps",
    [GITOPS, ""],
    [LOKI, "      loki: {enabled: true} # ! services-need-gitops\n"],
    ["      harbor:\n        enabled: true", "      harbor:\n        enabled: true # ! services-need-gitops"],
  ],
  ["keycloak without a database", service("keycloak: {enabled: true} # ! service-needs")],
  [
    "snapshots of etcd without Velero's login",
    service("velero: {enabled: false}\n      etcd-backup: {enabled: true} # ! service-needs"),
  ],
  [
    "ACME through a Gateway that nobody makes",
    service("cert-manager: {acme: {email: ops@acme.org, solver: http01-gateway}} # ! acme-needs-gateway"),
  ],
  [
    "values for what an external base has without a chart",
    service("external-snapshotter: {values: {a: 1}} # ! external-base-without-chart"),
  ],
  ["MetalLB beside Octavia", service("metallb: {enabled: true} # ~ metallb-with-octavia")],
  [
    "password among the values",
    ["{type: ingress}", "{type: ingress, adminPassword: x} # ~ secret-in-values"],
  ],

  ["active key that is not there", ["        active: 2", "        active: 3 # ! age-active-unknown"]],
  [
    "active credential that is not there",
    [
      "    secrets:\n",
      "    secrets:\n      applicationCredential: { active: 2 } # ! credential-active-unknown\n",
    ],
  ],
  [
    "SSH key in use that is not there",
    [
      "    secrets:\n",
      "    secrets:\n      ssh: { generation: 2, generations: [1] } # ! generation-unknown\n",
    ],
  ],
  [
    "S3 without an endpoint",
    ["      endpoint: https://s3.acme.org\n", ""],
    ["    backup:\n", "    backup: # ! s3-needs\n"],
  ],
  ["S3 without a bucket", ["      bucket: acme-prod\n", ""], ["    backup:\n", "    backup: # ! s3-needs\n"]],
  [
    "S3 settings with Swift",
    [
      S3,
      "      store: swift\n      endpoint: https://s3.acme.org # ! no-effect\n      region: one # ! no-effect\n",
    ],
  ],
  [
    "settings of no backup",
    [
      `${S3}${WHEN}`,
      "      store: none # ~ no-backup\n      bucket: acme # ! no-effect\n      retention: 3d # ! no-effect\n",
    ],
  ],
  [
    "velero without a store",
    [`${S3}${WHEN}`, "      store: none # ~ no-backup\n"],
    service("velero: {enabled: true} # ! backup-without-store"),
  ],
  [
    "snapshots without a store",
    [`${S3}${WHEN}`, "      store: none # ~ no-backup\n      etcdSnapshots: true # ! backup-without-store\n"],
  ],
  ["hour 25", [SCHEDULE, '      schedule: "0 25 * * *" # ! cron-expression']],
  ["words for a schedule", [SCHEDULE, "      schedule: at three in the morning # ! cron-expression"]],
];
