/**
 * Host routes of a subnet. The provider can neither read one that somebody removed nor make it again while the state
 * has it, and the state cannot let go of it, since everything in the network depends on it: so it is looked at, and put
 * back, without the provider.
 */
import { CloudError } from "../../cloud/errors";
import type { OpenStackClient } from "../../cloud/client";
import type { StackState } from "../../recover/state";
import type { Finding } from "../report";

const SUBNET_ROUTE = "openstack:networking/subnetRoute:SubnetRoute";

interface HostRoute {
  readonly destination: string;
  readonly nexthop: string;
}

interface Missing {
  readonly path: string;
  readonly route: HostRoute;
  readonly present: readonly HostRoute[];
}

/** @returns undefined when it is no route, is there, or its subnet is gone */
async function missingRoute(
  cloud: OpenStackClient,
  state: StackState,
  urn: string | undefined,
): Promise<Missing | undefined> {
  const { type, inputs } = state.resources.find((one) => one.urn === urn) ?? {};
  if (type !== SUBNET_ROUTE || inputs === undefined) return undefined;
  const path = `/subnets/${String(inputs["subnetId"])}`;
  const route = { destination: String(inputs["destinationCidr"]), nexthop: String(inputs["nextHop"]) };
  try {
    const { subnet } = await cloud
      .service("network")
      .get<{ subnet: { host_routes: readonly HostRoute[] } }>(path);
    const isIt = (one: HostRoute) => one.destination === route.destination && one.nexthop === route.nexthop;
    return subnet.host_routes.some(isIt) ? undefined : { path, route, present: subnet.host_routes };
  } catch (error) {
    if (error instanceof CloudError) return undefined;
    throw error;
  }
}

/** Says of each finding that is a missing route that it is one; the others stay as they are. */
export function namedRoutes(
  cloud: OpenStackClient,
  state: StackState,
  findings: readonly Finding[],
): Promise<Finding[]> {
  return Promise.all(
    findings.map(async (finding) => {
      const missing = await missingRoute(cloud, state, finding.urn);
      if (missing === undefined) return finding;
      const { destination, nexthop } = missing.route;
      return {
        ...finding,
        code: "route-missing",
        message: `its subnet has no route to ${destination} by way of ${nexthop}`,
        repair: "npx opencenter reconcile adds it to the subnet again; pulumi up --refresh cannot.",
      };
    }),
  );
}

/** Adds a route to its subnet again, beside those that are there. */
export async function putBack(cloud: OpenStackClient, state: StackState, urn: string): Promise<void> {
  const missing = await missingRoute(cloud, state, urn);
  if (missing === undefined) return;
  const host_routes = [...missing.present, missing.route];
  await cloud.service("network").change("PUT", missing.path, { subnet: { host_routes } });
}
