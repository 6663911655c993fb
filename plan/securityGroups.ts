/**
 * Who may talk to whom. Every rule is there because a component needs it (Kubespray's port requirements,
 * docs/operations/port-requirements.md), and none is open to more machines than that.
 */
import { etherType, type EtherType } from "../config/address";
import type { ClusterConfig } from "../config/resolve";
import type { Peer, SecurityGroupPlan, SecurityRulePlan } from "./types";

/** The API server listens on this port whatever the endpoint's own port is. */
export const API_SERVER_PORT = 6443;

const NODE_PORTS = { from: 30000, to: 32767 };
const EVERYWHERE: Record<EtherType, string> = { IPv4: "0.0.0.0/0", IPv6: "::/0" };

const group = (key: string): Peer => ({ group: key });
const NODES = ["control-plane", "worker"];

/** Each separator on its own: `a::1/128` and `a:1::/128` would be the same peer if runs of them became one. */
function peerKey(peer: Peer): string {
  return "group" in peer ? `from-${peer.group}` : `from-${peer.cidr.replace(/[./:]/g, "-")}`;
}

interface Need {
  readonly what: string;
  readonly protocol?: SecurityRulePlan["protocol"];
  readonly ports?: number | { readonly from: number; readonly to: number };
  readonly from: readonly Peer[];
  readonly why: string;
}

/** One rule per peer, keyed by what it is for: adding a peer never touches the rules of the others. */
function ingress(family: EtherType, needs: readonly Need[]): SecurityRulePlan[] {
  return needs.flatMap(({ what, protocol, ports, from, why }) =>
    from.map((peer) => ({
      key: `${what}-${peerKey(peer)}`,
      direction: "ingress" as const,
      etherType: "cidr" in peer ? etherType(peer.cidr) : family,
      protocol,
      ports: typeof ports === "number" ? { from: ports, to: ports } : ports,
      peer,
      description: why,
    })),
  );
}

/** Written out, because a group without its default rules lets nothing out and one with them hides it from drift. */
function egress(family: EtherType): SecurityRulePlan {
  return {
    key: `egress-${family.toLowerCase()}`,
    direction: "egress",
    etherType: family,
    peer: { cidr: EVERYWHERE[family] },
    description: "Everything outbound: images, package mirrors, the cloud's API.",
  };
}

/** What the network plug-in sends between nodes. */
function cniNeeds(config: ClusterConfig): Need[] {
  const { cni, encapsulation, podCidr } = config.kubernetes;
  const from = NODES.map(group);
  const needs: Need[] = [];
  if (cni === "calico") {
    needs.push({ what: "typha", protocol: "tcp", ports: 5473, from, why: "Calico Typha." });
    if (encapsulation === "vxlan")
      needs.push({ what: "vxlan", protocol: "udp", ports: 4789, from, why: "Calico VXLAN." });
    else needs.push({ what: "bgp", protocol: "tcp", ports: 179, from, why: "Calico BGP." });
    if (encapsulation === "ipip")
      needs.push({ what: "ipip", protocol: "ipip", from, why: "Calico IP-in-IP." });
  } else {
    needs.push({ what: "cilium-health", protocol: "tcp", ports: 4240, from, why: "Cilium health checks." });
    needs.push({
      what: "hubble",
      protocol: "tcp",
      ports: { from: 4244, to: 4245 },
      from,
      why: "Cilium Hubble.",
    });
    if (encapsulation === "vxlan")
      needs.push({ what: "vxlan", protocol: "udp", ports: 8472, from, why: "Cilium VXLAN." });
  }
  if (encapsulation === "none")
    needs.push({ what: "pods", from: [{ cidr: podCidr }], why: "Pods, routed without encapsulation." });
  return needs;
}

/** SSH comes through the bastion; without one, from where the user said. */
function sshPeers(config: ClusterConfig): Peer[] {
  if (config.access.bastion.enabled) return [group("bastion")];
  return config.access.sshAllowedCidrs.map((cidr) => ({ cidr }));
}

