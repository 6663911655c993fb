/**
 * How to find the object that an interrupted creation may have left in the cloud: one entry per type of resource, from
 * the inputs that the creation was given. A match is only a candidate; whether the state knows it is asked later.
 */
import { balancerFinders } from "./balancerFinders";
import { byName, inCollection, sameName, text, type Finder, type Inputs, type Listed } from "./collection";
import { applicationCredential, keypair, recordSet, serverGroup } from "./nameOnly";

/** What the query asks for is looked at once more: a service ignores what it does not know, and answers with everything. */
const neutron = (
  collection: string,
  query: Parameters<typeof inCollection>[3] = byName,
  matches: (item: Listed, inputs: Inputs) => boolean = sameName,
) => inCollection("network", `/${collection}`, collection.replaceAll("-", "_"), query, { matches });

const inNetwork = (inputs: Inputs) => ({ ...byName(inputs), network_id: text(inputs, "networkId") });

const sameNameInNetwork = (item: Listed, inputs: Inputs) =>
  sameName(item, inputs) && item["network_id"] === text(inputs, "networkId");

/** Rules have no name: a rule of the same group that says the same is the one. */
function sameRule(item: Listed, inputs: Inputs): boolean {
  const pairs: readonly (readonly [string, string])[] = [
    ["security_group_id", "securityGroupId"],
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
  const [routerId, subnetId] = [text(inputs, "routerId"), text(inputs, "subnetId")];
  const ports = await network.list<Listed>("/ports", "ports", { device_id: routerId });
  const isThere = (port: Listed) =>
    (port["fixed_ips"] as { subnet_id: string }[]).some(({ subnet_id: id }) => id === subnetId);
  return ports
    .filter((port) => String(port["device_owner"]).startsWith("network:router_interface") && isThere(port))
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

/**
 * In the order in which they can be deleted: what stands on others comes first. Types that are missing leave nothing
 * behind that a second creation would double: containers are set, not added, and keys are only numbers.
 */
export const FINDERS: Readonly<Record<string, Finder>> = {
  "openstack:identity/applicationCredential:ApplicationCredential": applicationCredential,
  "openstack:dns/recordSet:RecordSet": recordSet,
  ...balancerFinders.parts,
  "openstack:networking/floatingIp:FloatingIp": neutron(
    "floatingips",
    (inputs) => ({ description: text(inputs, "description") }),
    (item, inputs) => item["description"] === text(inputs, "description"),
  ),
  ...balancerFinders.balancer,
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
  "openstack:networking/port:Port": neutron("ports", inNetwork, sameNameInNetwork),
  "openstack:networking/secGroupRule:SecGroupRule": neutron(
    "security-group-rules",
    (inputs) => ({ security_group_id: text(inputs, "securityGroupId") }),
    sameRule,
  ),
  "openstack:networking/secGroup:SecGroup": neutron("security-groups"),
  "openstack:networking/subnetRoute:SubnetRoute": subnetRoute,
  "openstack:networking/routerInterface:RouterInterface": routerInterface,
  "openstack:networking/router:Router": neutron("routers"),
  "openstack:networking/subnet:Subnet": neutron("subnets", inNetwork, sameNameInNetwork),
  "openstack:networking/network:Network": neutron("networks"),
  "openstack:compute/serverGroup:ServerGroup": serverGroup,
  "openstack:compute/keypair:Keypair": keypair,
};
