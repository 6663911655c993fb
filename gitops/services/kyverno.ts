/** Kyverno, which decides what may run, and the policies of the platform. */
import { fromApiServer, scraped, toApiServer } from "./support/traffic";
import { resources, spread } from "./support/workload";
import { policies } from "./kyvernoPolicies";
import type { ServiceDefinition } from "./definition";

const WEBHOOK_PORT = 9443;

const admission = {
  "app.kubernetes.io/component": "admission-controller",
  "app.kubernetes.io/part-of": "kyverno",
};

export const kyverno: ServiceDefinition = {
  name: "kyverno",
  podSecurity: "restricted",
  release: {
    name: "kyverno",
    base: {
      admissionController: {
        // While none answers, nothing that a policy is about can be made; two survive the drain of a node.
        replicas: 2,
        topologySpreadConstraints: spread(admission),
        podDisruptionBudget: { enabled: true, minAvailable: 1 },
        priorityClassName: "system-cluster-critical",
        container: { resources: resources("50m", "128Mi", "512Mi") },
      },
      backgroundController: { resources: resources("20m", "64Mi", "256Mi") },
      cleanupController: { resources: resources("20m", "64Mi", "256Mi") },
      reportsController: { resources: resources("20m", "96Mi", "512Mi") },
      // A hook with an image of its own, to delete webhooks that Kyverno deletes itself when it ends.
      webhooksCleanup: { enabled: false },
    },
  },
  configuration: (context) => policies(context.config.environment),
  allowedTraffic: (context) => [
    toApiServer(context),
    fromApiServer(context, WEBHOOK_PORT),
    ...scraped(context, "kyverno"),
  ],
};
