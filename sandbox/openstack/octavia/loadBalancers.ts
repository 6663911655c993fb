/** Load balancers themselves. */
import { randomUUID } from "node:crypto";
import { ApiError, type Request, type Resource, type Store } from "../api";
import { check, isAdmin, unwrap } from "../requests";
import { chooseProvider } from "./catalogue";
import { insert, type Collection } from "./collection";
import { invalid } from "./protocols";
import * as schemas from "./schemas";
import { BALANCER_MS, KINDS, PARTS, under } from "./tree";
import { chooseVip, guardVip, releaseVip } from "./vip";

/** What Neutron refuses reaches the caller as a failure of the provider. */
function asProviders(provider: string, error: unknown): unknown {
  if (!(error instanceof ApiError) || error.kind === undefined) return error;
  const ids = `['req-${randomUUID()}']`;
  return new ApiError(
    500,
    `Provider '${provider}' reports error: ${error.message}\nNeutron server returns request_ids: ${ids}`,
  );
}

function create(request: Request, store: Store): Resource {
  const { project_id, tenant_id, ...values } = check(
    schemas.loadbalancer,
    unwrap(request, "loadbalancer"),
    schemas.inOctaviasWords("loadbalancer"),
  );
  const projectId = project_id ?? tenant_id ?? request.caller.projectId;
  if (projectId !== request.caller.projectId && !isAdmin(request.caller))
    throw new ApiError(403, "Policy does not allow this request to be performed.");
  const { flavor_id = null, availability_zone = null, vip_qos_policy_id = null } = values;
  const provider = chooseProvider(values.provider, flavor_id, availability_zone);
  const balancer = insert(store, projectId, "loadbalancer", {
    ...values,
    provider,
    flavor_id,
    availability_zone,
    vip_qos_policy_id,
  });
  try {
    const vip = chooseVip(store, request, { id: balancer.id, projectId }, values);
    const made = store.update(KINDS.loadbalancer, balancer.id, vip);
    guardVip(store, made);
    return made;
  } catch (error) {
    // Without an address there is no load balancer, not even a broken one.
    store.remove(KINDS.loadbalancer, balancer.id);
    throw asProviders(provider, error);
  }
}

export const loadBalancers: Collection = {
  noun: "loadbalancer",
  path: "/lbaas/loadbalancers",
  create,
  goesWith(balancer, { query }, store) {
    const parts = PARTS.flatMap((noun) =>
      under(store, noun, balancer.id).map((part) => [noun, part] as const),
    );
    if (parts.length > 0 && query.get("cascade")?.toLowerCase() !== "true")
      throw invalid(`Cannot delete Load Balancer ${balancer.id} - it has children`);
    releaseVip(store, balancer, BALANCER_MS);
    return parts;
  },
};
