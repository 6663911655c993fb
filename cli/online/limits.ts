/** What a project may have and what it has, per service. */
import { isNotFound } from "../cloud/errors";
import type { CheckContext } from "./check";
import type { Resource } from "./need";

/** A negative limit means none. */
export type Limits = Partial<Record<Resource, { readonly limit: number; readonly used: number }>>;

type Absolute = { limits: { absolute: Record<string, number> } };

function pair(absolute: Record<string, number>, limit: string, used: string) {
  const value = absolute[limit];
  return value === undefined ? undefined : { limit: value, used: absolute[used] ?? 0 };
}

export async function computeLimits({ cloud }: CheckContext): Promise<Limits> {
  const { absolute } = (await cloud.service("compute").get<Absolute>("/limits")).limits;
  return {
    instances: pair(absolute, "maxTotalInstances", "totalInstancesUsed"),
    cores: pair(absolute, "maxTotalCores", "totalCoresUsed"),
    memory: pair(absolute, "maxTotalRAMSize", "totalRAMUsed"),
    serverGroups: pair(absolute, "maxServerGroups", "totalServerGroupsUsed"),
  };
}

export async function volumeLimits({ cloud }: CheckContext): Promise<Limits> {
  const { absolute } = (await cloud.service("volume").get<Absolute>("/limits")).limits;
  return {
    volumes: pair(absolute, "maxTotalVolumes", "totalVolumesUsed"),
    gigabytes: pair(absolute, "maxTotalVolumeGigabytes", "totalGigabytesUsed"),
  };
}

/** Neutron's names: of the quota, and of the collection where usage has to be counted. */
const NETWORK_RESOURCES = {
  networks: ["network", "networks"],
  subnets: ["subnet", "subnets"],
  routers: ["router", "routers"],
  ports: ["port", "ports"],
  securityGroups: ["security_group", "security-groups"],
  securityRules: ["security_group_rule", "security-group-rules"],
  floatingIps: ["floatingip", "floatingips"],
} as const;

type Detail = { quota: Record<string, { limit: number; used: number; reserved?: number }> };

export async function networkLimits(context: CheckContext): Promise<Limits> {
  const { cloud } = context;
  try {
    const { quota } = await cloud.service("network").get<Detail>(`/quotas/${cloud.projectId}/details`);
    const entries = Object.entries(NETWORK_RESOURCES).map(([resource, [key]]) => {
      const detail = quota[key];
      // Neutron calls it security_group_rule in one place and counts reservations of running requests apart.
      return [resource, detail && { limit: detail.limit, used: detail.used + (detail.reserved ?? 0) }];
    });
    return Object.fromEntries(entries) as Limits;
  } catch (error) {
    // Clouds without the quota_details extension.
    if (isNotFound(error)) return countedNetworkLimits(context);
    throw error;
  }
}

async function countedNetworkLimits({ cloud }: CheckContext): Promise<Limits> {
  const network = cloud.service("network");
  const { quota } = await network.get<{ quota: Record<string, number> }>(`/quotas/${cloud.projectId}`);
  const entries = Object.entries(NETWORK_RESOURCES).map(async ([resource, [key, collection]]) => {
    const limit = quota[key];
    if (limit === undefined || limit < 0) return [resource, undefined] as const;
    const query = { project_id: cloud.projectId, fields: "id" };
    const objects = await network.list(`/${collection}`, collection.replaceAll("-", "_"), query);
    return [resource, { limit, used: objects.length }] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

type LoadBalancerQuota = { quota: { load_balancer?: number | null; loadbalancer?: number | null } };

/** Octavia tells the limit only; what is used has to be counted. */
export async function loadBalancerLimits({ cloud }: CheckContext): Promise<Limits> {
  const octavia = cloud.service("load-balancer");
  const [{ quota }, balancers] = await Promise.all([
    octavia.get<LoadBalancerQuota>(`/lbaas/quotas/${cloud.projectId}`),
    octavia.list("/lbaas/loadbalancers", "loadbalancers", { project_id: cloud.projectId }),
  ]);
  const limit = quota.load_balancer ?? quota.loadbalancer ?? -1;
  return { loadBalancers: { limit, used: balancers.length } };
}
