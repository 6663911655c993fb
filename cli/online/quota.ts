/** Whether the project's limits leave enough for what the cluster does not have yet. */
import type { Finding, Path } from "../../config/issue";
import type { ClusterPlan } from "../../plan";
import { CloudError } from "../cloud/errors";
import { cannotLookUp, type Check, type CheckContext } from "./check";
import { loadBalancerLimits, networkLimits, computeLimits, volumeLimits, type Limits } from "./limits";
import { missingResources, type Resource } from "./need";

interface Budget {
  readonly resources: readonly Resource[];
  readonly limits: (context: CheckContext) => Promise<Limits>;
  /** Whether this plan uses the service at all. */
  readonly used: (plan: ClusterPlan) => boolean;
  readonly subject: string;
}

const BUDGETS: readonly Budget[] = [
  {
    subject: "The quota of Nova",
    resources: ["instances", "cores", "memory", "serverGroups"],
    limits: computeLimits,
    used: () => true,
  },
  {
    subject: "The quota of Neutron",
    resources: ["networks", "subnets", "routers", "ports", "securityGroups", "securityRules", "floatingIps"],
    limits: networkLimits,
    used: () => true,
  },
  {
    subject: "The quota of Cinder",
    resources: ["volumes", "gigabytes"],
    limits: volumeLimits,
    used: (plan) => volumesPlanned(plan),
  },
  {
    subject: "The quota of Octavia",
    resources: ["loadBalancers"],
    limits: loadBalancerLimits,
    used: (plan) => plan.apiEndpoint.loadBalancer !== undefined,
  },
];

function volumesPlanned(plan: ClusterPlan): boolean {
  const machines = [...plan.controlPlane.machines, ...plan.pools.flatMap((pool) => pool.machines)];
  return machines.some((machine) => machine.rootVolume !== undefined || machine.volumes.length > 0);
}

/** Words and the key to change for each kind of resource. */
const WORDS: Readonly<Record<Resource, { name: string; path?: Path }>> = {
  instances: { name: "machines" },
  cores: { name: "cores" },
  memory: { name: "MiB of memory" },
  serverGroups: { name: "server groups" },
  networks: { name: "networks", path: ["cluster", "network"] },
  subnets: { name: "subnets", path: ["cluster", "network"] },
  routers: { name: "routers", path: ["cluster", "network"] },
  ports: { name: "ports" },
  securityGroups: { name: "security groups" },
  securityRules: { name: "security group rules", path: ["cluster", "access"] },
  floatingIps: { name: "floating IPs", path: ["cluster", "apiEndpoint", "floatingIp"] },
  volumes: { name: "volumes" },
  gigabytes: { name: "GiB of volumes" },
  loadBalancers: { name: "load balancers", path: ["cluster", "apiEndpoint", "type"] },
};

export const quotaCheck: Check = {
  subject: "The quota",
  path: ["cluster", "pools"],
  run: async (context) => {
    const needs = missingResources(context.plan, await context.existing());
    const found = BUDGETS.filter(({ used }) => used(context.plan)).map(
      async ({ limits, resources, subject }) => {
        try {
          const left = await limits(context);
          return resources.flatMap((resource) =>
            compare(context.plan, resource, needs[resource], left[resource]),
          );
        } catch (error) {
          return [cannotLookUp(subject, mostMachines(context.plan), error)];
        }
      },
    );
    return (await Promise.all(found)).flat();
  },
};

/** The group with most machines: the first place to save some. */
function mostMachines(plan: ClusterPlan): Path {
  const [largest] = [...plan.pools].sort((a, b) => b.machines.length - a.machines.length);
  return largest === undefined ? ["cluster", "controlPlane"] : ["cluster", "pools", largest.pool];
}

function compare(
  plan: ClusterPlan,
  resource: Resource,
  need: number,
  limit: { limit: number; used: number } | undefined,
): Finding[] {
  // OpenStack writes "no limit" as a negative number.
  if (need === 0 || limit === undefined || limit.limit < 0) return [];
  const left = Math.max(0, limit.limit - limit.used);
  if (need <= left) return [];
  const { name, path } = WORDS[resource];
  return [
    {
      code: "quota-exceeded",
      path: path ?? mostMachines(plan),
      message: `needs ${need} more ${name}, and the project's quota leaves ${left} (limit ${limit.limit}, used ${limit.used}).`,
      hint: `Ask the cloud's operator for ${need - left} more ${name}, free some, or plan with less.`,
    },
  ];
}

interface Availability {
  readonly network_ip_availability: { readonly total_ips: number; readonly used_ips: number };
}

/** How full the external network is; many clouds tell that to operators only, and then nobody can know beforehand. */
export const floatingIpCheck: Check = {
  subject: "The free addresses of the external network",
  path: ["cluster", "openstack", "externalNetwork"],
  run: async (context) => {
    const { cloud, config, inventory, plan } = context;
    const wanted = config.openstack.externalNetwork;
    const network = (await inventory.networks()).find(({ id, name }) => id === wanted || name === wanted);
    if (network === undefined) return [];
    const need = missingResources(plan, await context.existing()).externalAddresses;
    const path = `/network-ip-availabilities/${network.id}`;
    let answer: Availability;
    try {
      answer = await cloud.service("network").get<Availability>(path);
    } catch (error) {
      if (error instanceof CloudError && (error.kind === "not-found" || error.kind === "not-allowed"))
        return [];
      throw error;
    }
    const { total_ips: total, used_ips: used } = answer.network_ip_availability;
    if (need <= total - used) return [];
    return [
      {
        code: "no-free-addresses",
        path: ["cluster", "openstack", "externalNetwork"],
        message: `needs ${need} more addresses on ${wanted} (router, floating IPs), and ${Math.max(0, total - used)} of ${total} are free.`,
        hint: "Release floating IPs that nobody uses, choose another external network, or do without the bastion or the endpoint's floating IP.",
      },
    ];
  },
};
