/** The smallest configuration with defaults for the rest, and what becomes of it. */
import type { ClusterInput } from "../../../config/schema";
import { planOf } from "../../support/arbitraryCluster";

export const small: ClusterInput = {
  name: "test",
  environment: "development",
  openstack: { externalNetwork: "public", image: "ubuntu" },
  access: { sshAllowedCidrs: ["198.51.100.0/24"], apiAllowedCidrs: ["203.0.113.0/24"] },
  controlPlane: { count: 1, flavor: "medium" },
  pools: { general: { count: 1, flavor: "large" } },
};

/** The plan of {@link small} with these sections in place of its own. */
export function planWith(sections: Partial<ClusterInput>) {
  return planOf({ ...small, ...sections });
}
