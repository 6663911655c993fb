/** The difference between what a cluster has and what its plan needs: what is there needs no quota. */
import { machinesOf, type ClusterPlan, type MachinePlan } from "../../plan";
import type { OpenStackClient } from "../cloud/client";
import type { Flavor, Inventory } from "./inventory";

export type Resource =
  | "instances"
  | "cores"
  | "memory"
  | "serverGroups"
  | "networks"
  | "subnets"
  | "routers"
  | "ports"
  | "securityGroups"
  | "securityRules"
  | "floatingIps"
  | "volumes"
  | "gigabytes"
  | "loadBalancers";

/** `externalAddresses`: floating IPs and the router's own address. */
export type Need = Readonly<Record<Resource | "externalAddresses", number>>;

interface Size {
  readonly vcpus: number;
  /** In MiB. */
  readonly ram: number;
}

/** What the cluster already has, recognised by its tags and metadata. */
export interface Existing {
  /** Servers by name. */
  readonly servers: ReadonlyMap<string, Size | undefined>;
  readonly ports: ReadonlySet<string>;
  /** Number of rules by name of the group. */
  readonly securityGroups: ReadonlyMap<string, number>;
  /** Size in GiB by name. */
  readonly volumes: ReadonlyMap<string, number>;
  readonly networks: number;
  readonly routers: number;
  readonly floatingIps: number;
  readonly loadBalancers: number;
  readonly serverGroups: ReadonlySet<string>;
  /** Sizes of the flavors that the plan names; absent for those that do not exist. */
  readonly flavors: ReadonlyMap<string, Size>;
}

interface Named {
  readonly name: string;
}
interface Server extends Named {
  readonly metadata?: Record<string, string>;
  readonly flavor: { id?: string; vcpus?: number; ram?: number };
}
interface Volume extends Named {
  readonly size: number;
  readonly metadata?: Record<string, string>;
}
interface SecurityGroup extends Named {
  readonly security_group_rules?: readonly unknown[];
}

interface Sources {
  readonly cloud: OpenStackClient;
  readonly plan: ClusterPlan;
  readonly inventory: Inventory;
}

/** Looks up what the cluster has. */
export async function existingResources(context: Sources): Promise<Existing> {
  const { cloud, plan } = context;
  const network = cloud.service("network");
  const tags = `opencenter-organization=${plan.organization},opencenter-cluster=${plan.name}`;
  const tagged = <T extends Named>(path: string, key: string) => network.list<T>(path, key, { tags });
  const mine = ({ metadata }: { metadata?: Record<string, string> }) =>
    metadata?.["opencenter-cluster"] === plan.name &&
    metadata["opencenter-organization"] === plan.organization;
  const [servers, serverGroups, ports, groups, networks, routers, floatingIps, volumes, balancers] =
    await Promise.all([
      cloud.service("compute").list<Server>("/servers/detail", "servers"),
      cloud.service("compute").list<Named>("/os-server-groups", "server_groups"),
      tagged("/ports", "ports"),
      tagged<SecurityGroup>("/security-groups", "security_groups"),
      tagged("/networks", "networks"),
      tagged("/routers", "routers"),
      tagged("/floatingips", "floatingips"),
      cloud.has("volume") ? cloud.service("volume").list<Volume>("/volumes/detail", "volumes") : [],
      plan.apiEndpoint.loadBalancer === undefined ? [] : loadBalancers(context, tags),
    ]);
  const sizes = await serverSizes(context, servers.filter(mine));
  return {
    servers: sizes,
    ports: names(ports),
    securityGroups: new Map(groups.map((group) => [group.name, group.security_group_rules?.length ?? 0])),
    volumes: new Map(volumes.filter(mine).map((volume) => [volume.name, volume.size])),
    networks: networks.length,
    routers: routers.length,
    floatingIps: floatingIps.length,
    loadBalancers: balancers.length,
    serverGroups: names(serverGroups),
    flavors: await plannedFlavors(context),
  };
}

function loadBalancers({ cloud }: Sources, tags: string) {
  return cloud.service("load-balancer").list<Named>("/lbaas/loadbalancers", "loadbalancers", { tags });
}

function names(objects: readonly Named[]): Set<string> {
  return new Set(objects.map(({ name }) => name));
}

/** Newer clouds put the size into the server; older ones name the flavor. */
async function serverSizes({ inventory }: Sources, servers: readonly Server[]) {
  const flavors = await inventory.flavors();
  const size = ({ flavor: { id, vcpus, ram } }: Server): Size | undefined =>
    vcpus === undefined || ram === undefined ? flavors.find((flavor) => flavor.id === id) : { vcpus, ram };
  return new Map(servers.map((server) => [server.name, size(server)]));
}

