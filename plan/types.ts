/** A cluster as plain data: everything that components turn into resources, and nothing that only a cloud knows. */
import type { AddressRange, EtherType } from "../config/address";
import type { Role } from "./names";

export interface NetworkPlan {
  readonly name: string;
  readonly cidr: string;
  readonly etherType: EtherType;
  /** Join this network instead of making one. */
  readonly existing?: { readonly networkId: string; readonly subnetId: string; readonly routerId?: string };
  readonly gateway: string;
  readonly allocationPool?: AddressRange;
  readonly dnsServers: readonly string[];
  readonly hostRoutes: readonly { readonly destination: string; readonly nextHop: string }[];
  /** In bytes. */
  readonly mtu?: number;
}

/** The other end of a security rule: a network, or the machines of a group. */
export type Peer = { readonly cidr: string } | { readonly group: string };

export interface SecurityRulePlan {
  /** Unique in its group and independent of other rules: part of a URN. */
  readonly key: string;
  readonly direction: "ingress" | "egress";
  readonly etherType: EtherType;
  /** Absent: every protocol. */
  readonly protocol?: "tcp" | "udp" | "icmp" | "ipip";
  readonly ports?: { readonly from: number; readonly to: number };
  readonly peer: Peer;
  readonly description: string;
}

export interface SecurityGroupPlan {
  /** `control-plane`, `worker`, `bastion`, or `<pool>-node-ports`. */
  readonly key: string;
  readonly name: string;
  readonly description: string;
  readonly rules: readonly SecurityRulePlan[];
}

export type ServerGroupPolicy = "affinity" | "anti-affinity" | "soft-affinity" | "soft-anti-affinity";

export interface ServerGroupPlan {
  readonly name: string;
  readonly policy: ServerGroupPolicy;
}

export interface VolumePlan {
  readonly key: string;
  readonly name: string;
  readonly sizeGiB: number;
  readonly type?: string;
  /** Whether it outlives its machine. */
  readonly persistent: boolean;
}

export interface Taint {
  readonly key: string;
  readonly value: string;
  readonly effect: "NoSchedule" | "PreferNoSchedule" | "NoExecute";
}

export interface MachinePlan {
  readonly name: string;
  readonly role: Role;
  /** `cp` for the control plane, absent for the bastion. */
  readonly pool?: string;
  readonly ordinal: number;
  /** Name or id. */
  readonly flavor: string;
  /** Name or id. */
  readonly image: string;
  readonly rootVolume?: { readonly sizeGiB: number; readonly type?: string };
  readonly volumes: readonly VolumePlan[];
  readonly availabilityZone?: string;
  readonly configDrive: boolean;
  /** Keys of security groups of the plan. */
  readonly securityGroups: readonly string[];
  readonly extraSecurityGroupIds: readonly string[];
  /** Addresses beside its own that the machine may send from. */
  readonly allowedAddresses: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  readonly taints: readonly Taint[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly tags: readonly string[];
}

/** Machines of one kind, and how Nova spreads them. */
export interface NodeGroupPlan {
  /** `<cluster>-<pool>`. */
  readonly name: string;
  /** `cp` or the pool's name. */
  readonly pool: string;
  readonly role: Role;
  readonly serverGroup?: ServerGroupPlan;
  readonly machines: readonly MachinePlan[];
}

export interface LoadBalancerPlan {
  readonly name: string;
  readonly provider: string;
  readonly flavorId?: string;
  readonly port: number;
  /** Port of the API server on the members. */
  readonly memberPort: number;
  /** Absent where the provider hands the clients' addresses through, and the members' groups decide. */
  readonly allowedCidrs?: readonly string[];
  /** Machine names in the order in which members are added. */
  readonly members: readonly string[];
  readonly monitor: {
    readonly delaySeconds: number;
    readonly timeoutSeconds: number;
    readonly maxRetries: number;
  };
}

export interface ApiEndpointPlan {
  readonly type: "octavia" | "kube-vip" | "single";
  readonly name: string;
  /** Fixed address in the subnet; absent when the machine's own address, or one of Neutron's choice, is it. */
  readonly vip?: string;
  readonly port: number;
  readonly floatingIp: boolean;
  readonly hostname?: string;
  readonly loadBalancer?: LoadBalancerPlan;
}

export interface DnsPlan {
  /** With the final dot, as Designate writes it. */
  readonly zone: string;
  readonly manageZone: boolean;
  readonly records: readonly {
    readonly key: string;
    readonly name: string;
    readonly type: "A" | "AAAA";
    /** In seconds. */
    readonly ttl: number;
  }[];
}

/** Which kinds of resources `destroy` must not take without being told twice. */
export interface ProtectionPlan {
  /** Network, router, addresses, control plane, data volumes, backups. */
  readonly stateful: boolean;
}

export interface ClusterPlan {
  readonly name: string;
  readonly organization: string;
  readonly tags: readonly string[];
  readonly protection: ProtectionPlan;
  readonly network: NetworkPlan;
  readonly securityGroups: readonly SecurityGroupPlan[];
  readonly bastion?: MachinePlan;
  readonly controlPlane: NodeGroupPlan;
  readonly pools: readonly NodeGroupPlan[];
  readonly apiEndpoint: ApiEndpointPlan;
  readonly dns?: DnsPlan;
  readonly backupContainer?: { readonly name: string };
  readonly ssh: {
    readonly name: string;
    /** Of the key that playbooks log in with, and new machines get. */
    readonly generation: number;
    /** Of every key that exists. */
    readonly generations: readonly number[];
  };
}
