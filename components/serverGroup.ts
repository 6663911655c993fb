/** The one place that knows how the provider's versions differ about server groups. */
import * as openstack from "@pulumi/openstack";
import type * as pulumi from "@pulumi/pulumi";
import type { ServerGroupPlan } from "../plan";

/** `policies` is a list in 3.x of @pulumi/openstack and a string in 5.x. */
export function createServerGroup(name: string, plan: ServerGroupPlan, opts: pulumi.CustomResourceOptions) {
  return new openstack.compute.ServerGroup(name, { name: plan.name, policies: [plan.policy] }, opts);
}
