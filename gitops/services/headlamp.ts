/** Headlamp: whoever logs in sees what his own rights allow. */
import { fromServices, toApiServer, toOutside } from "./support/traffic";
import { pageHost, secureListener } from "./support/gateway";
import { resources, restrictedContainer, spread } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const PORT = 4466;

export const headlamp: ServiceDefinition = {
  name: "headlamp",
  podSecurity: "restricted",
  release: {
    name: "headlamp",
    base: {
      replicaCount: 2,
      // The chart would make the console itself administrator of the cluster.
      clusterRoleBinding: { create: false },
      topologySpreadConstraints: spread({ "app.kubernetes.io/name": "headlamp" }),
      securityContext: {
        allowPrivilegeEscalation: false,
        capabilities: restrictedContainer.capabilities,
        seccompProfile: restrictedContainer.seccompProfile,
        runAsNonRoot: true,
        privileged: false,
        runAsUser: 100,
        runAsGroup: 101,
      },
      resources: resources("20m", "96Mi", "256Mi"),
    },
    overlay: (context) => ({ ...logIn(context), ...page(context) }),
  },
  allowedTraffic: (context) => [
    toApiServer(context),
    ...fromServices(context, ["gateway-api"], PORT),
    ...(context.config.kubernetes.oidc === undefined ? [] : [toOutside(context, 443)]),
  ],
};

function logIn({ config }: ServiceContext) {
  const { oidc } = config.kubernetes;
  if (oidc === undefined) return {};
  const { clientId, issuerUrl } = oidc;
  // A public client with PKCE: there is no client secret that could be lost.
  return {
    config: {
      oidc: {
        clientID: clientId,
        issuerURL: issuerUrl,
        scopes: "openid profile email groups",
        usePKCE: true,
      },
    },
  };
}

function page(context: ServiceContext) {
  const host = pageHost(context, "headlamp");
  if (host === undefined) return {};
  return { httpRoute: { enabled: true, parentRefs: [secureListener], hostnames: [host] } };
}
