/** The controller of volume snapshots, with their kinds. */
import { scraped, toApiServer } from "./support/traffic";
import { resources, restrictedContainer, spread } from "./support/workload";
import type { ServiceDefinition } from "./definition";

const labels = { "app.kubernetes.io/name": "snapshot-controller" };

export const externalSnapshotter: ServiceDefinition = {
  name: "external-snapshotter",
  podSecurity: "restricted",
  release: {
    name: "snapshot-controller",
    base: {
      controller: {
        replicaCount: 2,
        topologySpreadConstraints: spread(labels),
        // Snapshots of groups need a driver that can, which Cinder's cannot.
        args: { featureGates: "CSIVolumeGroupSnapshot=false" },
        resources: resources("10m", "32Mi", "128Mi"),
        securityContext: { ...restrictedContainer, runAsUser: 1000 },
        priorityClassName: "system-cluster-critical",
      },
    },
  },
  allowedTraffic: (context) => [toApiServer(context), ...scraped(context, "external-snapshotter")],
};
