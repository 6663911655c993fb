/**
 * Every name in one place. Names are part of URNs and of what Kubernetes and OpenStack know a machine by, so they
 * follow from the cluster's name and a node's own number, and from nothing else.
 */
import type { ClusterConfig } from "../config/resolve";

/** What a machine is in the cluster. */
export type Role = "bastion" | "control-plane" | "worker";

/** Pool name of the control plane in node names; therefore no pool may have it. */
export const CONTROL_PLANE = "cp";

/** `prod-general-2`: inventory name, server name, Kubernetes node name and Pulumi name at once. */
export function nodeName(cluster: string, pool: string, ordinal: number): string {
  return `${cluster}-${pool}-${ordinal}`;
}

export function bastionName(cluster: string): string {
  return `${cluster}-bastion`;
}

/** Tags of every resource: what cleaning up by tag relies on, so they tell clusters of one project apart. */
export function ownTags(config: Pick<ClusterConfig, "organization" | "name">): string[] {
  return [
    "opencenter",
    `opencenter-organization=${config.organization}`,
    `opencenter-cluster=${config.name}`,
  ];
}

/** The program's tags first, then the user's, each once: OpenStack drops duplicates, which would show as drift. */
export function tagsOf(config: ClusterConfig, ...more: readonly (readonly string[])[]): string[] {
  return [...new Set([...ownTags(config), ...config.tags, ...more.flat()])];
}

/** Where copies of what the stack knows are put, relative to the project. */
export function statePaths(config: Pick<ClusterConfig, "organization" | "name">) {
  const { organization, name } = config;
  const state = `clusters/state/${organization}/${name}`;
  const secrets = `clusters/secrets/${organization}/${name}`;
  return {
    state,
    logs: `${state}/logs`,
    resolvedConfig: `${state}/${name}-config.yaml`,
    kubeconfig: `${state}/kubeconfig.yaml`,
    inventory: `${state}/inventory`,
    /** Facts that Ansible gathered of this cluster's nodes. */
    factCache: `${state}/facts`,
    /** What converge was asked for, and what of the nodes is known from earlier runs. */
    converge: `${state}/converge.json`,
    known: `${state}/known-nodes.json`,
    lock: `${state}/lock`,
    /** The organisation's repository, as it was last published. */
    gitops: `clusters/gitops/${organization}`,
    /** What delivery was asked for, and its secrets. */
    delivery: `${state}/delivery.json`,
    deliverySecrets: `${secrets}/delivery.json`,
    ageKeys: `${secrets}/age/keys/${name}-key.txt`,
    gitKey: `${secrets}/git/${name}`,
    kubespraySecrets: `${secrets}/kubespray.json`,
    sshPrivateKey: `${secrets}/ssh/${name}`,
    sshPublicKey: `${secrets}/ssh/${name}.pub`,
    sshKnownHosts: `${secrets}/ssh/known_hosts`,
  };
}

/** By its name alone: of a node that is wanted no more and is no Node, nothing else is known. */
export function isOfControlPlane(cluster: string, node: string): boolean {
  return node === nodeName(cluster, CONTROL_PLANE, Number(/\d+$/.exec(node)?.[0]));
}
