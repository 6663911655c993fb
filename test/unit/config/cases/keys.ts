/** Keys that are not known, missing, in the wrong place, or must be secrets. */
import type { Case } from "../good";

const CLUSTER = "  opencenter:cluster:\n";

/** openCenter's keys, at the place where somebody would put them. */
const renamed: readonly Case[] = [
  ["cluster_name", "    name: prod\n", "    name: prod\n    cluster_name: prod # ! unknown-key\n"],
  ["master_count", "    controlPlane:\n", "    controlPlane:\n      master_count: 3 # ! unknown-key\n"],
  ["worker_count", "      general:\n", "      general:\n        worker_count: 3 # ! unknown-key\n"],
  ["subnet_nodes", "    network:\n", "    network:\n      subnet_nodes: 10.2.0.0/22 # ! unknown-key\n"],
  ["k8s_api_port_acl", "    access:\n", "    access:\n      k8s_api_port_acl: [0.0.0.0/0] # ! unknown-key\n"],
  ["vrrp_ip", "    apiEndpoint:\n", "    apiEndpoint:\n      vrrp_ip: 10.20.0.5 # ! unknown-key\n"],
  ["os_version", "    openstack:\n", '    openstack:\n      os_version: "99" # ! unknown-key\n'],
  ["project_id", "    openstack:\n", "    openstack:\n      project_id: x # ! unknown-key\n"],
  [
    "server_group_affinity",
    "      general:\n",
    "      general:\n        server_group_affinity: banana # ! unknown-key\n",
  ],
  ["subnet_pods", "    kubernetes:\n", "    kubernetes:\n      subnet_pods: 10.1.0.0/16 # ! unknown-key\n"],
  ["opentofu", CLUSTER, "  opencenter:cluster:\n    opentofu: {enabled: true} # ! unknown-key\n"],
].map(([key, find, replace]) => [`openCenter's ${key}`, [find!, replace!]] as Case);

