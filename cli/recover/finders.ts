/**
 * How to find the object that an interrupted creation may have left in the cloud: one entry per type of resource, from
 * the inputs that the creation was given. A match is only a candidate; whether the state knows it is asked later.
 */
import type { OpenStackClient, ServiceName } from "../cloud/client";
import { CloudError } from "../cloud/errors";

/** Inputs of the interrupted creation, as the state keeps them. */
export type Inputs = Readonly<Record<string, unknown>>;

/** An object of the cloud that may be nobody's. */
export interface Candidate {
  readonly id: string;
  readonly name?: string;
  readonly tags?: readonly string[];
  /** Where servers and volumes say whose they are. */
  readonly metadata?: Readonly<Record<string, string>> | null;
  /** Deletes it; returns when the cloud has accepted that. */
  remove(): Promise<void>;
}

export type Finder = (cloud: OpenStackClient, inputs: Inputs) => Promise<Candidate[]>;

interface Listed {
  readonly id: string;
  readonly name?: string;
  readonly tags?: string[];
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly [key: string]: unknown;
}

const text = (inputs: Inputs, key: string): string | undefined =>
  inputs[key] === undefined || inputs[key] === null ? undefined : String(inputs[key]);

/** A collection that is filtered by its own query parameters and whose members are deleted under their id. */
function inCollection(
  service: ServiceName,
  path: string,
  key: string,
  query: (inputs: Inputs) => Record<string, string | undefined>,
  options: { readonly listPath?: string; readonly matches?: (item: Listed, inputs: Inputs) => boolean } = {},
): Finder {
  return async (cloud, inputs) => {
    const api = cloud.service(service);
    const items = await api.list<Listed>(options.listPath ?? path, key, query(inputs));
    return items
      .filter((item) => options.matches?.(item, inputs) ?? true)
      .map((item) => ({ ...item, remove: () => api.delete(`${path}/${item.id}`) }));
  };
}

const byName = (inputs: Inputs) => ({ name: text(inputs, "name") });
const sameName = (item: Listed, inputs: Inputs) => item.name === text(inputs, "name");

const neutron = (
  collection: string,
  query: Parameters<typeof inCollection>[3],
  matches?: (item: Listed, inputs: Inputs) => boolean,
) => inCollection("network", `/${collection}`, collection.replaceAll("-", "_"), query, { matches });

/** Rules have no name: a rule of the same group that says the same is the one. */
function sameRule(item: Listed, inputs: Inputs): boolean {
  const pairs: readonly (readonly [string, string])[] = [
    ["direction", "direction"],
    ["ethertype", "ethertype"],
    ["protocol", "protocol"],
    ["port_range_min", "portRangeMin"],
    ["port_range_max", "portRangeMax"],
    ["remote_ip_prefix", "remoteIpPrefix"],
    ["remote_group_id", "remoteGroupId"],
  ];
  return pairs.every(([theirs, ours]) => String(item[theirs] ?? "") === (text(inputs, ours) ?? ""));
}

/** A router's place in a subnet is a port, and goes by the router's own request. */
const routerInterface: Finder = async (cloud, inputs) => {
  const network = cloud.service("network");
  const routerId = text(inputs, "routerId");
  const ports = await network.list<Listed>("/ports", "ports", { device_id: routerId });
  return ports
    .filter((port) => String(port["device_owner"]).startsWith("network:router_interface"))
    .map((port) => ({
      id: port.id,
      name: `interface of router ${routerId}`,
      remove: async () => {
        await network.change("PUT", `/routers/${routerId}/remove_router_interface`, { port_id: port.id });
      },
    }));
};

interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

/** A route is an entry of its subnet; the provider refuses to add one that is there. */
const subnetRoute: Finder = async (cloud, inputs) => {
  const network = cloud.service("network");
  const subnetId = text(inputs, "subnetId");
  const path = `/subnets/${subnetId}`;
  const { subnet } = await network.get<{ subnet: { host_routes: HostRoute[] } }>(path);
  const [destination, nexthop] = [text(inputs, "destinationCidr"), text(inputs, "nextHop")];
  const isIt = (route: HostRoute) => route.destination === destination && route.nexthop === nexthop;
  const remove = async () => {
    const host_routes = subnet.host_routes.filter((route) => !isIt(route));
    await network.change("PUT", path, { subnet: { host_routes } });
  };
  // The provider's own form of the id, by which the state would know it.
  const id = `${subnetId}-route-${destination}-${nexthop}`;
  return subnet.host_routes.some(isIt) ? [{ id, name: `route to ${destination}`, remove }] : [];
};

