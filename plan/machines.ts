/** Node groups and their machines. A machine's data depends on its group and its own number, never on a neighbour. */
import type { ClusterConfig, ControlPlaneConfig, PoolConfig } from "../config/resolve";
import { CONTROL_PLANE, bastionName, nodeName, tagsOf, type Role } from "./names";
import { nodePortsGroup } from "./securityGroups";
import type { MachinePlan, NodeGroupPlan, ServerGroupPlan, VolumePlan } from "./types";

/**
 * Neutron drops what a port does not own: the virtual address of kube-vip, and pod and Service addresses where the
 * network plug-in routes them without encapsulation.
 */
function allowedAddresses(config: ClusterConfig, role: Role): string[] {
  const { cni, encapsulation, podCidr, serviceCidr } = config.kubernetes;
  const tunnelled = encapsulation === "vxlan" && (cni === "calico" || cni === "cilium");
  const vip =
    role === "control-plane" && config.apiEndpoint.type === "kube-vip" ? config.apiEndpoint.vip : undefined;
  return [...(vip === undefined ? [] : [vip]), ...(tunnelled ? [] : [podCidr, serviceCidr])];
}

/** By the node's own number, so that nodes that come and go leave the others where they are. */
function zoneOf(zones: readonly string[], ordinal: number): string | undefined {
  return zones.length === 0 ? undefined : zones[(ordinal - 1) % zones.length];
}

function serverGroup(
  name: string,
  policy: ControlPlaneConfig["serverGroupPolicy"],
): ServerGroupPlan | undefined {
  return policy === "none" ? undefined : { name, policy };
}

function machineMetadata(config: ClusterConfig, role: Role, own: Readonly<Record<string, string>>) {
  return {
    ...own,
    "opencenter-organization": config.organization,
    "opencenter-cluster": config.name,
    "opencenter-role": role,
  };
}

function planVolumes(name: string, volumes: PoolConfig["volumes"]): VolumePlan[] {
  return volumes.map((volume) => ({
    key: volume.name,
    name: `${name}-${volume.name}`,
    sizeGiB: volume.sizeGiB,
    type: volume.type,
    persistent: volume.persistent,
  }));
}

type GroupConfig = ControlPlaneConfig & Partial<PoolConfig>;

function planMachine(
  config: ClusterConfig,
  role: Role,
  pool: string,
  group: GroupConfig,
  ordinal: number,
): MachinePlan {
  const name = nodeName(config.name, pool, ordinal);
  const extraGroups = (group.nodePorts ?? []).length > 0 ? [nodePortsGroup(pool)] : [];
  return {
    name,
    role,
    pool,
    ordinal,
    flavor: group.flavor,
    image: group.image,
    rootVolume: group.rootVolume,
    volumes: planVolumes(name, group.volumes ?? []),
    availabilityZone: zoneOf(group.availabilityZones, ordinal),
    configDrive: group.configDrive,
    securityGroups: [role, ...extraGroups],
    extraSecurityGroupIds: group.extraSecurityGroupIds ?? [],
    allowedAddresses: allowedAddresses(config, role),
    labels: group.labels ?? {},
    taints: group.taints ?? [],
    metadata: { ...machineMetadata(config, role, group.metadata), "opencenter-pool": pool },
    tags: tagsOf(config, group.tags),
  };
}

function planGroup(config: ClusterConfig, role: Role, pool: string, group: GroupConfig): NodeGroupPlan {
  const name = `${config.name}-${pool}`;
  return {
    name,
    pool,
    role,
    serverGroup: serverGroup(name, group.serverGroupPolicy),
    machines: group.nodes.map((ordinal) => planMachine(config, role, pool, group, ordinal)),
  };
}

export function planControlPlane(config: ClusterConfig): NodeGroupPlan {
  return planGroup(config, "control-plane", CONTROL_PLANE, config.controlPlane);
}

/** Pools in the order of their names: the order in a file must not matter. */
export function planPools(config: ClusterConfig): NodeGroupPlan[] {
  return Object.entries(config.pools)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([pool, group]) => planGroup(config, "worker", pool, group));
}

export function planBastion(config: ClusterConfig): MachinePlan | undefined {
  const { enabled, flavor, image } = config.access.bastion;
  if (!enabled) return undefined;
  return {
    name: bastionName(config.name),
    role: "bastion",
    ordinal: 1,
    flavor,
    image,
    volumes: [],
    availabilityZone: zoneOf(config.openstack.availabilityZones, 1),
    configDrive: true,
    securityGroups: ["bastion"],
    extraSecurityGroupIds: [],
    allowedAddresses: [],
    labels: {},
    taints: [],
    metadata: machineMetadata(config, "bastion", {}),
    tags: tagsOf(config),
  };
}
