/** Whether an object that no state knows is free to go: made since the stack began, and used by nobody. */
import type { Listed } from "../belongings/match";
import type { OpenStackClient, ServiceName } from "../cloud/client";
import { isNotFound } from "../cloud/errors";
import type { Orphan } from "./orphans";
import { knowsId, type StackState } from "./state";

interface Usage {
  readonly service: ServiceName;
  readonly path: (id: string) => string;
  /** Of the object in the answer. */
  readonly key: string;
  readonly inUse: (object: Listed, state: StackState, cloud: OpenStackClient) => Promise<boolean> | boolean;
}

const some = (value: unknown) => Array.isArray(value) && value.length > 0;

const portsOf = (cloud: OpenStackClient, query: Readonly<Record<string, string>>) =>
  cloud.service("network").list<Listed>("/ports", "ports", query);

const neutron = (collection: string, key: string, inUse: Usage["inUse"]): Usage => ({
  ...{ service: "network", path: (id) => `/${collection}/${id}`, key, inUse },
});

/** Neutron's own ports come and go with the subnet. */
function isPlaceIn({ device_owner: owner, fixed_ips: places }: Listed, subnet: string): boolean {
  const own = /^network:(dhcp|distributed|metadata)/.test(String(owner));
  return !own && (places as readonly { subnet_id: string }[]).some(({ subnet_id: id }) => id === subnet);
}

/** Whoever uses an object that the state does not know has it from somewhere else. */
const USAGES: Readonly<Record<string, Usage>> = {
  "openstack:compute/instance:Instance": {
    service: "compute",
    path: (id) => `/servers/${id}`,
    key: "server",
    // A creation names its port, which the state knows.
    inUse: async ({ id }, state, cloud) =>
      (await portsOf(cloud, { device_id: id })).some((port) => !knowsId(state, port.id)),
  },
  "openstack:compute/serverGroup:ServerGroup": {
    service: "compute",
    path: (id) => `/os-server-groups/${id}`,
    key: "server_group",
    inUse: ({ members }) => some(members),
  },
  "openstack:blockstorage/volume:Volume": {
    service: "volume",
    path: (id) => `/volumes/${id}`,
    key: "volume",
    inUse: ({ attachments }) => some(attachments),
  },
  "openstack:loadbalancer/loadBalancer:LoadBalancer": {
    service: "load-balancer",
    path: (id) => `/lbaas/loadbalancers/${id}`,
    key: "loadbalancer",
    inUse: ({ listeners }) => some(listeners),
  },
  "openstack:networking/port:Port": neutron(
    "ports",
    "port",
    ({ device_id: device }) => (device ?? "") !== "",
  ),
  "openstack:networking/floatingIp:FloatingIp": neutron(
    "floatingips",
    "floatingip",
    ({ port_id: port }, state) => typeof port === "string" && !knowsId(state, port),
  ),
  "openstack:loadbalancer/pool:Pool": {
    ...{ service: "load-balancer", path: (id) => `/lbaas/pools/${id}`, key: "pool" },
    inUse: ({ members }, state) =>
      ((members ?? []) as readonly { readonly id: string }[]).some(({ id }) => !knowsId(state, id)),
  },
  "openstack:loadbalancer/listener:Listener": {
    ...{ service: "load-balancer", path: (id) => `/lbaas/listeners/${id}`, key: "listener" },
    inUse: ({ default_pool_id: pool }, state) => typeof pool === "string" && !knowsId(state, pool),
  },
  "openstack:networking/subnet:Subnet": neutron(
    "subnets",
    "subnet",
    async ({ id, network_id: network }, _, cloud) =>
      (await portsOf(cloud, { network_id: String(network) })).some((port) => isPlaceIn(port, id)),
  ),
  "openstack:networking/network:Network": neutron("networks", "network", async ({ id }, _, cloud) =>
    some(await portsOf(cloud, { network_id: id })),
  ),
  "openstack:networking/router:Router": neutron("routers", "router", async ({ id }, _, cloud) =>
    (await portsOf(cloud, { device_id: id })).some(
      // Its way out, and what Neutron makes for routers on several hosts.
      ({ device_owner: owner }) =>
        !/^network:router_(gateway|ha_interface|centralized_snat)$/.test(String(owner)),
    ),
  ),
  "openstack:networking/secGroup:SecGroup": neutron(
    "security-groups",
    "security_group",
    async ({ id }, _, cloud) => some(await portsOf(cloud, { security_groups: id })),
  ),
};

/** For clocks that differ. */
const SLACK_MS = 10 * 60_000;

/** Cinder and Octavia leave the zone away; all of them mean UTC. */
export const instant = (text: string) => Date.parse(/Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);

/** Whether it was there before the stack's first resource: then no run of this stack has made it. */
function isOlder({ created_at: at, created }: Listed, { resources }: StackState): boolean {
  const made = typeof at === "string" ? at : created;
  const times = resources.flatMap((resource) =>
    resource.created === undefined ? [] : [instant(resource.created)],
  );
  return typeof made === "string" && times.length > 0 && instant(made) < Math.min(...times) - SLACK_MS;
}

/** Kinds that are found in what the state knows, or by their very content, and that nothing stands on. */
const NEVER_USED = new Set([
  "openstack:identity/applicationCredential:ApplicationCredential",
  "openstack:dns/recordSet:RecordSet",
  "openstack:loadbalancer/member:Member",
  "openstack:loadbalancer/monitor:Monitor",
  "openstack:compute/volumeAttach:VolumeAttach",
  "openstack:networking/secGroupRule:SecGroupRule",
  "openstack:networking/subnetRoute:SubnetRoute",
  "openstack:networking/routerInterface:RouterInterface",
  "openstack:compute/keypair:Keypair",
]);

/** A kind of which nothing is known here is never free. */
export async function isFree(
  cloud: OpenStackClient,
  state: StackState,
  { type, id }: Orphan,
): Promise<boolean> {
  if (NEVER_USED.has(type)) return true;
  const usage = USAGES[type];
  if (usage === undefined) return false;
  try {
    const answer = await cloud.service(usage.service).get<Record<string, Listed>>(usage.path(id));
    const object = answer[usage.key];
    return object !== undefined && !isOlder(object, state) && !(await usage.inUse(object, state, cloud));
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}
