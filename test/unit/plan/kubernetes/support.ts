/** A wanted cluster and a running one, for tests of the planner. */
import { numberedMember } from "../../../../plan/kubernetes/etcdMembers";
import type {
  ConvergeRequest,
  NodePlan,
  ObservedCluster,
  ObservedNode,
  PlaybookStep,
} from "../../../../plan/kubernetes/types";

export const DIGESTS = { variables: "v1", surroundings: "s1", credential: "c1" };

export function node(name: string, about: Partial<NodePlan> = {}): NodePlan {
  const role = name.includes("-cp-") ? "control-plane" : "worker";
  const etcd = role === "control-plane" ? { etcdMember: name } : {};
  return { name, role, pool: name.split("-").at(-2) ?? "", ...etcd, labels: {}, taints: [], ...about };
}

export function request(names: readonly string[], about: Partial<ConvergeRequest> = {}): ConvergeRequest {
  return {
    organization: "acme",
    cluster: "prod",
    version: "1.35.4",
    kubespray: { ref: "v2.31.0", source: "git", forks: 20, timeoutSeconds: 60 },
    nodes: names.map((name) => node(name)),
    facts: {
      machines: Object.fromEntries(
        names.map((name, index) => [name, { address: `10.0.0.${index + 10}`, serverId: `server-${name}` }]),
      ),
      endpoint: { address: "10.0.0.5" },
      networkId: "n",
      subnetId: "s",
      externalNetworkId: "e",
    },
    sshUser: "ubuntu",
    api: { host: "203.0.113.5", port: 6443 },
    groupVars: {},
    variables: "v1",
    immutable: { "kubernetes.podCidr": "10.42.0.0/16" },
    replaceFirstControlPlane: false,
    ...about,
  };
}

export function observedNode(name: string, about: Partial<ObservedNode> = {}): ObservedNode {
  const { role } = node(name);
  return {
    name,
    role,
    address: "10.0.0.99",
    serverId: `server-${name}`,
    kubeletVersion: "1.35.4",
    ...(role === "control-plane" ? { apiServerVersion: "1.35.4" } : {}),
    ready: true,
    unschedulable: false,
    labels: {},
    taints: [],
    owned: { labels: [], taints: [] },
    joined: true,
    ...about,
  };
}

export function running(names: readonly string[], about: Partial<ObservedCluster> = {}): ObservedCluster {
  const controlPlane = names.filter((name) => name.includes("-cp-"));
  return {
    nodes: names.map((name) => observedNode(name)),
    etcd: { members: controlPlane.map((name) => ({ name: numberedMember(name), healthy: true })) },
    mark: {
      kubesprayRef: "v2.31.0",
      version: "1.35.4",
      ...DIGESTS,
      controlPlane,
      immutable: { "kubernetes.podCidr": "10.42.0.0/16" },
    },
    ...about,
  };
}

/** `scale.yml --limit w-3`, with the extra variables behind it. */
export function shown({ playbook, limit, tags, extraVars }: PlaybookStep): string {
  return [
    playbook,
    ...(limit ? [`--limit ${limit.join(",")}`] : []),
    ...(tags ? [`--tags ${tags.join(",")}`] : []),
    ...(extraVars ? [JSON.stringify(extraVars)] : []),
  ].join(" ");
}

export const THREE = ["prod-cp-1", "prod-cp-2", "prod-cp-3"];
export const WORKERS = ["prod-w-1", "prod-w-2"];
export const ALL = [...THREE, ...WORKERS];
