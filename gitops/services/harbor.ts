/** Harbor: images in a volume, its database by the operator where that is on. */
import { catalogue } from "../../config/catalogue";
import type { SecretValues } from "../types";
import { pageHost, secureListener } from "./support/gateway";
import {
  databaseCluster,
  databaseSecret,
  PATRONI_PORT,
  POSTGRES_PORT,
  type Database,
} from "./support/postgres";
import { storageClassField } from "./support/storage";
import { fromServices, toApiServer, toOutside } from "./support/traffic";
import { resources } from "./support/workload";
import type { SecretDefinition, ServiceContext, ServiceDefinition } from "./definition";

const database: Database = { name: "harbor-db", user: "harbor", database: "registry", size: "10Gi" };
const NGINX_PORT = 8080;

/** A Secret with one key that a password of the same name fills. */
const generated = (name: string, key: string, part = (password: string) => password): SecretDefinition => ({
  name,
  stringData: (values: SecretValues) => ({ [key]: part(values.password(`harbor/${name}`)) }),
});

/** Harbor encrypts with a key of exactly this length. */
const KEY_LENGTH = 16;

const part = (cpu: string, memory: string, limit: string) => ({ resources: resources(cpu, memory, limit) });

export const harbor: ServiceDefinition = {
  name: "harbor",
  podSecurity: "baseline",
  release: {
    name: "harbor",
    base: {
      existingSecretAdminPassword: "harbor-admin",
      existingSecretSecretKey: "harbor-key",
      core: { existingSecret: "harbor-core", ...part("50m", "128Mi", "512Mi") },
      jobservice: { existingSecret: "harbor-jobservice", ...part("50m", "64Mi", "512Mi") },
      registry: {
        existingSecret: "harbor-registry",
        registry: part("50m", "128Mi", "512Mi"),
        controller: part("10m", "32Mi", "128Mi"),
      },
      portal: part("10m", "32Mi", "128Mi"),
      nginx: part("20m", "32Mi", "128Mi"),
      exporter: part("10m", "32Mi", "128Mi"),
      trivy: part("50m", "256Mi", "1Gi"),
      redis: { internal: part("20m", "32Mi", "256Mi") },
      // A volume is mounted by one node at a time: the new pod can only begin when the old one has ended.
      updateStrategy: { type: "Recreate" },
    },
    overlay: (context) => ({
      ...page(context),
      ...databaseOf(context),
      persistence: { persistentVolumeClaim: claims(context) },
    }),
  },
  objects: (context) =>
    context.isEnabled("postgres-operator") ? [databaseCluster(context, "harbor", database)] : [],
  secrets: () => [
    generated("harbor-admin", "HARBOR_ADMIN_PASSWORD"),
    generated("harbor-key", "secretKey", (password) => password.slice(0, KEY_LENGTH).padEnd(KEY_LENGTH, "0")),
    generated("harbor-core", "secret", (password) => password.slice(0, KEY_LENGTH)),
    generated("harbor-jobservice", "JOBSERVICE_SECRET"),
    generated("harbor-registry", "REGISTRY_HTTP_SECRET"),
  ],
  allowedTraffic: (context) => [
    // The database's members keep their election there.
    ...(context.isEnabled("postgres-operator") ? [toApiServer(context)] : []),
    // Other registries, and the list of known weaknesses.
    toOutside(context, 443),
    ...fromServices(context, ["gateway-api"], NGINX_PORT),
    ...operator(context),
  ],
};

function operator(context: ServiceContext) {
  return fromServices(context, ["postgres-operator"], POSTGRES_PORT, PATRONI_PORT).map((traffic) => ({
    ...traffic,
    name: "database-operator",
  }));
}

const VOLUMES = { registry: "100Gi", database: "5Gi", redis: "2Gi", trivy: "10Gi" } as const;

function claims(context: ServiceContext) {
  const field = storageClassField(context);
  const sized = Object.entries(VOLUMES).map(([name, size]) => [name, { size, ...field }] as const);
  return { ...Object.fromEntries(sized), jobservice: { jobLog: { size: "2Gi", ...field } } };
}

function databaseOf(context: ServiceContext) {
  if (!context.isEnabled("postgres-operator")) {
    return { database: { type: "internal", internal: part("50m", "128Mi", "1Gi") } };
  }
  return {
    database: {
      type: "external",
      external: {
        host: `${database.name}.${catalogue.harbor.namespace}.svc`,
        port: String(POSTGRES_PORT),
        username: database.user,
        coreDatabase: database.database,
        existingSecret: databaseSecret(database),
        // The operator's servers refuse anything else.
        sslmode: "require",
      },
    },
  };
}

/** TLS ends at the Gateway. Without one the registry is reached by port-forward only. */
function page(context: ServiceContext) {
  const host = pageHost(context, "harbor");
  const route = host === undefined ? {} : { route: { parentRefs: [secureListener], hosts: [host] } };
  return {
    externalURL: host === undefined ? "http://harbor.harbor.svc" : `https://${host}`,
    expose: { type: host === undefined ? "clusterIP" : "route", tls: { enabled: false }, ...route },
  };
}
