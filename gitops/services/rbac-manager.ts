/** Role bindings by one object per team. */
import { scraped, toApiServer } from "./support/traffic";
import { resources, restrictedContainer } from "./support/workload";
import type { ServiceDefinition } from "./definition";

export const rbacManager: ServiceDefinition = {
  name: "rbac-manager",
  podSecurity: "restricted",
  release: {
    name: "rbac-manager",
    base: {
      image: { pullPolicy: "IfNotPresent" },
      resources: resources("20m", "64Mi", "128Mi"),
      securityContext: { ...restrictedContainer, privileged: false },
    },
  },
  allowedTraffic: (context) => [toApiServer(context), ...scraped(context, "rbac-manager")],
};
