/** cert-manager, and the issuer that `services.cert-manager.acme` asks for. */
import { acmeIssuer, dnsSolver, solverChart } from "./support/acme";
import { cloudEnvironment } from "./support/cloudConf";
import { loginOf } from "./support/secrets";
import { fromApiServer, scraped, toApiServer, toCloud, toOutside, toPods } from "./support/traffic";
import { resources, spread } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const component = (name: string) => ({
  "app.kubernetes.io/instance": "cert-manager",
  "app.kubernetes.io/component": name,
});

const WEBHOOK_PORT = 10_250;
const SOLVER_PORT = 8443;

const usesDns = (context: ServiceContext) =>
  context.config.services["cert-manager"]?.acme?.solver === "dns01-designate";

export const certManager: ServiceDefinition = {
  name: "cert-manager",
  podSecurity: "restricted",
  release: {
    name: "cert-manager",
    base: {
      // An uninstalled chart must not take every certificate along.
      crds: { enabled: true, keep: true },
      global: {
        priorityClassName: "system-cluster-critical",
        // Its own namespace: the role that it would need in kube-system is not for it.
        leaderElection: { namespace: "cert-manager" },
      },
      resources: resources("20m", "96Mi", "256Mi"),
      // Without the webhook no certificate can be changed, so it survives the drain of a node.
      webhook: {
        replicaCount: 2,
        podDisruptionBudget: { enabled: true, minAvailable: 1 },
        topologySpreadConstraints: spread(component("webhook")),
        resources: resources("10m", "32Mi", "64Mi"),
      },
      cainjector: { resources: resources("10m", "96Mi", "256Mi") },
      startupapicheck: { resources: resources("10m", "32Mi", "64Mi") },
    },
    overlay: (context) => ({
      ...(context.isEnabled("gateway-api")
        ? {
            config: {
              apiVersion: "controller.config.cert-manager.io/v1alpha1",
              kind: "ControllerConfiguration",
              enableGatewayAPI: true,
            },
          }
        : {}),
    }),
  },
  configuration: (context) => [...solverChart(context), ...acmeIssuer(context)],
  secrets: (context) =>
    usesDns(context)
      ? [
          {
            name: dnsSolver.secret,
            stringData: (values) => cloudEnvironment(loginOf(values, "cert-manager")),
          },
        ]
      : [],
  allowedTraffic: (context) => [
    toApiServer(context),
    fromApiServer(context, WEBHOOK_PORT, ...(usesDns(context) ? [SOLVER_PORT] : [])),
    ...scraped(context, "cert-manager"),
    // The CA's directory, and the question whether a record is there yet, which goes to the zone's own servers.
    ...(context.config.services["cert-manager"]?.acme === undefined
      ? []
      : [toOutside(context, 443, 80), toNameServers(context), toPods(80, 443, 10_080, 10_443)]),
    ...(usesDns(context) ? [toCloud(context)] : []),
  ],
};

function toNameServers(context: ServiceContext) {
  const { egress } = toOutside(context);
  const [{ to }] = egress as [{ to: unknown }];
  const ports = ["UDP", "TCP"].map((protocol) => ({ protocol, port: 53 }));
  return { name: "to-name-servers", egress: [{ to, ports }] };
}
