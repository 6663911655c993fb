/** Objects as Octavia shows them: references are lists of ids, worked out from the tree. */
import type { Resource, Store } from "../api";
import { text, visiblePart } from "../requests";
import { under, type Noun } from "./tree";

const ids = (objects: readonly Resource[]) => objects.map(({ id }) => ({ id }));

function references(noun: Noun, object: Resource, store: Store): Record<string, unknown> {
  const balancerId = text(object["_loadbalancer_id"]);
  switch (noun) {
    case "loadbalancer":
      return {
        listeners: ids(under(store, "listener", object.id)),
        pools: ids(under(store, "pool", object.id)),
      };
    case "listener":
      return { loadbalancers: [{ id: balancerId }], l7policies: [], default_tls_container_ref: null };
    case "pool": {
      const inPool = (kind: Noun) =>
        under(store, kind, balancerId).filter((part) => part["_pool_id"] === object.id);
      const listeners = under(store, "listener", balancerId).filter(
        (one) => one["default_pool_id"] === object.id,
      );
      return {
        loadbalancers: [{ id: balancerId }],
        listeners: ids(listeners),
        members: ids(inPool("member")),
        healthmonitor_id: inPool("healthmonitor")[0]?.id ?? null,
      };
    }
    case "healthmonitor":
      return { pools: [{ id: text(object["_pool_id"]) }] };
    case "member":
      return {};
  }
}

export function view(noun: Noun, object: Resource, store: Store): Record<string, unknown> {
  return { ...visiblePart(object), ...references(noun, object, store) };
}

/** `GET …/status`: the tree with the state of each part. */
export function statusTree(balancer: Resource, store: Store): Record<string, unknown> {
  const state = ({ id, name, provisioning_status, operating_status }: Resource) => ({
    id,
    name,
    provisioning_status,
    operating_status,
  });
  const pools = (listener: Resource) =>
    under(store, "pool", balancer.id)
      .filter(({ id }) => id === listener["default_pool_id"])
      .map((pool) => ({
        ...state(pool),
        members: under(store, "member", balancer.id)
          .filter((member) => member["_pool_id"] === pool.id)
          .map((member) => ({
            ...state(member),
            address: member["address"],
            protocol_port: member["protocol_port"],
          })),
      }));
  const listeners = under(store, "listener", balancer.id).map((one) => ({
    ...state(one),
    pools: pools(one),
  }));
  return { statuses: { loadbalancer: { ...state(balancer), listeners } } };
}
