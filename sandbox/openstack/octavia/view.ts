/** Objects as Octavia shows them: references are lists of ids, worked out from the tree. */
import type { Resource, Store } from "../api";
import { text, visiblePart } from "../requests";
import { inPool, listenersOf, under, type Noun } from "./tree";

const ids = (objects: readonly Resource[]) => objects.map(({ id }) => ({ id }));

/** A member is ONLINE only when somebody looks. */
function memberStatus(member: Resource, store: Store): Record<string, unknown> {
  const isWatched = inPool(store, "healthmonitor", text(member["_pool_id"])).length > 0;
  return member["operating_status"] === "ONLINE" && !isWatched ? { operating_status: "NO_MONITOR" } : {};
}

function references(noun: Noun, object: Resource, store: Store): Record<string, unknown> {
  const balancer = { id: text(object["_loadbalancer_id"]) };
  switch (noun) {
    case "loadbalancer":
      return {
        listeners: ids(under(store, "listener", object.id)),
        pools: ids(under(store, "pool", object.id)),
        additional_vips: [],
      };
    case "listener":
      return { loadbalancers: [balancer], l7policies: [] };
    case "pool":
      return {
        loadbalancers: [balancer],
        listeners: ids(listenersOf(store, object.id)),
        members: ids(inPool(store, "member", object.id)),
        // Absent where there is none.
        healthmonitor_id: inPool(store, "healthmonitor", object.id)[0]?.id,
      };
    case "healthmonitor":
      return { pools: [{ id: text(object["_pool_id"]) }] };
    case "member":
      return memberStatus(object, store);
  }
}

export function view(noun: Noun, object: Resource, store: Store): Record<string, unknown> {
  return { ...visiblePart(object), ...references(noun, object, store) };
}

const state = ({ id, name, provisioning_status, operating_status }: Resource) => ({
  id,
  name,
  provisioning_status,
  operating_status,
});

function poolState(pool: Resource, store: Store): Record<string, unknown> {
  const [monitor] = inPool(store, "healthmonitor", pool.id);
  return {
    ...state(pool),
    ...(monitor && { health_monitor: { ...state(monitor), type: monitor["type"] } }),
    members: inPool(store, "member", pool.id).map((member) => ({
      ...state(member),
      ...memberStatus(member, store),
      address: member["address"],
      protocol_port: member["protocol_port"],
    })),
  };
}

/** `GET …/status`: the tree with the state of each part. */
export function statusTree(balancer: Resource, store: Store): Record<string, unknown> {
  const listeners = under(store, "listener", balancer.id).map((listener) => ({
    ...state(listener),
    pools: under(store, "pool", balancer.id)
      .filter(({ id }) => id === listener["default_pool_id"])
      .map((pool) => poolState(pool, store)),
  }));
  return { statuses: { loadbalancer: { ...state(balancer), listeners } } };
}
