/** Numbers of nodes and where they stand; labels and taints. */
import type { Case } from "../good";

const CP = "      count: 3\n      flavor: medium\n";
const cp = (sizes: string): Case[1] => [CP, `      ${sizes}\n      flavor: medium\n`];
const DEVELOPMENT: Case[1] = ["    environment: production", "    environment: development"];
const LABEL = "          workload: general\n";
const label = (text: string): Case[1] => [LABEL, `${LABEL}          ${text}\n`];
const TAINT = "          - key: acme.org/gpu\n            effect: NoExecute\n";
const SINGLE_FROM =
  "      type: octavia\n      provider: amphora\n      flavorId: 7d1c5a52-14f0-4a69-8d0b-2f1a5a0e6c33\n      vip: 10.20.0.6\n      port: 443\n";
const MONITOR = "      monitor: {delaySeconds: 10, timeoutSeconds: 5}\n";

export const nodeCases: readonly Case[] = [
  ["two masters", cp("count: 2 # ! control-plane-even")],
  ["four masters", cp("count: 4 # ! control-plane-even")],
  ["two masters by number", cp("nodes: [1, 5] # ! control-plane-even")],
  ["no master", cp("count: 0 # ! control-plane-empty")],
  ["nine masters", cp("count: 9 # ~ control-plane-large")],
  ["one master in production", cp("count: 1 # ~ control-plane-single")],
  ["count and nodes", cp("count: 3\n      nodes: [1, 2, 3] # ! count-or-nodes")],
  [
    "neither count nor nodes",
    [CP, "      flavor: medium\n"],
    ["    controlPlane:\n", "    controlPlane: # ! count-or-nodes\n"],
  ],
  [
    "count and nodes of a pool",
    ["        nodes: [1, 3]", "        count: 2\n        nodes: [1, 3] # ! count-or-nodes"],
  ],
  ["pool of no size", ["        nodes: [1, 3]\n", ""], ["      gpu:\n", "      gpu: # ! count-or-nodes\n"]],
  [
    "single endpoint for three masters",
    [SINGLE_FROM, "      type: single # ! single-needs-one-node\n"],
    [MONITOR, ""],
  ],
  [
    "control plane on one host in production",
    [
      "      serverGroupPolicy: anti-affinity",
      "      serverGroupPolicy: soft-affinity # ! control-plane-affinity",
    ],
  ],
  [
    "control plane on one host elsewhere",
    DEVELOPMENT,
    [
      "      serverGroupPolicy: anti-affinity",
      "      serverGroupPolicy: soft-affinity # ~ control-plane-affinity",
    ],
  ],
  [
    "one host in several zones",
    ["        availabilityZones: [az1]", "        availabilityZones: [az1, az2, az3]"],
    ["soft-anti-affinity", "affinity # ! affinity-across-zones"],
    ["        nodes: [1, 3]", "        nodes: [1, 2]"],
  ],
  ["three masters on two zones", ["[az1, az2, az3]", "[az1, az2] # ~ zone-holds-majority"]],
  [
    "masters whose numbers fall on one zone",
    cp("nodes: [1, 4, 7]"),
    ["[az1, az2, az3]", "[az1, az2, az3] # ~ zone-holds-majority"],
  ],
  [
    "no worker",
    ["        count: 3", "        count: 0"],
    ["        nodes: [1, 3]", "        nodes: []"],
    ["    pools:\n", "    pools: # ~ no-workers\n"],
  ],
  [
    "only pools with taints",
    ["        count: 3", "        count: 0"],
    ["    pools:\n", "    pools: # ~ all-workers-tainted\n"],
  ],

  ["label key with a space", label('"a b": x # ! label-key')],
  ["label key with two slashes", label("a/b/c: x # ! label-key")],
  ["label key of 64 characters", label(`${"k".repeat(64)}: x # ! label-key`)],
  ["label prefix in upper case", label("ACME.org/x: x # ! label-key")],
  ["label value with a slash", label('role: "a/b" # ! label-value')],
  ["label value that ends in a dash", label("role: a- # ! label-value")],
  ["hostname label", label("kubernetes.io/hostname: x # ! label-reserved")],
  ["zone label", label("topology.kubernetes.io/zone: az9 # ! label-reserved")],
  ["control plane label on a worker", label('node-role.kubernetes.io/control-plane: "" # ! label-reserved')],
  ["role label", label('node-role.kubernetes.io/general: "" # ~ label-restricted')],
  ["label of a project of Kubernetes", label("x.k8s.io/y: z # ~ label-restricted")],
  [
    "taint key with a space",
    [TAINT, '          - key: "a b" # ! taint-key\n            effect: NoExecute\n'],
  ],
  ["taint value with a slash", ['            value: "true"', '            value: "a/b" # ! taint-value']],
  [
    "taint of Kubernetes",
    [
      TAINT,
      "          - key: node.kubernetes.io/not-ready # ! taint-reserved\n            effect: NoExecute\n",
    ],
  ],
  [
    "taint twice",
    [TAINT, "          - key: acme.org/gpu # ! duplicate-taint\n            effect: NoSchedule\n"],
  ],
];
