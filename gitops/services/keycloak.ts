/** Keycloak with a database of its own; by the chart of codecentric, which needs no operator's life-cycle manager. */
import { stringify } from "yaml";
import { catalogue } from "../../config/catalogue";
import { pageHost, secureListener } from "./support/gateway";
import {
  databaseCluster,
  databaseSecret,
  PATRONI_PORT,
  POSTGRES_PORT,
  type Database,
} from "./support/postgres";
import { fromServices, scraped, toApiServer, toOutside } from "./support/traffic";
import { resources, restrictedContainer } from "./support/workload";
import type { ServiceContext, ServiceDefinition } from "./definition";

const ADMIN = "keycloak-admin";
const PORT = 8080;
const database: Database = { name: "keycloak-db", user: "keycloak", database: "keycloak", size: "10Gi" };

const container = {
  allowPrivilegeEscalation: false,
  capabilities: restrictedContainer.capabilities,
  runAsNonRoot: true,
  runAsUser: 1000,
  seccompProfile: restrictedContainer.seccompProfile,
};

/** The chart takes environment variables as text. */
const environment = (variables: readonly unknown[]) => stringify(variables);

const fromSecret = (name: string, key: string) => ({
  name,
  valueFrom: { secretKeyRef: { name: ADMIN, key } },
});

const administrator = [
  fromSecret("KC_BOOTSTRAP_ADMIN_USERNAME", "username"),
  fromSecret("KC_BOOTSTRAP_ADMIN_PASSWORD", "password"),
];

export const keycloak: ServiceDefinition = {
  name: "keycloak",
  // The database's image begins as root.
  podSecurity: "baseline",
  release: {
    name: "keycloak",
    base: {
      replicas: 2,
      args: ["start"],
      http: { relativePath: "/" },
      // Gateways write this header, and replace one that a client sent.
      proxy: { enabled: true, mode: "xforwarded", http: { enabled: true } },
      database: {
        vendor: "postgres",
        hostname: database.name,
        port: POSTGRES_PORT,
        database: database.database,
        username: database.user,
        existingSecret: databaseSecret(database),
        existingSecretKey: "password",
      },
      securityContext: container,
      resources: resources("250m", "768Mi", "1536Mi"),
      podDisruptionBudget: { minAvailable: 1 },
      // The chart's own asks for as many nodes as there are pods, and one of two may be away.
      affinity: "",
    },
    overlay: (context) => page(context),
  },
  objects: (context) => [databaseCluster(context, "keycloak", database)],
  secrets: () => [
    {
      name: ADMIN,
      stringData: (values) => ({ username: "admin", password: values.password("keycloak/admin") }),
    },
  ],
  allowedTraffic: (context) => [
    toApiServer(context),
    toOutside(context, 443, 587, 636),
    ...fromServices(context, ["gateway-api"], PORT),
    {
      name: "database-operator",
      ingress: [
        {
          from: [
            {
              namespaceSelector: {
                matchLabels: { "kubernetes.io/metadata.name": catalogue["postgres-operator"].namespace },
              },
            },
          ],
          ports: [POSTGRES_PORT, PATRONI_PORT].map((port) => ({ protocol: "TCP", port })),
        },
      ],
    },
    ...scraped(context, "keycloak"),
  ],
};

/** With a name of its own it answers to no other; without one, to whatever a port-forward calls it. */
function page(context: ServiceContext) {
  const host = pageHost(context, "keycloak");
  if (host === undefined) {
    const anyName = { name: "KC_HOSTNAME_STRICT", value: "false" };
    return { extraEnv: environment([...administrator, anyName]) };
  }
  return {
    extraEnv: environment([...administrator, { name: "KC_HOSTNAME", value: `https://${host}` }]),
    httpRoute: { enabled: true, parentRefs: [secureListener], hostnames: [host] },
  };
}