async function plannedFlavors({ plan, inventory }: Sources): Promise<Map<string, Size>> {
  const wanted = [...new Set(machinesOf(plan).map((machine) => machine.flavor))];
  const found = await Promise.all(wanted.map((name) => inventory.flavor(name)));
  const pairs = wanted.map((name, index): [string, Flavor | undefined] => [name, found[index]]);
  return new Map(pairs.filter((entry): entry is [string, Flavor] => entry[1] !== undefined));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);
const missing = (planned: number, there: number): number => Math.max(0, planned - there);

/** What has to be made, and how much larger existing machines become. */
export function missingResources(plan: ClusterPlan, existing: Existing): Need {
  const machines = machinesOf(plan);
  const created = machines.filter(({ name }) => !existing.servers.has(name));
  const balancers = plan.apiEndpoint.loadBalancer === undefined ? 0 : 1;
  const newBalancers = missing(balancers, existing.loadBalancers);
  const ownNetwork = plan.network.existing === undefined ? 1 : 0;
  const newNetworks = missing(ownNetwork, existing.networks);
  const newRouters = missing(ownNetwork, existing.routers);
  const floatingIps = missing(
    (plan.bastion === undefined ? 0 : 1) + (plan.apiEndpoint.floatingIp ? 1 : 0),
    existing.floatingIps,
  );
  const newGroups = plan.securityGroups.filter(({ name }) => !existing.securityGroups.has(name));
  return {
    instances: created.length,
    ...missingCompute(machines, existing),
    serverGroups: newServerGroups(plan, existing),
    networks: newNetworks,
    subnets: newNetworks,
    routers: newRouters,
    // Beside those of machines: the router's in the subnet, and the endpoint's own.
    ports: newPorts(machines, existing) + newRouters + newBalancers + newVip(plan, existing),
    securityGroups: newGroups.length,
    securityRules: newRules(plan, existing),
    floatingIps,
    ...missingVolumes(machines, existing),
    loadBalancers: newBalancers,
    externalAddresses: floatingIps + newRouters,
  };
}

function missingCompute(machines: readonly MachinePlan[], { servers, flavors }: Existing) {
  const growth = (measure: (size: Size) => number) =>
    sum(
      machines.map(({ name, flavor }) => {
        const wanted = flavors.get(flavor);
        const now = servers.get(name);
        // A flavor that does not exist has its own finding; a server of unknown size is taken for unchanged.
        if (wanted === undefined || (servers.has(name) && now === undefined)) return 0;
        return missing(measure(wanted), now === undefined ? 0 : measure(now));
      }),
    );
  return { cores: growth(({ vcpus }) => vcpus), memory: growth(({ ram }) => ram) };
}

function newServerGroups({ controlPlane, pools }: ClusterPlan, existing: Existing): number {
  const wanted = [controlPlane, ...pools].flatMap(({ serverGroup, machines }) =>
    serverGroup === undefined || machines.length === 0 ? [] : [serverGroup.name],
  );
  return wanted.filter((name) => !existing.serverGroups.has(name)).length;
}

function newPorts(machines: readonly MachinePlan[], existing: Existing): number {
  return machines.filter(({ name }) => !existing.ports.has(name)).length;
}

function newVip({ apiEndpoint }: ClusterPlan, existing: Existing): number {
  return apiEndpoint.type === "kube-vip" && !existing.ports.has(apiEndpoint.name) ? 1 : 0;
}

function newRules({ securityGroups }: ClusterPlan, existing: Existing): number {
  return sum(
    securityGroups.map(({ name, rules }) => missing(rules.length, existing.securityGroups.get(name) ?? 0)),
  );
}

/** Volumes that belong to a server come and go with it; the others have a name of their own. */
function missingVolumes(machines: readonly MachinePlan[], existing: Existing) {
  const sizes = machines.flatMap(({ name, rootVolume, volumes }) => {
    const isNew = !existing.servers.has(name);
    const withServer = isNew ? [rootVolume, ...volumes.filter(({ persistent }) => !persistent)] : [];
    const own = volumes
      .filter(({ persistent }) => persistent)
      .map((volume) => ({ volume, now: existing.volumes.get(volume.name) }));
    return [
      ...withServer.flatMap((volume) => (volume === undefined ? [] : [{ count: 1, gib: volume.sizeGiB }])),
      ...own.map(({ volume, now }) => ({
        count: now === undefined ? 1 : 0,
        gib: missing(volume.sizeGiB, now ?? 0),
      })),
    ];
  });
  return { volumes: sum(sizes.map(({ count }) => count)), gigabytes: sum(sizes.map(({ gib }) => gib)) };
}