/** What every node of the cluster takes, whatever its role. */
function nodeNeeds(config: ClusterConfig): Need[] {
  const nodes = NODES.map(group);
  return [
    { what: "ssh", protocol: "tcp", ports: 22, from: sshPeers(config), why: "SSH." },
    {
      what: "icmp",
      protocol: "icmp",
      from: nodes,
      why: "Path MTU discovery, and Kubespray's reachability check.",
    },
    { what: "kubelet", protocol: "tcp", ports: 10250, from: nodes, why: "Kubelet: API server, metrics." },
    ...cniNeeds(config),
  ];
}

/** From where the API server is reached, beside the nodes: clients, and what forwards for them. */
function apiPeers(config: ClusterConfig): Peer[] {
  const clients = config.access.apiAllowedCidrs.map((cidr) => ({ cidr }));
  const subnet = { cidr: config.network.cidr };
  if (config.apiEndpoint.type !== "octavia") return clients;
  // Amphorae forward from addresses in the subnet; other providers may keep the client's own address.
  return config.apiEndpoint.provider === "amphora" ? [subnet] : [subnet, ...clients];
}

function controlPlaneNeeds(config: ClusterConfig): Need[] {
  const api = [...NODES.map(group), ...uniquePeers(apiPeers(config))];
  return [
    ...nodeNeeds(config),
    { what: "api", protocol: "tcp", ports: API_SERVER_PORT, from: api, why: "Kubernetes API." },
    {
      what: "etcd",
      protocol: "tcp",
      ports: { from: 2379, to: 2380 },
      from: [group("control-plane")],
      why: "etcd clients and peers.",
    },
  ];
}

function uniquePeers(peers: readonly Peer[]): Peer[] {
  return [...new Map(peers.map((peer) => [peerKey(peer), peer])).values()];
}

function workerNeeds(config: ClusterConfig): Need[] {
  const subnet = [{ cidr: config.network.cidr }];
  const why = "NodePorts from the subnet: load balancers of Services and their health checks.";
  return [
    ...nodeNeeds(config),
    { what: "node-ports-tcp", protocol: "tcp", ports: NODE_PORTS, from: subnet, why },
    { what: "node-ports-udp", protocol: "udp", ports: NODE_PORTS, from: subnet, why },
  ];
}

/** Key of the group that opens a pool's declared NodePorts. */
export function nodePortsGroup(pool: string): string {
  return `${pool}-node-ports`;
}

function nodePortGroups(config: ClusterConfig): { key: string; description: string; needs: Need[] }[] {
  return (
    Object.entries(config.pools)
      .filter(([, pool]) => pool.nodePorts.length > 0)
      // As the pools themselves: the order in a file must not matter.
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([name, pool]) => ({
        key: nodePortsGroup(name),
        description: `NodePorts of pool ${name} that are reached from outside.`,
        needs: pool.nodePorts.map(({ from, to, protocol, allowedCidrs }) => ({
          what: `${protocol}-${from}-${to ?? from}`,
          protocol,
          ports: { from, to: to ?? from },
          from: allowedCidrs.map((cidr) => ({ cidr })),
          why: "Declared in nodePorts.",
        })),
      }))
  );
}

/** All security groups of a cluster, each with its rules. */
export function planSecurityGroups(config: ClusterConfig): SecurityGroupPlan[] {
  const family = etherType(config.network.cidr);
  const bastion = config.access.sshAllowedCidrs.map((cidr) => ({ cidr }));
  const groups = [
    ...(config.access.bastion.enabled
      ? [
          {
            key: "bastion",
            description: "The jump host.",
            needs: [
              { what: "ssh", protocol: "tcp" as const, ports: 22, from: bastion, why: "SSH from outside." },
            ],
          },
        ]
      : []),
    { key: "control-plane", description: "Control plane and etcd.", needs: controlPlaneNeeds(config) },
    { key: "worker", description: "Worker nodes.", needs: workerNeeds(config) },
    ...nodePortGroups(config),
  ];
  return groups.map(({ key, description, needs }) => ({
    key,
    name: `${config.name}-${key}`,
    description: `${config.name}: ${description}`,
    rules: [...ingress(family, needs), egress(family)],
  }));
}
