/** Networks and addresses. */
import type { Case } from "../good";

const CIDR = "      cidr: 10.20.0.0/22";
const PODS = "      podCidr: 10.42.0.0/16";
const SERVICES = "      serviceCidr: 10.43.0.0/16";
const PREFIX = "      podPrefixPerNode: 24";
const VIP = "      vip: 10.20.0.6";
const POOL = "      allocationPool:\n        start: 10.20.0.10\n        end: 10.20.3.250\n";
const ROUTES = "      hostRoutes:\n        - destination: 192.168.50.0/24\n          nextHop: 10.20.3.251\n";
const OWN_SETTINGS = `${POOL}      dnsServers: [9.9.9.9, 1.1.1.1]\n      ntpServers: [time.acme.org]\n      mtu: 1450\n${ROUTES}`;
const IDS = "networkId: 5b9df0c8-6c1f-4f1c-9a55-0d7f3f8f1a01, subnetId: 5b9df0c8-6c1f-4f1c-9a55-0d7f3f8f1a02";
const ROUTER = "routerId: 5b9df0c8-6c1f-4f1c-9a55-0d7f3f8f1a03";
/** Somebody else's network in place of the program's own settings. */
const existing = (keys: string, rest = ""): Case[1] => [OWN_SETTINGS, `      existing: {${keys}}\n${rest}`];

