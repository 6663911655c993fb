/** How the networks of nodes, pods and Services lie to each other and to what is taken already. */
import { etherType, overlaps, prefixLength } from "../address";
import type { Path } from "../issue";
import type { ClusterConfig } from "../resolve";
import type { ClusterInput } from "../schema";
import { at, groupsOf, type Problem, type Rule } from "./rule";

interface Network {
  readonly what: string;
  readonly path: Path;
  readonly cidr: string;
  readonly written: boolean;
}

function networksOf(config: ClusterConfig, written: ClusterInput): [Network, Network, Network] {
  const { podCidr, serviceCidr } = config.kubernetes;
  const isWritten = (value: unknown) => value !== undefined;
  return [
    {
      what: "nodes",
      path: at("network", "cidr"),
      cidr: config.network.cidr,
      written: isWritten(written.network?.cidr),
    },
    {
      what: "pods",
      path: at("kubernetes", "podCidr"),
      cidr: podCidr,
      written: isWritten(written.kubernetes?.podCidr),
    },
    {
      what: "Services",
      path: at("kubernetes", "serviceCidr"),
      cidr: serviceCidr,
      written: isWritten(written.kubernetes?.serviceCidr),
    },
  ];
}

const families: Rule = {
  // Kubespray has other variables for IPv6; with these an IPv6 network fails in the middle of the installation.
  code: "ipv6-not-supported",
  check: (config, written) =>
    networksOf(config, written)
      .filter(({ cidr }) => etherType(cidr) === "IPv6")
      .map(({ what, path, cidr }) => ({
        path,
        message: `${cidr} is an IPv6 network; clusters have IPv4 networks of ${what} for now`,
        hint: "Write an IPv4 network.",
      })),
};

const disjoint: Rule = {
  // Kubespray refuses one of the six ways to overlap (pods inside Services), openCenter none.
  code: "cidr-overlap",
  check: (config, written) => {
    const [nodes, pods, services] = networksOf(config, written);
    const pairs = [
      [nodes, pods],
      [nodes, services],
      [pods, services],
    ] as const;
    return pairs
      .filter(([a, b]) => overlaps(a.cidr, b.cidr))
      .map(([a, b]) => {
        // The one that somebody wrote is the one to change.
        const [told, other] = a.written && !b.written ? [a, b] : [b, a];
        return {
          path: told.path,
          message: `${told.cidr} (${told.what}) overlaps ${other.cidr} (${other.what})`,
          hint: `Choose a network outside of ${other.cidr}.`,
          because: [a.path, b.path],
        };
      });
  },
};

const reserved: readonly { cidr: string; use: string; severity?: "warning" }[] = [
  { cidr: "0.0.0.0/8", use: "this host" },
  { cidr: "127.0.0.0/8", use: "loopback" },
  {
    cidr: "169.254.0.0/16",
    use: "link-local addresses: the metadata service and nodelocaldns at 169.254.25.10",
  },
  { cidr: "172.17.0.0/16", use: "docker0, on images that bring Docker" },
  { cidr: "224.0.0.0/4", use: "multicast" },
  { cidr: "240.0.0.0/4", use: "future use: the kernel drops it" },
  { cidr: "100.64.0.0/10", use: "carriers, and inner networks of some clouds", severity: "warning" },
];

const reservedNetworks: Rule = {
  // Not caught by Kubespray: such a cluster comes up and then drops some of its traffic.
  code: "cidr-reserved",
  check: (config, written) =>
    networksOf(config, written).flatMap(({ what, path, cidr }) =>
      reserved
        .filter((range) => overlaps(range.cidr, cidr))
        .map((range): Problem => ({
          severity: range.severity,
          path,
          message: `${cidr} (${what}) overlaps ${range.cidr}, reserved for ${range.use}`,
          hint: "Choose a private network, for example of 10.0.0.0/8.",
        })),
    ),
};

/** What the node IPAM of kube-controller-manager accepts between the two prefixes. */
const PREFIX_DISTANCE = 16;

