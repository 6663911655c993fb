/**
 * Objects that the state knows and the cloud gave up on. Pulumi only sees that their creation failed, and would go on
 * to update them; what is in ERROR has to be made again. What was whole before an update failed is another matter: there is
 * data in it, or an address that others know, and its replacement would be the damage.
 */
import type { OpenStackClient, ServiceName } from "../cloud/client";
import { isNotFound } from "../cloud/errors";
import type { StackState, StateResource } from "./state";

type CloudObject = Readonly<Record<string, unknown>>;

interface Health {
  readonly service: ServiceName;
  readonly path: (id: string) => string;
  /** Key of the object in the answer, and of its state in the object. */
  readonly key: string;
  readonly status: string;
  /** Whether the object says itself that it never was whole. */
  readonly neverWhole?: (object: CloudObject) => boolean;
  /** Whether the object says itself that it was whole. */
  readonly wasWhole?: (object: CloudObject) => boolean;
  /** What a person does about one that was whole. */
  readonly repair: (id: string) => string;
}

const HEALTH: Readonly<Record<string, Health>> = {
  "openstack:compute/instance:Instance": {
    service: "compute",
    path: (id) => `/servers/${id}`,
    key: "server",
    status: "status",
    // Nova writes the time when it has started a server first.
    neverWhole: (server) => server["OS-SRV-USG:launched_at"] === null,
    repair: (id) =>
      `openstack server show ${id} tells why (fault); an administrator sets it back: openstack server set --state active ${id}`,
  },
  "openstack:blockstorage/volume:Volume": {
    service: "volume",
    path: (id) => `/volumes/${id}`,
    key: "volume",
    status: "status",
    // Of a creation that failed it is `error`; error_extending and the like come after, and somebody's data is in it then.
    wasWhole: ({ status, attachments }) =>
      status !== "error" || (Array.isArray(attachments) && attachments.length > 0),
    repair: (id) =>
      `its data is in it; an administrator sets it back: openstack volume set --state available ${id} (in-use, where it is attached)`,
  },
  "openstack:loadbalancer/loadBalancer:LoadBalancer": {
    service: "load-balancer",
    path: (id) => `/lbaas/loadbalancers/${id}`,
    key: "loadbalancer",
    status: "provisioning_status",
    repair: (id) =>
      `an administrator has it made anew with its address: openstack loadbalancer failover ${id}`,
  },
};

/** A resource that is in ERROR. */
export interface Broken {
  readonly resource: StateResource;
  /** What a person does about it, where it was whole before. @default it never was, and is made again */
  readonly repair?: string;
}

/**
 * Whether nothing but the creation that failed has written it down: an update changes the second time alone, also one that
 * fails. Without times nothing is known.
 */
const isAsCreated = ({ created, modified }: StateResource) => created !== undefined && created === modified;

async function brokenOf(cloud: OpenStackClient, resource: StateResource): Promise<Broken[]> {
  const { type, id = "" } = resource;
  const health = HEALTH[type];
  if (health === undefined) return [];
  try {
    const answer = await cloud.service(health.service).get<Record<string, CloudObject>>(health.path(id));
    const object = answer[health.key] ?? {};
    if (!/^error/i.test(String(object[health.status]))) return [];
    const isNew = isAsCreated(resource) && health.wasWhole?.(object) !== true;
    return [
      isNew || health.neverWhole?.(object) === true ? { resource } : { resource, repair: health.repair(id) },
    ];
  } catch (error) {
    // What is gone is for `pulumi up --refresh` to find.
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** Resources whose creation failed after the cloud had given them an id, or whose update failed. */
export function halfMade({ resources }: StackState): StateResource[] {
  return resources.filter(({ initErrors = [] }) => initErrors.length > 0);
}

/** Resources whose object is in ERROR. Only those that a run failed at are asked for: the rest is drift's business. */
export async function findBroken(cloud: OpenStackClient, state: StackState): Promise<Broken[]> {
  return (await Promise.all(halfMade(state).map((resource) => brokenOf(cloud, resource)))).flat();
}
