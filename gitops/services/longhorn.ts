/** Longhorn, for clouds without volumes worth the name. The image of the nodes must bring open-iscsi. */
import { fromApiServer, scraped, toApiServer } from "./support/traffic";
import { storageClass, LONGHORN } from "./support/storage";
import type { ServiceDefinition } from "./definition";

const WEBHOOK_PORT = 9502;
/** One on each of two workers; the default of three would never be reached there. */
const REPLICAS = 2;

export const longhorn: ServiceDefinition = {
  name: "longhorn",
  // It serves disks of the node.
  podSecurity: "privileged",
  release: {
    name: "longhorn",
    base: {
      persistence: { defaultClassReplicaCount: REPLICAS, defaultClass: false },
      defaultSettings: {
        defaultReplicaCount: REPLICAS,
        // A node is replaced with its disk, so that the volumes' copies must be elsewhere first.
        nodeDrainPolicy: "block-if-contains-last-replica",
        upgradeChecker: false,
        allowCollectingLonghornUsageMetrics: false,
      },
      // Its web page asks for no password.
      longhornUI: { replicas: 1 },
      // A hook of the chart that would wait for a person.
      preUpgradeChecker: { jobEnabled: false },
    },
    overlay: (context) => ({ persistence: { defaultClass: storageClass(context) === LONGHORN } }),
  },
  allowedTraffic: (context) => [
    toApiServer(context),
    fromApiServer(context, WEBHOOK_PORT),
    ...scraped(context, "longhorn"),
  ],
};
