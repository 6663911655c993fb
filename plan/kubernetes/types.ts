/** A Kubernetes cluster as plain data: what is wanted, what is there, and what Ansible is told to do about it. */
import type { Role } from "../names";
import type { Taint } from "../types";

/** Any value that JSON can hold. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type NodeRole = Exclude<Role, "bastion">;

/** A machine as Kubernetes is to know it. */
export interface NodePlan {
  /** Inventory name, server name and Kubernetes node name at once. */
  readonly name: string;
  readonly role: NodeRole;
  /** `cp` or the pool's name. */
  readonly pool: string;
  /** Name of its etcd member where it joins as one; that of one that is there may be another: `etcdMembers.ts`. */
  readonly etcdMember?: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
}

/** What only the cloud knows; placeholders before the first `up`. */
export interface CloudFacts {
  /** Address in the subnet and server id, by node name. */
  readonly machines: Readonly<Record<string, { readonly address: string; readonly serverId: string }>>;
  readonly endpoint: {
    /** Address inside the subnet. */
    readonly address: string;
    /** Address on the external network. */
    readonly floatingIp?: string;
  };
  readonly networkId: string;
  readonly subnetId: string;
  readonly externalNetworkId: string;
  /** Where SSH enters, with the host key to expect there; absent when the nodes are reached directly. */
  readonly bastion?: { readonly address: string; readonly hostKey: string };
}

/** An address in the subnet that a port of the endpoint's own holds. */
export interface EndpointHolder {
  readonly type: "octavia" | "kube-vip";
  readonly vip: string;
}

/** Everything that one run of converge needs and that is no secret: what the Command gets on its standard input. */
export interface ConvergeRequest {
  readonly organization: string;
  readonly cluster: string;
  /** Kubernetes version, without v. */
  readonly version: string;
  readonly kubespray: {
    readonly ref: string;
    readonly source: "git" | "directory" | "image";
    readonly url?: string;
    readonly directory?: string;
    readonly image?: string;
    /** Folder of Python wheels, where pip must not ask its index. */
    readonly wheels?: string;
    readonly forks: number;
    /** Limit of one playbook run. */
    readonly timeoutSeconds: number;
  };
  /** Wanted nodes; the control plane in the order of the configuration. */
  readonly nodes: readonly NodePlan[];
  readonly facts: CloudFacts;
  /** Default user of the image. */
  readonly sshUser: string;
  /** Host and port of the Kubernetes API as clients outside of the cluster's network see it. */
  readonly api: { readonly host: string; readonly port: number };
  /** Ansible group variables by file name below `group_vars/`, without extension: `all/all`, `k8s_cluster/k8s-cluster`. */
  readonly groupVars: Readonly<Record<string, Readonly<Record<string, Json>>>>;
  /** Digest of the group variables as far as they follow from the configuration alone. */
  readonly variables: string;
  /** Settings that cannot change after the installation, by configuration path. */
  readonly immutable: Readonly<Record<string, Json>>;
  /** What holds the API's address in the subnet; absent where that is a machine's own, or the cloud chooses it. */
  readonly endpoint?: EndpointHolder;
  /** Allow the removal of the first control-plane node, by the procedure that replaces it. */
  readonly replaceFirstControlPlane: boolean;
}

/** One run of ansible-playbook. */
export interface PlaybookCall {
  /** Relative to the Kubespray checkout (`cluster.yml`), or one of the program's own (`opencenter/wait.yml`). */
  readonly playbook: string;
  /** Host names or groups; absent for all. */
  readonly limit?: readonly string[];
  readonly tags?: readonly string[];
  readonly extraVars?: Readonly<Record<string, Json>>;
  /** Why it runs, for people. */
  readonly why: string;
  /** Hosts of the inventory during this call, the control plane in order. */
  readonly inventory: { readonly controlPlane: readonly string[]; readonly workers: readonly string[] };
}

/** A node as the Kubernetes API shows it. */
export interface ObservedNode {
  readonly name: string;
  readonly role: NodeRole;
  /** InternalIP. */
  readonly address: string;
  /** The server that it runs on, as the kubelet read it from the machine; absent where it did not say. */
  readonly serverId?: string;
  /** Of the kubelet, without v. */
  readonly kubeletVersion: string;
  /** Of the API server's static pod, without v; control plane only. */
  readonly apiServerVersion?: string;
  readonly ready: boolean;
  readonly unschedulable: boolean;
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  /** Keys of labels, and `key:Effect` of taints, that the program put there and may take away again. */
  readonly owned: { readonly labels: readonly string[]; readonly taints: readonly string[] };
  /** Whether the playbook that made it a node came to its end. */
  readonly joined: boolean;
}

export interface EtcdMember {
  /** Empty for one that was added and has not started. */
  readonly name: string;
  readonly healthy: boolean;
  /** Where the other members reach it; one that has not started has it too. Absent where nobody looked. */
  readonly address?: string;
}

export interface ObservedEtcd {
  readonly members: readonly EtcdMember[];
}

/**
 * What the cluster was last converged with. It is kept in the cluster itself, so that a run on any machine, also after
 * one that failed half-way, starts from what is true.
 */
export interface ConvergeMark {
  readonly kubesprayRef: string;
  readonly version: string;
  /** Digest of the group variables. */
  readonly variables: string;
  /** Digest of what the variables say of the cloud: endpoint, networks. */
  readonly surroundings: string;
  /** Which credential the cloud controller has. */
  readonly credential: string;
  /** Order of the control plane in the inventory: the first is where Kubespray takes the cluster's CA from. */
  readonly controlPlane: readonly string[];
  /** {@link ConvergeRequest.immutable}; marks of older programs have that of the installation. */
  readonly immutable: Readonly<Record<string, Json>>;
  /** {@link ConvergeRequest.endpoint}. */
  readonly endpoint?: EndpointHolder;
  /** What an upgrade that has not come to its end is to bring; etcd may have its data in that form already. */
  readonly upgrading?: { readonly version: string; readonly kubesprayRef: string };
}

export interface ObservedCluster {
  readonly nodes: readonly ObservedNode[];
  /** Absent where nobody looked: in a preview. */
  readonly etcd?: ObservedEtcd;
  /** etcd addresses in the manifest of each control-plane node's API server; absent where nobody looked. */
  readonly etcdServers?: Readonly<Record<string, readonly string[]>>;
  /** Whether an API server runs with keys of encryption at rest; absent where nobody looked. */
  readonly encrypts?: boolean;
  /** Absent after an installation that did not come to its end. */
  readonly mark?: ConvergeMark;
}

/** What a successful playbook proves, and what is therefore written down in the cluster. */
export interface PlaybookProof {
  readonly joined?: readonly string[];
  readonly mark?: Partial<ConvergeMark>;
}

export type PlaybookStep = PlaybookCall & { readonly proves?: PlaybookProof };

/** Something that must not be done, and what to do instead. */
export interface Refusal {
  readonly code: string;
  /** Path in the configuration, where one key is the cause. */
  readonly path?: string;
  readonly message: string;
}

export interface ConvergePlan {
  readonly refusals: readonly Refusal[];
  readonly steps: readonly PlaybookStep[];
  /** Nodes that leave the cluster, each by its own remove-node run before its machine goes. */
  readonly leaving: readonly string[];
}
