/**
 * Objects that were made twice: the answer to the first creation was lost, the next run made another, and the state knows
 * only that one. Neutron's have no tags yet, which the provider sets afterwards, so it is the name that tells.
 */
import type { Listed } from "../belongings/match";
import type { OpenStackClient, ServiceName } from "../cloud/client";
import { CloudError } from "../cloud/errors";
import { groupDoubt } from "./nameOnly";
import { hasNamesake, type ClusterOwner } from "./namesakes";
import { belongsToOthers, saysWhatWasAsked, type Orphan } from "./orphans";
import { knowsId, logicalName, type StackState, type StateResource } from "./state";

interface Kind {
  readonly service: ServiceName;
  readonly list: string;
  readonly key: string;
  /** Where one is deleted. @default below the list */
  readonly path?: string;
  /** What an object and a resource have in common when one is the other's double. */
  readonly ofObject: (object: Listed) => unknown;
  readonly ofResource: (inputs: Readonly<Record<string, unknown>>) => unknown;
}

const byName: Pick<Kind, "ofObject" | "ofResource"> = {
  ofObject: ({ name }) => name,
  ofResource: (inputs) => inputs["name"],
};

const neutron = (collection: string, more: Partial<Kind> = {}): Kind => ({
  ...{ service: "network", list: `/${collection}`, key: collection.replaceAll("-", "_"), ...byName, ...more },
});

/** In the order in which they can be deleted. Of what is missing, the cloud itself refuses a second one. */
const KINDS: Readonly<Record<string, Kind>> = {
  "openstack:networking/floatingIp:FloatingIp": neutron("floatingips", {
    ofObject: ({ description }) => description,
    ofResource: (inputs) => inputs["description"],
  }),
  "openstack:loadbalancer/loadBalancer:LoadBalancer": {
    ...{ service: "load-balancer", list: "/lbaas/loadbalancers", key: "loadbalancers", ...byName },
  },
  "openstack:compute/instance:Instance": {
    ...{ service: "compute", list: "/servers/detail", key: "servers", path: "/servers", ...byName },
  },
  "openstack:blockstorage/volume:Volume": {
    ...{ service: "volume", list: "/volumes/detail", key: "volumes", path: "/volumes", ...byName },
  },
  "openstack:networking/port:Port": neutron("ports", {
    ofObject: (port) => `${port.name} ${String(port["network_id"])}`,
    ofResource: (inputs) => `${String(inputs["name"])} ${String(inputs["networkId"])}`,
  }),
  "openstack:networking/secGroup:SecGroup": neutron("security-groups"),
  "openstack:networking/router:Router": neutron("routers"),
  "openstack:networking/network:Network": neutron("networks"),
  "openstack:compute/serverGroup:ServerGroup": {
    ...{ service: "compute", list: "/os-server-groups", key: "server_groups", ...byName },
  },
};

async function doublesOf(
  cloud: OpenStackClient,
  state: StackState,
  type: string,
  { organization }: ClusterOwner,
): Promise<Orphan[]> {
  const kind = KINDS[type]!;
  const known = new Map<unknown, StateResource>(
    state.resources
      .filter((resource) => resource.type === type)
      .map((resource) => [kind.ofResource(resource.inputs ?? {}), resource]),
  );
  // A cluster that has none of a kind needs no service for it.
  if (known.size === 0) return [];
  const api = cloud.service(kind.service);
  return (await api.list<Listed>(kind.list, kind.key)).flatMap((object) => {
    const twin = known.get(kind.ofObject(object));
    const { id, tags, metadata } = object;
    if (twin === undefined || knowsId(state, id)) return [];
    if (belongsToOthers({ tags: tags ?? [], metadata }, organization)) return [];
    if (!saysWhatWasAsked({ metadata }, twin.inputs ?? {})) return [];
    const what = `${type.split(":").at(-1)} ${logicalName(twin)}`;
    return [{ type, id, what, remove: () => api.delete(`${kind.path ?? kind.list}/${id}`) }];
  });
}

/** In the order in which they can be deleted; whether somebody uses them is asked elsewhere. */
export async function findDoubles(
  cloud: OpenStackClient,
  state: StackState,
  owner: ClusterOwner,
): Promise<Orphan[]> {
  const found: Orphan[] = [];
  for (const type of Object.keys(KINDS)) {
    try {
      found.push(...(await doublesOf(cloud, state, type, owner)));
    } catch (error) {
      if (!(error instanceof CloudError) || error.kind !== "service-missing") throw error;
    }
  }
  return inDoubt(cloud, found, owner);
}

const SERVER_GROUP = "openstack:compute/serverGroup:ServerGroup";

/** Server groups have neither tags nor metadata. */
async function inDoubt(cloud: OpenStackClient, found: Orphan[], owner: ClusterOwner): Promise<Orphan[]> {
  const isGroup = ({ type }: Orphan) => type === SERVER_GROUP;
  if (!found.some(isGroup) || !(await hasNamesake(cloud, owner))) return found;
  return found.map((orphan) =>
    isGroup(orphan) ? { ...orphan, doubt: groupDoubt(owner.name, orphan.id) } : orphan,
  );
}
