/** Names, their lengths, and entries that stand twice. */
import type { Case } from "../good";

const POOLS = "    pools:\n";
const NAME = "    name: prod\n";
/** Adds a pool of one node. */
const pool = (name: string, code: string): Case[1] => [
  POOLS,
  `    pools:\n      ${name}: {count: 1, flavor: large} # ! ${code}\n`,
];

export const nameCases: readonly Case[] = [
  ["pool in upper case", pool("Big", "pool-name")],
  ["pool with a dot", pool("a.b", "pool-name")],
  ["pool that begins with a digit", pool("1a", "pool-name")],
  ["pool that ends in a dash", pool("a-", "pool-name")],
  ["pool named cp", pool("cp", "pool-name-reserved")],
  ["pool named bastion", pool("bastion", "pool-name-reserved")],
  ["pool named as a node of the control plane", pool("cp-1", "pool-name-collision")],
  ["pool named as a node of another pool", pool("general-1", "pool-name-collision")],
  ["pool name that leaves no room for three digits", pool("p".repeat(55), "hostname-length")],
  ["cluster name too long for its tag", [NAME, `    name: ${"n".repeat(42)} # ! tag-length\n`]],
  [
    "cluster name too long for a host name",
    [NAME, `    name: ${"n".repeat(60)} # ! hostname-length, tag-length\n`],
    ["      general:\n", "      general: # ! hostname-length\n"],
    ["      gpu:\n", "      gpu: # ! hostname-length\n"],
  ],
  [
    "organization too long for its tag",
    ["  opencenter:organization: acme\n", `  opencenter:organization: ${"o".repeat(37)} # ! tag-length\n`],
  ],
  ["tag of the program", ["    tags: [team-a]", "    tags: [opencenter-cluster=other] # ! tag-reserved"]],
  ["tag of the program on a pool", ["tags: [general-pool]", "tags: [opencenter] # ! tag-reserved"]],
  ["metadata of the program", ["{owner: ops}", "{opencenter-role: worker} # ! tag-reserved"]],

  ["node number twice", ["        nodes: [1, 3]", "        nodes: [1, 3, 1] # ! duplicate-entry"]],
  ["zone twice", ["[az1, az2, az3]", "[az1, az2, az3, az1] # ! duplicate-entry"]],
  ["resolver twice", ["[9.9.9.9, 1.1.1.1]", "[9.9.9.9, 9.9.9.9] # ! duplicate-entry"]],
  ["tag twice", ["    tags: [team-a]", "    tags: [team-a, team-a] # ! duplicate-entry"]],
  ["key generation twice", ["generations: [1, 2]", "generations: [1, 2, 2] # ! duplicate-entry"]],
  [
    "access network twice",
    ["[198.51.100.0/24, 203.0.113.7/32]", "[198.51.100.0/24, 198.51.100.0/24] # ! duplicate-entry"],
  ],
  ["volume name twice", ["          - name: logs", "          - name: data # ! duplicate-volume"]],

  [
    "project placeholder",
    ["externalNetwork: public", "externalNetwork: external-network-placeholder # ! placeholder"],
  ],
  ["CHANGEME", ["      cloud: acme-cloud", "      cloud: CHANGEME # ! placeholder"]],
  ["angle brackets", ["        clientId: kubernetes", '        clientId: "<client id>" # ! placeholder']],
  ["TODO", ["      image: ubuntu-24.04\n", "      image: TODO # ! placeholder\n"]],
  ["your-project", ["      cloud: acme-cloud", "      cloud: your-cluster # ! placeholder"]],
  [
    "all-zero id",
    ["7d1c5a52-14f0-4a69-8d0b-2f1a5a0e6c33", "00000000-0000-0000-0000-000000000000 # ! placeholder"],
  ],
  [
    "example id in a list",
    ["[3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21]", "[12345678-1234-1234-1234-123456789012] # ! placeholder"],
  ],
  ["organization to be replaced", ["organization: acme\n", "organization: changeme # ! placeholder\n"]],
  ["placeholder in values", ["{type: ingress}", "{type: CHANGEME} # ! placeholder"]],
  ["URL with a blank", ["platform/clusters.git", "<org>/clusters.git # ! placeholder"]],
];
