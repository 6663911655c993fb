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

/** Parts of a load balancer, leaves first. */
export const PARTS = ["member", "healthmonitor", "pool", "listener"] as const;

/** Octavia's names in its messages. */
export const TITLES: Readonly<Record<Noun, string>> = {
  loadbalancer: "Load Balancer",
  listener: "Listener",
  pool: "Pool",
  member: "Member",
  healthmonitor: "Health Monitor",
};

export type Work = "CREATE" | "UPDATE" | "DELETE";

export const BALANCER_MS = 600;
export const PART_MS = 200;

/** @throws ApiError 404 in Octavia's words */
export function find(noun: Noun, id: string, request: Request, store: Store, kind?: string): Resource {
  const object = store.get(KINDS[noun], id);
  if (object === undefined || !owns(request.caller, object))
    throw new ApiError(404, `${TITLES[noun]} ${id} not found.`, kind);
  return object;
}

/** Kind of an error that Octavia's router tells, in its own envelope, before the code of any collection is asked. */
export const LOOKUP = "lookup";

/** The pool that the path leads through; undefined on a path that leads through none. */
export function poolOnTheWay(request: Request, store: Store): Resource | undefined {
  const { pool } = request.params;
  return pool === undefined ? undefined : find("pool", pool, request, store, LOOKUP);
}

/** The object that the path names; a member has to be one of the path's pool. */
export function findNamed(noun: Noun, request: Request, store: Store): Resource {
  const { id = "" } = request.params;
  const pool = poolOnTheWay(request, store)?.id;
  const object = find(noun, id, request, store);
  if (pool !== undefined && object["_pool_id"] !== pool)
    throw new ApiError(404, `${TITLES[noun]} ${id} not found.`);
  return object;
}

/** The load balancer above an object, or the object itself when it is one. */
export function balancerOf(object: Resource, request: Request, store: Store): Resource {
  return find("loadbalancer", text(object["_loadbalancer_id"]) || object.id, request, store);
}

/** Objects of a kind under a load balancer. */
export function under(store: Store, noun: Noun, balancerId: string): Resource[] {
  return store.list(KINDS[noun]).filter((object) => object["_loadbalancer_id"] === balancerId);
}

/** Members or health monitors of a pool. */
export function inPool(store: Store, noun: "member" | "healthmonitor", poolId: string): Resource[] {
  return store.list(KINDS[noun]).filter((object) => object["_pool_id"] === poolId);
}

/** Listeners whose default pool is this one. */
export function listenersOf(store: Store, poolId: string): Resource[] {
  return store.list(KINDS.listener).filter((listener) => listener["default_pool_id"] === poolId);
}

/**
 * @param pool the one that a new object would be of, which Octavia then names in place of the load balancer
 * @throws ApiError 409 while anything of the load balancer is being changed
 */
export function refuseWhilePending(noun: Noun, balancer: Resource, pool?: Resource): void {
  const status = text(balancer["provisioning_status"]);
  if (!status.startsWith("PENDING_")) return;
  throw new ApiError(
    409,
    noun === "loadbalancer"
      ? `Invalid state ${status} of loadbalancer resource ${balancer.id}`
      : `${pool === undefined ? `Load Balancer ${balancer.id}` : `Pool ${pool.id}`} is immutable and cannot be updated.`,
  );
}

/** What hangs above an object and is configured again with it, nearest first. */
function above(store: Store, noun: Noun, object: Resource): [Noun, Resource][] {
  const poolId = noun === "pool" ? object.id : text(object["_pool_id"]);
  const pool = noun === "pool" ? undefined : store.get(KINDS.pool, poolId);
  const listeners = poolId === "" ? [] : listenersOf(store, poolId);
  const balancer = store.get(KINDS.loadbalancer, text(object["_loadbalancer_id"]));
  return [
    ...(pool === undefined ? [] : [["pool", pool] as [Noun, Resource]]),
    ...listeners.map((listener): [Noun, Resource] => ["listener", listener]),
    ...(balancer === undefined ? [] : [["loadbalancer", balancer] as [Noun, Resource]]),
  ];
}

/** Time as Octavia writes it: `2026-11-22T22:41:56`. */
export const now = () => new Date().toISOString().slice(0, 19);

function settle(store: Store, noun: Noun, object: Resource, work: Work, afterMs: number): void {
  const after = {
    updated_at: now(),
    provisioning_status: "ACTIVE",
    operating_status: object["admin_state_up"] === false ? "OFFLINE" : "ONLINE",
  };
  store.update(KINDS[noun], object.id, { provisioning_status: `PENDING_${work}` });
  store.later(KINDS[noun], object.id, afterMs, work === "DELETE" ? null : after);
}

/** Begins work on objects of one load balancer, which with all that is above them has to wait for it. */
export function begin(store: Store, works: readonly (readonly [Noun, Resource, Work])[]): void {
  const parents = new Map<string, [Noun, Resource]>();
  for (const [noun, object] of works) {
    for (const entry of above(store, noun, object)) parents.set(entry[1].id, entry);
  }
  for (const [noun, object, work] of works) {
    settle(store, noun, object, work, noun === "loadbalancer" ? BALANCER_MS : PART_MS);
    parents.delete(object.id);
  }
  // The load balancer last: whoever sees it ACTIVE must find its parts so.
  const ordered = [...parents.values()].sort(
    ([a], [b]) => Number(a === "loadbalancer") - Number(b === "loadbalancer"),
  );
  for (const [noun, object] of ordered) settle(store, noun, object, "UPDATE", PART_MS);
}
