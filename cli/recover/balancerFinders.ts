/**
 * What a killed run may have left of a load balancer. Its parts carry a name alone, and another organisation's cluster in the
 * same project may have given the same: only what is inside of something that the state knows is this stack's.
 */
import {
  byName,
  inCollection,
  sameName,
  text,
  type Finder,
  type Inputs,
  type Listed,
  type Scope,
} from "./collection";
import { knowsId } from "./state";

/** Whether a part names the object that it was to be made in as its parent, and the state knows that one. */
const inside =
  (references: string, input: string) =>
  (part: Listed, inputs: Inputs, { state }: Scope): boolean => {
    const parent = text(inputs, input);
    const named = (part[references] ?? []) as readonly { readonly id: string }[];
    return parent !== undefined && knowsId(state, parent) && named.some(({ id }) => id === parent);
  };

const octavia = (path: string, matches: (item: Listed, inputs: Inputs, scope: Scope) => boolean) =>
  inCollection("load-balancer", `/lbaas/${path}`, path, byName, {
    matches: (item, inputs, scope) => sameName(item, inputs) && matches(item, inputs, scope),
  });

/** Below its pool, so that nobody else's is ever listed. */
const member: Finder = async (cloud, inputs, scope) => {
  const pool = text(inputs, "poolId");
  if (pool === undefined || !knowsId(scope.state, pool)) return [];
  const path = `/lbaas/pools/${pool}/members`;
  return inCollection("load-balancer", path, "members", byName, { matches: sameName })(cloud, inputs, scope);
};

const inTheSubnet = (balancer: Listed, inputs: Inputs) => {
  const subnet = text(inputs, "vipSubnetId");
  return subnet === undefined || balancer["vip_subnet_id"] === subnet;
};

/** In the order in which they can be deleted: a floating IP goes between the parts and the load balancer. */
export const balancerFinders = {
  parts: {
    "openstack:loadbalancer/member:Member": member,
    "openstack:loadbalancer/monitor:Monitor": octavia("healthmonitors", inside("pools", "poolId")),
    "openstack:loadbalancer/pool:Pool": octavia("pools", inside("listeners", "listenerId")),
    "openstack:loadbalancer/listener:Listener": octavia(
      "listeners",
      inside("loadbalancers", "loadbalancerId"),
    ),
  },
  balancer: { "openstack:loadbalancer/loadBalancer:LoadBalancer": octavia("loadbalancers", inTheSubnet) },
} as const satisfies Readonly<Record<string, Readonly<Record<string, Finder>>>>;