export const keyCases: readonly Case[] = [
  ...renamed,
  [
    "misspelled key",
    ["      count: 3\n      flavor: medium", "      cuont: 3 # ! unknown-key\n      flavor: medium"],
  ],
  ["misspelled section hides nothing else", ["    apiEndpoint:\n", "    apiEndpiont: # ! unknown-key\n"]],
  ["misspelled service", ["      loki: {enabled: true}", "      lokki: {enabled: true} # ! unknown-key"]],
  ["snake case", ["      podCidr: 10.42.0.0/16", "      pod_cidr: 10.42.0.0/16 # ! unknown-key"]],
  ["unknown key far from all", ["    name: prod\n", "    name: prod\n    weather: sunny # ! unknown-key\n"]],
  ["flavor under cluster", ["    name: prod\n", "    name: prod\n    flavor: large # ! unknown-key\n"]],
  [
    "podCidr under network",
    ["      mtu: 1450", "      podCidr: 10.1.0.0/16 # ! unknown-key\n      mtu: 1450"],
  ],
  [
    "unknown key in a list",
    [
      "            effect: NoExecute",
      "            effect: NoExecute\n            forever: true # ! unknown-key",
    ],
  ],
  ["unknown key in flow style", ["{sizeGiB: 40, type: fast}", "{sizeGiB: 40, typ: fast} # ! unknown-key"]],
  [
    "unknown key in a union",
    ["        tag: v1.2.0", "        tag: v1.2.0\n        branch: x # ! unknown-key"],
  ],

  ["missing name", ["    name: prod\n", ""], [CLUSTER, "  opencenter:cluster: # ! missing-key\n"]],
  [
    "missing environment",
    ["    environment: production\n", ""],
    [CLUSTER, "  opencenter:cluster: # ! missing-key\n"],
  ],
  [
    "missing flavor of the control plane",
    ["      flavor: medium\n", ""],
    ["    controlPlane:\n", "    controlPlane: # ! missing-key\n"],
  ],
  [
    "missing flavor of a pool",
    ["        flavor: gpu\n", ""],
    ["      gpu:\n", "      gpu: # ! missing-key\n"],
  ],
  [
    "missing access list",
    ["      apiAllowedCidrs: [198.51.100.0/24, 203.0.113.7/32]\n", ""],
    ["    access:\n", "    access: # ! missing-key\n"],
  ],
  [
    "missing image",
    ["      image: ubuntu-24.04\n", ""],
    ["    openstack:\n", "    openstack: # ! missing-key\n"],
  ],
  [
    "missing effect of a taint",
    [
      "          - key: acme.org/gpu\n            effect: NoExecute",
      "          - key: acme.org/gpu # ! missing-key",
    ],
  ],
  [
    "missing end of the pool",
    ["        end: 10.20.3.250\n", ""],
    ["      allocationPool:\n", "      allocationPool: # ! missing-key\n"],
  ],
  [
    "missing tag of the base",
    ["        tag: v1.2.0\n", ""],
    ["      base:\n", "      base: # ! missing-key\n"],
  ],
  [
    "missing organization",
    ["  opencenter:organization: acme\n", ""],
    ["config:\n", "config: # ! missing-key\n"],
  ],

  [
    "misspelled key of the namespace",
    [
      "  opencenter:organization: acme\n",
      "  opencenter:organization: acme\n  opencenter:gitTokn: x # ! unknown-key\n",
    ],
  ],
  [
    "key of the namespace without a likeness",
    [
      "  opencenter:organization: acme\n",
      "  opencenter:organization: acme\n  opencenter:zzz: x # ! unknown-key\n",
    ],
  ],
  [
    "key without a namespace",
    ["  opencenter:organization: acme\n", "  opencenter:organization: acme\n  cluster: {} # ! unknown-key\n"],
  ],
  ["key outside of config", ["config:\n", "opencenter:cluster: {} # ! misplaced-key\nconfig:\n"]],
  [
    "token in plain text",
    ["  opencenter:gitToken:\n    secure: v1:AAAA:BBBB", "  opencenter:gitToken: hunter2 # ! plain-secret"],
  ],
  [
    "key of a repository in plain text",
    ["  opencenter:gitToken:\n    secure: v1:AAAA:BBBB", "  opencenter:gitSshKey: hunter2 # ! plain-secret"],
  ],
  [
    "secret key of a store in plain text",
    ["  opencenter:gitToken:\n    secure: v1:AAAA:BBBB", "  opencenter:backupSecretKey: x # ! plain-secret"],
  ],
  [
    "secret in the cluster",
    [
      "      region: one\n      externalNetwork",
      "      region: {secure: v1:CC} # ! secret-in-cluster\n      externalNetwork",
    ],
  ],
  [
    "secret in a list",
    ["dnsServers: [9.9.9.9, 1.1.1.1]", "dnsServers: [{secure: v1:CC}, 1.1.1.1] # ! secret-in-cluster"],
  ],
  [
    "secret organization",
    ["  opencenter:organization: acme", "  opencenter:organization: {secure: v1:CC} # ! secret-in-cluster"],
  ],
  [
    "openstack provider key",
    [
      "  opencenter:organization: acme\n",
      "  opencenter:organization: acme\n  openstack:region: two # ~ no-effect\n",
    ],
  ],
  [
    "kubernetes provider key",
    [
      "  opencenter:organization: acme\n",
      "  opencenter:organization: acme\n  kubernetes:context: x # ~ no-effect\n",
    ],
  ],
  ["duplicate key", ["      mtu: 1450", "      mtu: 1450\n      mtu: 1400 # ! duplicate-key"]],
  ["duplicate pool", ["      gpu:\n", "      gpu: {nodes: [9], flavor: x}\n      gpu: # ! duplicate-key\n"]],
  [
    "duplicate key in flow style",
    ["{sizeGiB: 40, type: fast}", "{sizeGiB: 40, sizeGiB: 41, type: fast} # ! duplicate-key"],
  ],
];