export const networkCases: readonly Case[] = [
  ["pods are the Services", [SERVICES, "      serviceCidr: 10.42.0.0/16 # ! cidr-overlap"]],
  ["Services inside pods", [SERVICES, "      serviceCidr: 10.42.128.0/20 # ! cidr-overlap"]],
  [
    "pods inside Services",
    [PODS, "      podCidr: 10.48.0.0/16"],
    [SERVICES, "      serviceCidr: 10.48.0.0/13 # ! cidr-overlap"],
  ],
  ["pods overlap nodes", [PODS, "      podCidr: 10.20.0.0/16 # ! cidr-overlap"]],
  [
    "pods inside nodes",
    [PODS, "      podCidr: 10.20.2.0/24 # ! cidr-overlap"],
    [PREFIX, "      podPrefixPerNode: 28"],
  ],
  ["Services inside nodes", [SERVICES, "      serviceCidr: 10.20.2.0/24 # ! cidr-overlap"]],
  ["nodes inside Services", [SERVICES, "      serviceCidr: 10.16.0.0/12 # ! cidr-overlap"]],
  [
    "nodes on the default pods",
    [CIDR, "      cidr: 10.42.0.0/22 # ! cidr-overlap"],
    [`${PODS}\n`, ""],
    [OWN_SETTINGS, ""],
    [VIP, "      vip: 10.42.0.6"],
  ],
  ["link-local Services", [SERVICES, "      serviceCidr: 169.254.0.0/16 # ! cidr-reserved"]],
  ["loopback Services", [SERVICES, "      serviceCidr: 127.16.0.0/16 # ! cidr-reserved"]],
  ["pods on docker0", [PODS, "      podCidr: 172.16.0.0/15 # ! cidr-reserved"]],
  ["multicast pods", [PODS, "      podCidr: 224.0.0.0/16 # ! cidr-reserved"]],
  ["pods on the reserved block", [PODS, "      podCidr: 240.0.0.0/16 # ! cidr-reserved"]],
  ["pods on carrier addresses", [PODS, "      podCidr: 100.64.0.0/16 # ~ cidr-reserved"]],
  ["IPv6 pods", [PODS, "      podCidr: fd00::/16 # ! ipv6-not-supported"]],
  ["IPv6 Services", [SERVICES, "      serviceCidr: fd00:1::/112 # ! ipv6-not-supported"]],

  [
    "pool outside of the subnet",
    ["        end: 10.20.3.250", "        end: 10.20.4.5 # ! pool-outside-subnet"],
  ],
  [
    "pool on the broadcast address",
    ["        end: 10.20.3.250", "        end: 10.20.3.255 # ! pool-outside-subnet"],
  ],
  [
    "pool of another family",
    ["        start: 10.20.0.10", "        start: fd00::10 # ! pool-outside-subnet"],
  ],
  [
    "pool the wrong way round",
    [
      "      allocationPool:\n        start: 10.20.0.10",
      "      allocationPool: # ! pool-reversed\n        start: 10.20.3.251",
    ],
  ],
  [
    "pool with the gateway and the endpoint",
    [
      "      allocationPool:\n        start: 10.20.0.10",
      "      allocationPool: # ! pool-holds-gateway\n        start: 10.20.0.1",
    ],
    [VIP, `${VIP} # ! vip-in-allocation-pool`],
  ],
  [
    "pool with the default endpoint",
    [
      "      allocationPool:\n        start: 10.20.0.10",
      "      allocationPool: # ! vip-in-allocation-pool\n        start: 10.20.0.4",
    ],
    [`${VIP}\n`, ""],
  ],
  [
    "pool too small",
    [POOL, "      allocationPool: {start: 10.20.0.10, end: 10.20.0.17} # ! pool-too-small\n"],
  ],
  [
    "pool nearly full",
    [POOL, "      allocationPool: {start: 10.20.0.10, end: 10.20.0.21} # ~ pool-nearly-full\n"],
  ],
  [
    "subnet too small for the nodes",
    [CIDR, "      cidr: 10.20.0.0/28 # ! pool-too-small"],
    [OWN_SETTINGS, ""],
  ],
  ["endpoint outside of the subnet", [VIP, "      vip: 10.20.9.5 # ! vip-outside-subnet"]],
  ["endpoint in the pool", [VIP, "      vip: 10.20.1.5 # ! vip-in-allocation-pool"]],
  ["endpoint is the gateway", [VIP, "      vip: 10.20.0.1 # ! vip-taken"]],
  ["endpoint is the network address", [VIP, "      vip: 10.20.0.0 # ! vip-taken"]],
  ["endpoint is the broadcast address", [VIP, "      vip: 10.20.3.255 # ! vip-taken"]],
  ["next hop outside of the subnet", ["nextHop: 10.20.3.251", "nextHop: 10.99.0.1 # ! host-route"]],
  [
    "route to the cluster's own pods",
    ["destination: 192.168.50.0/24", "destination: 10.42.1.0/24 # ! host-route"],
  ],
  ["route to everywhere", ["destination: 192.168.50.0/24", "destination: 0.0.0.0/0 # ! host-route"]],
  ["resolver on the loopback", ["[9.9.9.9, 1.1.1.1]", "[127.0.0.53] # ! dns-server-unreachable"]],
  ["resolver among the Services", ["[9.9.9.9, 1.1.1.1]", "[10.43.0.10] # ! dns-server-unreachable"]],

  [
    "existing network without its CIDR",
    [`${CIDR}\n`, ""],
    existing(`${IDS}, ${ROUTER}`),
    ["    network:\n", "    network: # ! existing-needs-cidr\n"],
  ],
  [
    "existing network with settings of an own one",
    existing(
      `${IDS}, ${ROUTER}`,
      "      allocationPool: {start: 10.20.0.10, end: 10.20.3.250} # ! no-effect\n      mtu: 1450 # ! no-effect\n      dnsServers: [9.9.9.9] # ! no-effect\n      hostRoutes: [] # ! no-effect\n",
    ),
  ],
  [
    "existing network without a router",
    [OWN_SETTINGS, `      existing: {${IDS}} # ! existing-needs-router\n`],
  ],
  [
    "kube-vip in an existing network without an address",
    existing(`${IDS}, ${ROUTER}`),
    [
      "    apiEndpoint:\n      type: octavia\n      provider: amphora\n      flavorId: 7d1c5a52-14f0-4a69-8d0b-2f1a5a0e6c33\n      vip: 10.20.0.6\n      port: 443\n",
      "    apiEndpoint: # ! vip-required\n      type: kube-vip\n",
    ],
    ["      monitor: {delaySeconds: 10, timeoutSeconds: 5}\n", ""],
  ],

  [
    "node's part larger than the pods' network",
    [PODS, "      podCidr: 10.42.0.0/20"],
    [PREFIX, "      podPrefixPerNode: 18 # ! pod-prefix"],
  ],
  [
    "node's part too far below the pods' network",
    [PODS, "      podCidr: 10.64.0.0/10"],
    [PREFIX, "      podPrefixPerNode: 28 # ! pod-prefix"],
  ],
  [
    "too few addresses for pods with cilium",
    [PREFIX, "      podPrefixPerNode: 26 # ! pod-prefix-too-long"],
    ["      cni: calico", "      cni: cilium"],
  ],
  ["too few parts for the nodes", [PODS, "      podCidr: 10.42.0.0/22 # ! pod-cidr-too-small"]],
  ["no part left for one more node", [PODS, "      podCidr: 10.42.0.0/21 # ~ pod-cidr-full"]],
  ["small network of Services", [SERVICES, "      serviceCidr: 10.43.0.0/26 # ~ service-cidr-size"]],
  [
    "network of Services that kube-apiserver refuses",
    [SERVICES, "      serviceCidr: 10.64.0.0/10 # ! service-cidr-size"],
  ],
];
