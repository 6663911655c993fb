/** Calls of the cloud's API, as the simulator counts them, against the least that would do. */

export type Calls = Readonly<Record<string, number>>;

const sum = (calls: Calls, which: (call: string) => boolean): number =>
  Object.entries(calls).reduce((total, [call, count]) => total + (which(call) ? count : 0), 0);

export const allOf = (calls: Calls): number => sum(calls, () => true);

const isLogin = (call: string) => call === "POST identity/auth/tokens";
const isRead = (call: string) => /^(GET|HEAD) /.test(call);
/** Neutron takes tags in a call of their own, and makes rules with a group that the cluster does not want. */
const belongsToCreation = (call: string) =>
  /^PUT .*\/tags$/.test(call) || call === "DELETE network/security-group-rules/:id";

export interface UpCalls {
  /** Calls that change something. */
  readonly writes: number;
  /** One for each object, and what belongs to its creation: tags, and rules that Neutron makes by itself. */
  readonly floor: number;
}

/** The provider asks with an old version of Nova's API first, and again with a newer one when that is refused. */
const ASKED_AGAIN = "openstack:compute/serverGroup:ServerGroup";

/** @param types types of the objects of the cloud that the state holds afterwards */
export function callsOfUp(calls: Calls, types: readonly string[]): UpCalls {
  const writes = sum(calls, (call) => !isRead(call) && !isLogin(call));
  const again = types.filter((type) => type === ASKED_AGAIN).length;
  return { writes, floor: types.length + again + sum(calls, belongsToCreation) };
}

/** Kinds of objects as the state calls them, and the calls that read one. */
const READ_BY: Readonly<Record<string, string | readonly string[]>> = {
  "compute/instance:Instance": [
    "GET compute/servers/:id",
    "GET compute/servers/:id/tags",
    "GET compute/flavors/:id",
    "GET image/images/:id",
  ],
  "compute/keypair:Keypair": "GET compute/os-keypairs/:name",
  "compute/serverGroup:ServerGroup": "GET compute/os-server-groups/:id",
  "identity/applicationCredential:ApplicationCredential":
    "GET identity/users/:user/application_credentials/:id",
  "loadbalancer/listener:Listener": "GET load-balancer/lbaas/listeners/:id",
  // Its address is a port, and the provider reads its security groups.
  "loadbalancer/loadBalancer:LoadBalancer": [
    "GET load-balancer/lbaas/loadbalancers/:id",
    "GET network/ports/:id",
  ],
  "loadbalancer/member:Member": "GET load-balancer/lbaas/pools/:pool/members/:id",
  "loadbalancer/monitor:Monitor": "GET load-balancer/lbaas/healthmonitors/:id",
  "loadbalancer/pool:Pool": "GET load-balancer/lbaas/pools/:id",
  "networking/floatingIp:FloatingIp": "GET network/floatingips/:id",
  "networking/network:Network": "GET network/networks/:id",
  "networking/port:Port": "GET network/ports/:id",
  "networking/router:Router": "GET network/routers/:id",
  // A port is what an interface is, to Neutron.
  "networking/routerInterface:RouterInterface": "GET network/ports/:id",
  "networking/secGroup:SecGroup": "GET network/security-groups/:id",
  "networking/secGroupRule:SecGroupRule": "GET network/security-group-rules/:id",
  "networking/subnet:Subnet": "GET network/subnets/:id",
  "objectstorage/container:Container": "HEAD object-store/:container",
};

/** How often the provider itself asks for one object, where that is not once: it does so under OpenTofu, too. */
const ASKED_BY_PROVIDER: Readonly<Record<string, number>> = {
  // For the server, for its networks, for its security groups.
  "GET compute/servers/:id": 3,
};

/** Of no object: the login, and look-ups of the external network, one for each floating IP and one of the program. */
const LOOK_UPS: ReadonlySet<string> = new Set(["POST identity/auth/tokens", "GET network/networks"]);

export interface ReadCalls {
  readonly call: string;
  readonly count: number;
  /** What one read of each object makes. */
  readonly most: number;
}

/**
 * What a refresh reads of objects that are in the state, by call.
 * @param types types of the state's resources, such as `openstack:networking/port:Port`
 */
export function readsOfRefresh(calls: Calls, types: readonly string[]): ReadCalls[] {
  const objects = new Map<string, number>();
  for (const type of types)
    for (const call of [READ_BY[type.replace(/^openstack:/, "")] ?? []].flat())
      objects.set(call, (objects.get(call) ?? 0) + 1);
  return [...objects].map(([call, count]) => ({
    call,
    count: calls[call] ?? 0,
    most: count * (ASKED_BY_PROVIDER[call] ?? 1),
  }));
}

/** Calls of a refresh that read no object of the state. */
export function callsBeside(calls: Calls, reads: readonly ReadCalls[]): string[] {
  const known = new Set(reads.map(({ call }) => call));
  return Object.keys(calls).filter((call) => !known.has(call) && !LOOK_UPS.has(call));
}
