/** Values that one key refuses by itself. */
import type { Case, Edit } from "../good";

/** One value of the good file replaced; the line carries the mark. */
const value = (title: string, find: string, bad: string, code: string): Case => {
  const key = find.slice(0, find.indexOf(":") + 1);
  return [title, [find, `${key} ${bad} # ! ${code}`] as Edit];
};

export const typeCases: readonly Case[] = [
  value("text for a number", "        count: 3", '"3"', "wrong-type"),
  value("number for text", "      version: 1.35.4", "1.35", "wrong-type"),
  value("text for a list", "    tags: [team-a]", "team-a", "wrong-type"),
  value("list for a mapping", "      loki: {enabled: true}", "[true]", "wrong-type"),
  value("text for true or false", "      manageZone: true", '"yes"', "wrong-type"),
  value("fraction for a whole number", "      mtu: 1450", "1450.5", "wrong-type"),
  [
    "nothing for text",
    ["      region: one\n      externalNetwork", "      region: # ! wrong-type\n      externalNetwork"],
  ],
  ["true as a label's value", ["          workload: general", "          workload: true # ! wrong-type"]],
  ["number as a metadata value", ["{owner: ops}", "{owner: 7} # ! wrong-type"]],
  ["text for a pool", ["      gpu:\n", "      extra: large # ! wrong-type\n      gpu:\n"]],
  value("name in upper case", "    name: prod", "Prod", "invalid-value"),
  value("dotted name", "    name: prod", "prod.one", "invalid-value"),
  value("name that begins with a digit", "    name: prod", "1prod", "invalid-value"),
  [
    "organization with a space",
    ["  opencenter:organization: acme", "  opencenter:organization: ac me # ! invalid-value"],
  ],
  value("unknown environment", "    environment: production", "prod", "not-one-of"),
  value("domain without a dot", "    domain: prod.acme.org", "localhost", "invalid-value"),
  value("tag with a comma", "    tags: [team-a]", '["a,b"]', "invalid-value"),
  value("tag of 61 characters", "    tags: [team-a]", `[${"t".repeat(61)}]`, "invalid-value"),
  value("empty text", "      cloud: acme-cloud", '""', "invalid-value"),
  value("subnet with host bits", "      cidr: 10.20.0.0/22", "10.20.0.1/22", "invalid-value"),
  value("subnet that is an address", "      cidr: 10.20.0.0/22", "10.20.0.0", "invalid-value"),
  value("subnet without room", "      cidr: 10.20.0.0/22", "10.20.0.0/29", "invalid-value"),
  value("prefix of 33", "      podCidr: 10.42.0.0/16", "10.42.0.0/33", "invalid-value"),
  value("address with a prefix", "      vip: 10.20.0.6", "10.20.0.6/32", "invalid-value"),
  value("address with a part too many", "        start: 10.20.0.10", "10.20.0.10.1", "invalid-value"),
  value("resolver by name", "      dnsServers: [9.9.9.9, 1.1.1.1]", "[dns.acme.org]", "invalid-value"),
  value("time server with a space", "      ntpServers: [time.acme.org]", '["a b"]', "invalid-value"),
  value("MTU below IPv6's minimum", "      mtu: 1450", "1200", "invalid-value"),
  value("empty access list", "      sshAllowedCidrs: [198.51.100.0/24]", "[]", "invalid-value"),
  value("access list with a word", "      sshAllowedCidrs: [198.51.100.0/24]", "[banana]", "invalid-value"),
  value("negative count", "        count: 3", "-1", "invalid-value"),
  value("node number 0", "        nodes: [1, 3]", "[0, 3]", "invalid-value"),
  value("node number 1000", "        nodes: [1, 3]", "[1, 1000]", "invalid-value"),
  value("small root volume", "      rootVolume: {sizeGiB: 40, type: fast}", "{sizeGiB: 5}", "invalid-value"),
  value("unknown policy", "      serverGroupPolicy: anti-affinity", "banana", "not-one-of"),
  ["metadata key with a slash", ["{owner: ops}", "{ow/ner: ops} # ! invalid-key"]],
  ["volume name in upper case", ["          - name: logs", "          - name: LOGS # ! invalid-value"]],
  ["unknown taint effect", ["            effect: NoExecute", "            effect: Never # ! not-one-of"]],
  ["port 0", ["      port: 443", "      port: 0 # ! invalid-value"]],
  ["security group by name", ["[3f0c5bb1-8c5d-4d0a-9c7e-1f6a0a8e9b21]", "[banana] # ! invalid-value"]],
  value("unknown endpoint type", "      type: octavia", "f5", "not-one-of"),
  value("hostname in upper case", "      hostname: api.prod.acme.org", "API.prod.acme.org", "invalid-value"),
  value("unknown DNS service", "      dns: designate", "route53", "not-one-of"),
  value(
    "monitor every 0 seconds",
    "      monitor: {delaySeconds: 10, timeoutSeconds: 5}",
    "{delaySeconds: 0}",
    "invalid-value",
  ),
  value("version with a v", "      version: 1.35.4", "v1.35.4", "invalid-value"),
  value("version of two parts", "      version: 1.35.4", '"1.35"', "invalid-value"),
  value("pod prefix of 31", "      podPrefixPerNode: 24", "31", "invalid-value"),
  value("unknown plug-in", "      cni: calico", "flannel", "not-one-of"),
  value(
    "issuer over http",
    "        issuerUrl: https://login.acme.org/realm",
    "http://login.acme.org",
    "invalid-value",
  ),
  value("no forks", "      forks: 10", "0", "invalid-value"),
  value("duration without a unit", "      timeout: 3h", '"3"', "invalid-value"),
  value("source from a tarball", "      source: git", "tarball", "not-one-of"),
  value(
    "Git URL in scp form",
    "        url: ssh://git@git.acme.org/platform/clusters.git",
    "git@git.acme.org:clusters.git",
    "invalid-value",
  ),
  [
    "base by a word",
    [
      "      base:\n        url: https://git.acme.org/platform/base.git\n        tag: v1.2.0",
      "      base: mine # ! invalid-value",
    ],
  ],
  value("no key generation", "        generations: [1, 2]", "[]", "invalid-value"),
  value("bucket in upper case", "      bucket: acme-prod", "ACME", "invalid-value"),
  value("schedule of four fields", '      schedule: "30 2 * * 1-5"', '"0 3 * *"', "invalid-value"),
  value("unknown store", "      store: s3", "tape", "not-one-of"),
  [
    "certificate that is a path",
    [
      "      region: one\n      externalNetwork",
      "      caCertificate: /etc/ssl/ca.pem # ! invalid-value\n      externalNetwork",
    ],
  ],
];