const podPrefix: Rule = {
  // kube-controller-manager exits at start with such a pair.
  code: "pod-prefix",
  check: (config) => {
    const { podCidr, podPrefixPerNode } = config.kubernetes;
    const distance = podPrefixPerNode - prefixLength(podCidr);
    if (distance >= 0 && distance <= PREFIX_DISTANCE) return [];
    const lowest = prefixLength(podCidr);
    return [
      {
        path: at("kubernetes", "podPrefixPerNode"),
        message: `/${podPrefixPerNode} cannot be a node's part of ${podCidr}`,
        hint: `Write a prefix between ${lowest} and ${Math.min(lowest + PREFIX_DISTANCE, 30)}, or change podCidr.`,
        because: [at("kubernetes", "podCidr")],
      },
    ];
  },
};

const podsPerNode: Rule = {
  // Kubespray's inventory check refuses it for every plug-in but Calico, which hands out small blocks instead.
  code: "pod-prefix-too-long",
  check: (config) => {
    const { cni, podPrefixPerNode, kubelet } = config.kubernetes;
    const room = 2 ** (32 - podPrefixPerNode) - 2;
    if (cni === "calico" || room >= kubelet.maxPods) return [];
    const longest = 32 - Math.ceil(Math.log2(kubelet.maxPods + 2));
    return [
      {
        path: at("kubernetes", "podPrefixPerNode"),
        message: `/${podPrefixPerNode} has ${room} addresses; with ${cni} a node needs ${kubelet.maxPods}`,
        hint: `Write ${longest} or less, or a smaller kubelet.maxPods.`,
        because: [at("kubernetes", "cni"), at("kubernetes", "kubelet", "maxPods")],
      },
    ];
  },
};

function slots(config: ClusterConfig): { free: number; problem: Problem } | undefined {
  const { podCidr, podPrefixPerNode } = config.kubernetes;
  const distance = podPrefixPerNode - prefixLength(podCidr);
  if (distance < 0 || distance > PREFIX_DISTANCE) return undefined;
  const nodes = groupsOf(config).reduce((sum, { group }) => sum + group.nodes.length, 0);
  return {
    free: 2 ** distance - nodes,
    problem: {
      path: at("kubernetes", "podCidr"),
      message: `${podCidr} has room for ${2 ** distance} nodes of /${podPrefixPerNode}; the cluster has ${nodes}`,
      hint: "Write a larger podCidr, or a longer podPrefixPerNode; neither can change once the cluster is there.",
      because: [at("kubernetes", "podPrefixPerNode"), at("pools"), at("controlPlane")],
    },
  };
}

const podSlots: Rule = {
  // Kubespray's inventory check, Calico left out there: the nodes beyond the last slot stay NotReady for ever.
  code: "pod-cidr-too-small",
  check: (config) => {
    const found = slots(config);
    return found !== undefined && found.free < 0 ? [found.problem] : [];
  },
};

const spareSlots: Rule = {
  // An upgrade or a new node needs one slot more, and podCidr cannot grow.
  code: "pod-cidr-full",
  check: (config) => {
    const found = slots(config);
    return found?.free === 0 ? [{ ...found.problem, severity: "warning" }] : [];
  },
};

const serviceSize: Rule = {
  // kube-apiserver refuses more than 2^20 Service addresses at start; a few hundred are soon used up.
  code: "service-cidr-size",
  check: (config) => {
    const { serviceCidr } = config.kubernetes;
    const path = at("kubernetes", "serviceCidr");
    const prefix = prefixLength(serviceCidr);
    if (etherType(serviceCidr) === "IPv6") return [];
    if (prefix < 12)
      return [
        { path, message: `${serviceCidr} is larger than kube-apiserver takes`, hint: "Write /12 or longer." },
      ];
    if (prefix <= 24) return [];
    const message = `${serviceCidr} has ${2 ** (32 - prefix)} addresses for all Services of the cluster's life`;
    return [{ severity: "warning", path, message, hint: "Write /24 or shorter; it cannot change later." }];
  },
};

export const networkRules: readonly Rule[] = [
  families,
  disjoint,
  reservedNetworks,
  podPrefix,
  podsPerNode,
  podSlots,
  spareSlots,
  serviceSize,
];
