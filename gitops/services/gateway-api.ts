/** Envoy Gateway, which brings the kinds of Gateway API, and the Gateway of the platform's own pages. */
import { catalogue } from "../../config/catalogue";
import type { Manifest } from "../types";
import { ISSUER } from "./support/acme";
import { hasWildcardCertificate, PLATFORM_GATEWAY } from "./support/gateway";
import { fromApiServer, scraped, toApiServer, toPods } from "./support/traffic";
import { resources, spread } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const { namespace } = catalogue["gateway-api"];
const CLASS = "envoy";
const WEBHOOK_PORT = 9443;
/** Ports of a Gateway below 1024 are moved up by this, so that its proxies need no privilege. */
const SHIFT = 10_000;

export const gatewayApi: ServiceDefinition = {
  name: "gateway-api",
  podSecurity: "restricted",
  release: {
    name: "envoy-gateway",
    base: {
      deployment: {
        replicas: 2,
        envoyGateway: { resources: resources("50m", "128Mi", "512Mi") },
        pod: { topologySpreadConstraints: spread({ "control-plane": "envoy-gateway" }) },
      },
      podDisruptionBudget: { minAvailable: 1 },
      certgen: { job: { resources: resources("10m", "32Mi", "128Mi") } },
    },
  },
  configuration: (context) => [proxy, gatewayClass, platformGateway(context)],
  allowedTraffic: (context) => [
    toApiServer(context),
    fromApiServer(context, WEBHOOK_PORT),
    // What a Gateway is for: whoever reaches its load balancer, to whatever a route names.
    {
      name: "clients",
      podSelector: { "app.kubernetes.io/managed-by": "envoy-gateway" },
      ingress: [{ ports: [80, 443].map((port) => ({ protocol: "TCP", port: port + SHIFT })) }],
    },
    { ...toPods(), podSelector: { "app.kubernetes.io/managed-by": "envoy-gateway" } },
    ...scraped(context, "gateway-api"),
  ],
};

const proxy: Manifest = {
  apiVersion: "gateway.envoyproxy.io/v1alpha1",
  kind: "EnvoyProxy",
  metadata: { name: CLASS, namespace },
  spec: {
    provider: {
      type: "Kubernetes",
      kubernetes: {
        envoyDeployment: {
          replicas: 2,
          container: { resources: resources("100m", "128Mi", "512Mi") },
          pod: {
            topologySpreadConstraints: spread({ "app.kubernetes.io/managed-by": "envoy-gateway" }),
          },
        },
        envoyPDB: { minAvailable: 1 },
      },
    },
  },
};

const gatewayClass: Manifest = {
  apiVersion: "gateway.networking.k8s.io/v1",
  kind: "GatewayClass",
  metadata: { name: CLASS },
  spec: {
    controllerName: "gateway.envoyproxy.io/gatewayclass-controller",
    parametersRef: { group: "gateway.envoyproxy.io", kind: "EnvoyProxy", name: CLASS, namespace },
  },
};

function platformGateway(context: ServiceContext): Manifest {
  const anyNamespace = { namespaces: { from: "All" } };
  const http = { name: "http", protocol: "HTTP", port: 80, allowedRoutes: anyNamespace };
  const https = {
    name: "https",
    protocol: "HTTPS",
    port: 443,
    hostname: "*.${domain}",
    tls: { mode: "Terminate", certificateRefs: [{ kind: "Secret", name: "platform-tls" }] },
    allowedRoutes: anyNamespace,
  };
  const secure = hasWildcardCertificate(context);
  return {
    apiVersion: "gateway.networking.k8s.io/v1",
    kind: "Gateway",
    metadata: {
      ...PLATFORM_GATEWAY,
      ...(secure ? { annotations: { "cert-manager.io/cluster-issuer": ISSUER } } : {}),
    },
    spec: { gatewayClassName: CLASS, listeners: secure ? [http, https] : [http] },
  };
}
