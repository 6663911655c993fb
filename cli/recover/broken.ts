/**
 * Objects that the state knows and the cloud gave up on. Pulumi only sees that their creation failed, and would go on
 * to update them; what is in ERROR has to be made again.
 */
import type { OpenStackClient, ServiceName } from "../cloud/client";
import { CloudError } from "../cloud/errors";
import type { StackState, StateResource } from "./state";

interface Health {
  readonly service: ServiceName;
  readonly path: (id: string) => string;
  /** Key of the object in the answer, and of its state in the object. */
  readonly key: string;
  readonly status: string;
}

const HEALTH: Readonly<Record<string, Health>> = {
  "openstack:compute/instance:Instance": {
    service: "compute",
    path: (id) => `/servers/${id}`,
    key: "server",
    status: "status",
  },
  "openstack:blockstorage/volume:Volume": {
    service: "volume",
    path: (id) => `/volumes/${id}`,
    key: "volume",
    status: "status",
  },
  "openstack:loadbalancer/loadBalancer:LoadBalancer": {
    service: "load-balancer",
    path: (id) => `/lbaas/loadbalancers/${id}`,
    key: "loadbalancer",
    status: "provisioning_status",
  },
};

async function isBroken(cloud: OpenStackClient, { type, id = "" }: StateResource): Promise<boolean> {
  const health = HEALTH[type];
  if (health === undefined) return false;
  try {
    const answer = await cloud
      .service(health.service)
      .get<Record<string, Record<string, unknown>>>(health.path(id));
    return /^error/i.test(String(answer[health.key]?.[health.status]));
  } catch (error) {
    // What is gone is for `pulumi up --refresh` to find.
    if (error instanceof CloudError && error.kind === "not-found") return false;
    throw error;
  }
}

/** Resources whose creation failed after the cloud had given them an id. */
export function halfMade({ resources }: StackState): StateResource[] {
  return resources.filter(({ initErrors = [] }) => initErrors.length > 0);
}

/** Resources whose object is in ERROR. Only those whose creation failed are asked for: the rest is drift's business. */
export async function findBroken(cloud: OpenStackClient, state: StackState): Promise<StateResource[]> {
  const failed = halfMade(state);
  const broken = await Promise.all(failed.map((resource) => isBroken(cloud, resource)));
  return failed.filter((_, index) => broken[index]);
}
