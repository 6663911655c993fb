/** Networks that are there before the cluster is: the external one, an existing one to join, security groups of the user. */
import type { Finding, Path } from "../../config/issue";
import type { OpenStackClient } from "../cloud/client";
import { didYouMean } from "../suggest";
import type { Check } from "./check";
import { absent, isId, type CloudNetwork } from "./inventory";

const EXTERNAL: Path = ["cluster", "openstack", "externalNetwork"];
const EXISTING: Path = ["cluster", "network", "existing"];

export const externalNetworkCheck: Check = {
  subject: "The external network",
  path: EXTERNAL,
  run: async ({ config, inventory }) => {
    const wanted = config.openstack.externalNetwork;
    const networks = await inventory.networks();
    const matches = networks.filter(({ id, name }) => (isId(wanted) ? id === wanted : name === wanted));
    const external = matches.filter((network) => network["router:external"] === true);
    if (matches.length === 0) return [networkMissing(wanted, networks)];
    if (external.length === 0) return [notExternal(wanted, networks)];
    if (external.length > 1) return [ambiguous(wanted, external)];
    return [];
  },
};

function externalNames(networks: readonly CloudNetwork[]): string[] {
  return networks.filter((network) => network["router:external"] === true).map(({ name }) => name);
}

function networkMissing(wanted: string, networks: readonly CloudNetwork[]): Finding {
  const names = externalNames(networks);
  const hint = `${didYouMean(wanted, names)}External networks of this cloud: ${names.join(", ") || "none"}.`;
  return { code: "network-not-found", path: EXTERNAL, message: `the cloud has no network ${wanted}.`, hint };
}

function notExternal(wanted: string, networks: readonly CloudNetwork[]): Finding {
  return {
    code: "network-not-external",
    path: EXTERNAL,
    message: `network ${wanted} is not external: no router can lead to it and no floating IP comes from it.`,
    hint: `External networks of this cloud: ${externalNames(networks).join(", ") || "none"}.`,
  };
}

function ambiguous(wanted: string, matches: readonly CloudNetwork[]): Finding {
  return {
    code: "network-ambiguous",
    path: EXTERNAL,
    message: `the cloud has ${matches.length} external networks with the name ${wanted}.`,
    hint: `Write the id of the one that is meant: ${matches.map(({ id }) => id).join(", ")}.`,
  };
}

interface Subnet {
  readonly id: string;
  readonly cidr: string;
  readonly network_id: string;
}

interface RouterPort {
  readonly fixed_ips?: readonly { readonly subnet_id: string }[];
}

export const existingNetworkCheck: Check = {
  subject: "The existing network",
  path: EXISTING,
  run: async ({ config, cloud }) => {
    const { existing, cidr } = config.network;
    if (existing === undefined) return [];
    const { networkId, subnetId, routerId } = existing;
    const [network, subnet, router] = await Promise.all([
      find(cloud, `/networks/${networkId}`),
      find<{ subnet: Subnet }>(cloud, `/subnets/${subnetId}`),
      routerId === undefined ? undefined : find(cloud, `/routers/${routerId}`),
    ]);
    const findings: Finding[] = [];
    if (network === undefined) findings.push(noSuch("network", "networkId", networkId));
    if (subnet === undefined) findings.push(noSuch("subnet", "subnetId", subnetId));
    else findings.push(...checkSubnet(subnet.subnet, networkId, cidr));
    if (routerId === undefined) return findings;
    if (router === undefined) return [...findings, noSuch("router", "routerId", routerId)];
    return [...findings, ...(await checkRouter(cloud, routerId, subnetId))];
  },
};

function find<T = unknown>(cloud: OpenStackClient, path: string): Promise<T | undefined> {
  return absent(cloud.service("network").get<T>(path));
}

function noSuch(what: string, key: string, id: string): Finding {
  return {
    code: "network-not-found",
    path: [...EXISTING, key],
    message: `the cloud has no ${what} ${id}.`,
    hint: `See openstack ${what} list; one of another project must be shared with yours.`,
  };
}

function checkSubnet(subnet: Subnet, networkId: string, cidr: string): Finding[] {
  const findings: Finding[] = [];
  if (subnet.network_id !== networkId)
    findings.push({
      code: "subnet-of-other-network",
      path: [...EXISTING, "subnetId"],
      message: `subnet ${subnet.id} belongs to network ${subnet.network_id}.`,
      hint: "Name a subnet of networkId, or that network.",
    });
  if (subnet.cidr !== cidr)
    findings.push({
      code: "subnet-cidr-differs",
      path: ["cluster", "network", "cidr"],
      message: `is ${cidr}, and the existing subnet is ${subnet.cidr}.`,
      hint: `Set network.cidr to ${subnet.cidr}.`,
    });
  return findings;
}

async function checkRouter(cloud: OpenStackClient, routerId: string, subnetId: string): Promise<Finding[]> {
  const ports = await cloud.service("network").list<RouterPort>("/ports", "ports", { device_id: routerId });
  if (ports.some((port) => port.fixed_ips?.some((address) => address.subnet_id === subnetId))) return [];
  return [
    {
      code: "router-without-subnet",
      path: [...EXISTING, "routerId"],
      message: `router ${routerId} has no interface in subnet ${subnetId}, so floating IPs cannot reach it.`,
      hint: "Add the subnet to the router, or name the router that has it.",
    },
  ];
}

export const extraSecurityGroupsCheck: Check = {
  subject: "The extra security groups",
  path: ["cluster", "pools"],
  run: async ({ config, cloud }) => {
    const wanted = Object.entries(config.pools).flatMap(([pool, { extraSecurityGroupIds }]) =>
      extraSecurityGroupIds.map((id, index) => ({
        id,
        path: ["cluster", "pools", pool, "extraSecurityGroupIds", index],
      })),
    );
    const found = wanted.map(async ({ id, path }): Promise<Finding[]> => {
      if ((await find(cloud, `/security-groups/${id}`)) !== undefined) return [];
      const message = `the cloud has no security group ${id}.`;
      return [
        { code: "security-group-not-found", path, message, hint: "See openstack security group list." },
      ];
    });
    return (await Promise.all(found)).flat();
  },
};
