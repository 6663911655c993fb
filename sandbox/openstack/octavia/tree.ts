/** A load balancer with everything under it changes as one: while one part changes, no other may. */
import { ApiError, type Request, type Resource, type Store } from "../api";
import { owns, text } from "../requests";

export const KINDS = {
  loadbalancer: "load-balancer.loadbalancers",
  listener: "load-balancer.listeners",
  pool: "load-balancer.pools",
  member: "load-balancer.members",
  healthmonitor: "load-balancer.healthmonitors",
} as const;

export type Noun = keyof typeof KINDS;

const WORK_MS: Readonly<Record<Noun, number>> = {
  loadbalancer: 600,
  listener: 200,
  pool: 200,
  member: 200,
  healthmonitor: 200,
};

const TITLES: Readonly<Record<Noun, string>> = {
  loadbalancer: "Load Balancer",
  listener: "Listener",
  pool: "Pool",
  member: "member",
  healthmonitor: "Health Monitor",
};

/** @throws ApiError 404 in Octavia's words */
export function find(noun: Noun, id: string, request: Request, store: Store): Resource {
  const object = store.get(KINDS[noun], id);
  if (object === undefined || !owns(request.caller, object))
    throw new ApiError(404, `${TITLES[noun]} ${id} not found.`);
  return object;
}

/** @throws ApiError 409 while anything of the load balancer is being changed */
export function refuseWhilePending(balancer: Resource): void {
  if (!text(balancer["provisioning_status"]).startsWith("PENDING_")) return;
  throw new ApiError(409, `Load Balancer ${balancer.id} is immutable and cannot be updated.`);
}

/** The load balancer above an object. */
export function balancerOf(object: Resource, request: Request, store: Store): Resource {
  return find("loadbalancer", text(object["_loadbalancer_id"]) || object.id, request, store);
}

function settle(store: Store, noun: Noun, object: Resource, work: string): void {
  store.update(KINDS[noun], object.id, { provisioning_status: `PENDING_${work}` });
  const after = {
    provisioning_status: "ACTIVE",
    operating_status: noun === "member" ? "NO_MONITOR" : "ONLINE",
  };
  store.later(KINDS[noun], object.id, WORK_MS[noun], work === "DELETE" ? null : after);
}

/** Begins work on an object, and makes its load balancer wait for it. */
export function begin(
  store: Store,
  noun: Noun,
  object: Resource,
  balancer: Resource,
  work: "CREATE" | "UPDATE" | "DELETE",
): Resource {
  settle(store, noun, object, work);
  if (noun !== "loadbalancer") {
    store.update(KINDS.loadbalancer, balancer.id, { provisioning_status: "PENDING_UPDATE" });
    store.later(KINDS.loadbalancer, balancer.id, WORK_MS[noun], { provisioning_status: "ACTIVE" });
  }
  return store.get(KINDS[noun], object.id) ?? object;
}

/** Objects of a kind under a load balancer. */
export function under(store: Store, noun: Noun, balancerId: string): Resource[] {
  return store.list(KINDS[noun]).filter((object) => object["_loadbalancer_id"] === balancerId);
}
