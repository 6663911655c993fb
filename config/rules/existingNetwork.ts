/** Joining a network that somebody else made. */
import { at, when, type Rule } from "./rule";

const CIDR = at("network", "cidr");
const EXISTING = at("network", "existing");

const existingCidr: Rule = {
  // The subnet is not read before the plan is made: security rules and addresses would follow from the default.
  code: "existing-needs-cidr",
  check: ({ network }, written) =>
    when(network.existing !== undefined && written.network?.cidr === undefined, {
      path: CIDR,
      message: "is missing; with network.existing it must say what the subnet is",
      hint: "Write the subnet's CIDR: openstack subnet show <id> -c cidr.",
      because: [EXISTING],
    }),
};

const existingSettings: Rule = {
  // No dead keys: these belong to the one who made the network.
  code: "no-effect",
  check: ({ network }, written) => {
    if (network.existing === undefined) return [];
    const dead = (["allocationPool", "mtu", "dnsServers", "hostRoutes"] as const).filter(
      (key) => written.network?.[key] !== undefined,
    );
    return dead.map((key) => ({
      path: at("network", key),
      message: "has no effect on a network that is there already",
      hint: `Remove it, or set it on the subnet itself.`,
      because: [EXISTING],
    }));
  },
};

const existingRouter: Rule = {
  // Neutron refuses a floating IP for a port that no router leads out from.
  code: "existing-needs-router",
  check: ({ network, access, apiEndpoint }) => {
    if (network.existing === undefined || network.existing.routerId !== undefined) return [];
    const users = [
      ...(access.bastion.enabled ? ["the bastion"] : []),
      ...(apiEndpoint.floatingIp ? ["the API endpoint"] : []),
    ];
    return when(users.length > 0, {
      path: [...EXISTING, "routerId"],
      message: `is missing; ${users.join(" and ")} would get a floating IP`,
      hint: "Write the router's id, or set access.bastion.enabled and apiEndpoint.floatingIp to false.",
      because: [at("access", "bastion"), at("apiEndpoint", "floatingIp")],
    });
  },
};

export const existingNetworkRules: readonly Rule[] = [existingCidr, existingSettings, existingRouter];