const volumeAttachment: Finder = async (cloud, inputs) => {
  const compute = cloud.service("compute");
  const path = `/servers/${text(inputs, "instanceId")}/os-volume_attachments`;
  const attachments = await compute.list<{ id: string; volumeId: string }>(path, "volumeAttachments");
  return attachments
    .filter(({ volumeId }) => volumeId === text(inputs, "volumeId"))
    .map(({ id }) => ({ id, name: `volume ${id}`, remove: () => compute.delete(`${path}/${id}`) }));
};

const keypair: Finder = async (cloud, inputs) => {
  const compute = cloud.service("compute");
  const entries = await compute.list<{ keypair: { name: string } }>("/os-keypairs", "keypairs");
  return entries
    .filter(({ keypair: { name } }) => name === text(inputs, "name"))
    .map(({ keypair: { name } }) => ({
      id: name,
      name,
      remove: () => compute.delete(`/os-keypairs/${name}`),
    }));
};

/** Keystone lists a user's own below the user, and not to a login that is such a credential itself. */
const applicationCredential: Finder = async (cloud, inputs) => {
  const path = `/users/${cloud.userId}/application_credentials`;
  const find = inCollection("identity", path, "application_credentials", byName, { matches: sameName });
  try {
    return await find(cloud, inputs);
  } catch (error) {
    if (error instanceof CloudError && error.kind === "not-allowed") return [];
    throw error;
  }
};

const octavia = (path: string, key: string, query: Parameters<typeof inCollection>[3] = byName) =>
  inCollection("load-balancer", `/lbaas/${path}`, key, query);

const member: Finder = (cloud, inputs) =>
  octavia(`pools/${text(inputs, "poolId")}/members`, "members")(cloud, inputs);

const recordSet: Finder = (cloud, inputs) => {
  const path = `/zones/${text(inputs, "zoneId")}/recordsets`;
  const query = () => ({ name: text(inputs, "name"), type: text(inputs, "type") });
  return inCollection("dns", path, "recordsets", query)(cloud, inputs);
};

/**
 * In the order in which they can be deleted: what stands on others comes first. Types that are missing leave nothing
 * behind that a second creation would double: containers are set, not added, and keys are only numbers.
 */
export const FINDERS: Readonly<Record<string, Finder>> = {
  "openstack:identity/applicationCredential:ApplicationCredential": applicationCredential,
  "openstack:dns/recordSet:RecordSet": recordSet,
  "openstack:loadbalancer/member:Member": member,
  "openstack:loadbalancer/monitor:Monitor": octavia("healthmonitors", "healthmonitors"),
  "openstack:loadbalancer/pool:Pool": octavia("pools", "pools"),
  "openstack:loadbalancer/listener:Listener": octavia("listeners", "listeners"),
  "openstack:networking/floatingIp:FloatingIp": neutron("floatingips", (inputs) => ({
    description: text(inputs, "description"),
  })),
  "openstack:loadbalancer/loadBalancer:LoadBalancer": octavia("loadbalancers", "loadbalancers"),
  "openstack:compute/volumeAttach:VolumeAttach": volumeAttachment,
  "openstack:compute/instance:Instance": inCollection(
    "compute",
    "/servers",
    "servers",
    // Nova takes a regular expression here.
    (inputs) => ({ name: `^${text(inputs, "name")}$` }),
    { listPath: "/servers/detail", matches: sameName },
  ),
  "openstack:blockstorage/volume:Volume": inCollection("volume", "/volumes", "volumes", byName, {
    listPath: "/volumes/detail",
    matches: sameName,
  }),
  "openstack:networking/port:Port": neutron("ports", (inputs) => ({
    ...byName(inputs),
    network_id: text(inputs, "networkId"),
  })),
  "openstack:networking/secGroupRule:SecGroupRule": neutron(
    "security-group-rules",
    (inputs) => ({ security_group_id: text(inputs, "securityGroupId") }),
    sameRule,
  ),
  "openstack:networking/secGroup:SecGroup": neutron("security-groups", byName),
  "openstack:networking/subnetRoute:SubnetRoute": subnetRoute,
  "openstack:networking/routerInterface:RouterInterface": routerInterface,
  "openstack:networking/router:Router": neutron("routers", byName),
  "openstack:networking/subnet:Subnet": neutron("subnets", (inputs) => ({
    ...byName(inputs),
    network_id: text(inputs, "networkId"),
  })),
  "openstack:networking/network:Network": neutron("networks", byName),
  "openstack:compute/serverGroup:ServerGroup": inCollection(
    "compute",
    "/os-server-groups",
    "server_groups",
    () => ({}),
    {
      matches: sameName,
    },
  ),
  "openstack:compute/keypair:Keypair": keypair,
};
