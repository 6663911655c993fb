/**
 * Objects whose creation was answered by nobody: the cloud made them, the answer was lost (a broken connection, a
 * gateway's 504), the run failed and the state knows nothing of them, not even that they were under way. What the next
 * `pulumi up` would create, and is there already under just those inputs, is such an object.
 */
import { parseDigest, type DigestStep } from "../drift/cloud/digest";
import { hasMetadata, type Listed } from "../belongings/match";
import type { OpenStackClient, ServiceName } from "../cloud/client";
import { isNotFound } from "../cloud/errors";
import { findOrphans, type Orphan } from "./orphans";
import { knowsId, type StackState, type StateResource } from "./state";

const CREATIONS = new Set(["create", "create-replacement", "replace"]);

/** From the output of `pulumi preview --json`: what an `up` would make, with its inputs. */
export function plannedCreations(preview: string): StateResource[] {
  return parseDigest(preview, "pulumi preview").flatMap(({ op, urn, newState }: DigestStep) =>
    CREATIONS.has(op) && newState !== undefined
      ? [{ urn, type: newState.type, inputs: newState.inputs ?? {} }]
      : [],
  );
}

interface Usage {
  readonly service: ServiceName;
  readonly path: (id: string) => string;
  /** Of the object in the answer. */
  readonly key: string;
  readonly inUse: (object: Listed, state: StackState, cloud: OpenStackClient) => Promise<boolean> | boolean;
}

const some = (value: unknown) => Array.isArray(value) && value.length > 0;

/** Whoever uses an object that the state does not know has it from another state: it is in use, and not lost. */
const USAGES: Readonly<Record<string, Usage>> = {
  "openstack:compute/instance:Instance": {
    service: "compute",
    path: (id) => `/servers/${id}`,
    key: "server",
    // A creation names its port, which the state knows.
    inUse: async ({ id }, state, cloud) => {
      const ports = await cloud.service("network").list<Listed>("/ports", "ports", { device_id: id });
      return ports.some((port) => !knowsId(state, port.id));
    },
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
  "openstack:networking/port:Port": {
    service: "network",
    path: (id) => `/ports/${id}`,
    key: "port",
    inUse: ({ device_id: device }) => (device ?? "") !== "",
  },
  "openstack:networking/floatingIp:FloatingIp": {
    service: "network",
    path: (id) => `/floatingips/${id}`,
    key: "floatingip",
    inUse: ({ port_id: port }, state) => typeof port === "string" && !knowsId(state, port),
  },
  "openstack:loadbalancer/loadBalancer:LoadBalancer": {
    service: "load-balancer",
    path: (id) => `/lbaas/loadbalancers/${id}`,
    key: "loadbalancer",
    inUse: ({ listeners }) => some(listeners),
  },
};

async function isInUse(cloud: OpenStackClient, state: StackState, { type, id }: Orphan): Promise<boolean> {
  const usage = USAGES[type];
  if (usage === undefined) return false;
  try {
    const answer = await cloud.service(usage.service).get<Record<string, Listed>>(usage.path(id));
    const object = answer[usage.key];
    return object !== undefined && (await usage.inUse(object, state, cloud));
  } catch (error) {
    if (isNotFound(error)) return false;
    throw error;
  }
}

/**
 * Whether the cloud has machines of this cluster that stand on nothing which the state knows: the state is then not the
 * one that they were made with, and what it misses is not lost.
 */
async function hasOtherState(
  cloud: OpenStackClient,
  state: StackState,
  organization: string,
  cluster: string,
): Promise<boolean> {
  const servers = await cloud.service("compute").list<Listed>("/servers/detail", "servers");
  const unknown = servers.filter(
    ({ id, metadata }) =>
      hasMetadata(metadata, { organization, cluster, names: NO_NAMES }) && !knowsId(state, id),
  );
  const ports = await Promise.all(
    unknown.map(({ id }) => cloud.service("network").list<Listed>("/ports", "ports", { device_id: id })),
  );
  return ports.flat().some(({ id }) => !knowsId(state, id));
}

const NO_NAMES = { serverGroups: [], keyPairPrefix: "", records: [] };

export interface LostObjects {
  /** In the order in which they can be deleted. */
  readonly lost: readonly Orphan[];
  /** Whether nothing was looked for, because the cluster's machines are in another state. */
  readonly otherState: boolean;
}

export async function findLost(
  cloud: OpenStackClient,
  state: StackState,
  planned: readonly StateResource[],
  { organization, name }: { readonly organization: string; readonly name: string },
): Promise<LostObjects> {
  if (planned.length === 0) return { lost: [], otherState: false };
  if (await hasOtherState(cloud, state, organization, name)) return { lost: [], otherState: true };
  const pending = planned.map((resource) => ({ type: "creating" as const, resource }));
  const found = await findOrphans(cloud, { ...state, pending }, organization);
  const used = await Promise.all(found.map((orphan) => isInUse(cloud, state, orphan)));
  return { lost: found.filter((_, index) => !used[index]), otherState: false };
}
