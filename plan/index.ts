/** From a complete configuration to the plan of a cluster: a pure function, the same data for the same input. */
import { etherType } from "../config/address";
import type { ClusterConfig } from "../config/resolve";
import { planApiEndpoint, planDns } from "./apiEndpoint";
import { planBastion, planControlPlane, planPools } from "./machines";
import { tagsOf } from "./names";
import { planSecurityGroups } from "./securityGroups";
import type { ClusterPlan, NetworkPlan } from "./types";

export type * from "./types";

function planNetwork(config: ClusterConfig): NetworkPlan {
  const { cidr, existing, gateway, allocationPool, dnsServers, hostRoutes, mtu } = config.network;
  const name = config.name;
  return {
    name,
    cidr,
    etherType: etherType(cidr),
    existing,
    gateway,
    allocationPool,
    dnsServers,
    hostRoutes,
    mtu,
  };
}

export function planCluster(config: ClusterConfig): ClusterPlan {
  const controlPlane = planControlPlane(config);
  return {
    name: config.name,
    organization: config.organization,
    tags: tagsOf(config),
    protection: { stateful: config.environment === "production" },
    network: planNetwork(config),
    securityGroups: planSecurityGroups(config),
    bastion: planBastion(config),
    controlPlane,
    pools: planPools(config),
    apiEndpoint: planApiEndpoint(config, controlPlane),
    dns: planDns(config),
    backupContainer: config.backup.store === "swift" ? { name: config.backup.bucket } : undefined,
    ssh: { name: config.name, ...config.secrets.ssh },
  };
}

/** Every machine of a plan: bastion, control plane, workers. */
export function machinesOf(plan: ClusterPlan) {
  return [
    ...(plan.bastion === undefined ? [] : [plan.bastion]),
    ...plan.controlPlane.machines,
    ...plan.pools.flatMap((pool) => pool.machines),
  ];
}
