/** Fills in the defaults that follow from other values, so that everything behind it reads one complete object. */
import { addressAt, type AddressRange } from "./address";
import type { ClusterSettings } from "./schema";

type Settings = ClusterSettings;
type GroupSettings = Settings["controlPlane"];

/** The parts of a node group that the schema leaves open. */
interface ResolvedGroup {
  /** Numbers of the nodes, ascending. */
  readonly nodes: readonly number[];
  readonly image: string;
  readonly availabilityZones: readonly string[];
}

type Group<T extends GroupSettings | Settings["pools"][string]> = Omit<
  T,
  "count" | "nodes" | "image" | "availabilityZones"
> &
  ResolvedGroup;

export type ControlPlaneConfig = Group<Settings["controlPlane"]>;
export type PoolConfig = Group<Settings["pools"][string]>;

/** A cluster's configuration with nothing left to guess. Plain data: the input of everything in `plan/` and `gitops/`. */
export interface ClusterConfig extends Omit<
  Settings,
  "network" | "access" | "controlPlane" | "pools" | "backup" | "gitops" | "secrets"
> {
  readonly organization: string;
  readonly network: Settings["network"] & {
    /** First address of the subnet, which Neutron gives to the router. */
    readonly gateway: string;
    /** Absent for an existing network, whose pools are not ours to set. */
    readonly allocationPool?: AddressRange;
  };
  readonly access: Omit<Settings["access"], "bastion"> & {
    readonly bastion: { readonly enabled: boolean; readonly flavor: string; readonly image: string };
  };
  readonly controlPlane: ControlPlaneConfig;
  readonly pools: Readonly<Record<string, PoolConfig>>;
  readonly backup: Settings["backup"] & { readonly bucket: string };
  readonly gitops?: NonNullable<Settings["gitops"]> & { readonly auth: "ssh" | "token" };
  readonly secrets: Omit<Settings["secrets"], "ssh" | "encryptionKey"> & {
    readonly ssh: KeyGenerations;
    readonly encryptionKey: KeyGenerations;
  };
}

/** Keys of which one is in use, and others may exist beside it. */
export interface KeyGenerations {
  /** The one in use. */
  readonly generation: number;
  /** All that exist. */
  readonly generations: readonly number[];
}

/** Offsets in a subnet that the program makes: router, endpoint, then the addresses of machines. */
const GATEWAY = 1;
const VIP = 5;
const POOL_START = 10;
const POOL_END = -2;

function resolveGroup<T extends GroupSettings>(group: T, settings: Settings): Group<T> {
  const { count, nodes, ...rest } = group;
  const numbers = nodes ?? Array.from({ length: count ?? 0 }, (_, index) => index + 1);
  return {
    ...rest,
    nodes: [...numbers].sort((a, b) => a - b),
    image: group.image ?? settings.openstack.image,
    availabilityZones: group.availabilityZones ?? settings.openstack.availabilityZones,
  } as Group<T>;
}

function resolveNetwork(network: Settings["network"]): ClusterConfig["network"] {
  const gateway = addressAt(network.cidr, GATEWAY);
  if (network.existing !== undefined) return { ...network, gateway };
  const whole = { start: addressAt(network.cidr, POOL_START), end: addressAt(network.cidr, POOL_END) };
  return { ...network, gateway, allocationPool: network.allocationPool ?? whole };
}

function resolveEndpoint(settings: Settings): Settings["apiEndpoint"] {
  const endpoint = settings.apiEndpoint;
  // Inside somebody else's subnet no address can be assumed to be free.
  const free = endpoint.type === "single" || settings.network.existing !== undefined;
  const vip = endpoint.vip ?? (free ? undefined : addressAt(settings.network.cidr, VIP));
  return { ...endpoint, vip };
}

function resolveBastion(settings: Settings): ClusterConfig["access"]["bastion"] {
  const { enabled, flavor, image } = settings.access.bastion;
  return {
    enabled,
    flavor: flavor ?? settings.controlPlane.flavor,
    image: image ?? settings.openstack.image,
  };
}

function resolveGitops(gitops: Settings["gitops"]): ClusterConfig["gitops"] {
  if (gitops === undefined) return undefined;
  return { ...gitops, auth: gitops.auth ?? (gitops.repository.url.startsWith("ssh:") ? "ssh" : "token") };
}

/** The complete configuration of a cluster. Call it with settings that passed the schema. */
export function resolveCluster(organization: string, settings: Settings): ClusterConfig {
  const cloud =
    settings.openstack.cloud ?? (settings.openstack.authUrl === undefined ? "openstack" : undefined);
  return {
    ...settings,
    organization,
    openstack: { ...settings.openstack, cloud },
    network: resolveNetwork(settings.network),
    access: { ...settings.access, bastion: resolveBastion(settings) },
    controlPlane: resolveGroup(settings.controlPlane, settings),
    pools: Object.fromEntries(
      Object.entries(settings.pools).map(([name, pool]) => [name, resolveGroup(pool, settings)]),
    ),
    apiEndpoint: resolveEndpoint(settings),
    backup: {
      ...settings.backup,
      bucket: settings.backup.bucket ?? `${organization}-${settings.name}-backup`,
    },
    gitops: resolveGitops(settings.gitops),
    secrets: {
      ...settings.secrets,
      ssh: resolveGenerations(settings.secrets.ssh),
      encryptionKey: resolveGenerations(settings.secrets.encryptionKey),
    },
  };
}

function resolveGenerations({
  generation,
  generations = [generation],
}: Settings["secrets"]["ssh"]): KeyGenerations {
  return { generation, generations };
}
