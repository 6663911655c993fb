/** Secrets that users encrypt for the cluster alone. */
import { fromApiServer, scraped, toApiServer } from "./support/traffic";
import { resources, restrictedContainer } from "./support/workload";
import type { ServiceDefinition } from "./definition";

/** `kubeseal` asks for the certificate through the API server. */
const PORT = 8080;

export const sealedSecrets: ServiceDefinition = {
  name: "sealed-secrets",
  podSecurity: "restricted",
  release: {
    name: "sealed-secrets",
    base: {
      // The name that kubeseal looks for.
      fullnameOverride: "sealed-secrets-controller",
      podSecurityContext: {
        enabled: true,
        fsGroup: 65_534,
        seccompProfile: restrictedContainer.seccompProfile,
      },
      containerSecurityContext: { enabled: true, ...restrictedContainer, runAsUser: 1001 },
      resources: resources("20m", "48Mi", "128Mi"),
    },
  },
  allowedTraffic: (context) => [
    toApiServer(context),
    fromApiServer(context, PORT),
    ...scraped(context, "sealed-secrets"),
  ],
};
