/** What runs inside the cluster: the Git repository, Flux, the platform services. */
import { z } from "zod";
import { defaultFluxVersion } from "../compatibility";
import { serviceNames, type ServiceName } from "../services";
import { dnsName, duration, httpUrl } from "./primitives";

const sha256 = z.string().regex(/^[0-9a-f]{64}$/, "must be a SHA-256 sum: 64 hexadecimal digits");

const flux = z.strictObject({
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, "must be a version such as 2.9.5")
    .default(defaultFluxVersion)
    .describe("Flux that is installed once; afterwards Flux upgrades itself from Git."),
  manifests: z
    .union([
      z.strictObject({
        file: z.string().min(1).describe("The install.yaml of the release, on the machine that runs this."),
        sha256: sha256.optional().describe("Its checksum. @default not checked"),
      }),
      z.strictObject({
        url: httpUrl.describe("Address of the install.yaml of the release."),
        sha256: sha256.optional().describe("Its checksum. @default the release's own list, beside it"),
      }),
    ])
    .optional()
    .describe("Where Flux's manifests come from. @default the official release"),
});

const pullRequests = z.strictObject({
  provider: z
    .enum(["github", "gitlab", "gitea", "none"])
    .optional()
    .describe("What the Git host is. @default by the URL; none where that does not tell"),
  apiUrl: httpUrl.optional().describe("Address of its API. @default by the provider and the URL"),
});

export const gitops = z.strictObject({
  repository: z
    .strictObject({
      url: z
        .string()
        .regex(/^(https?|ssh):\/\/\S+$/, "must begin with https:// or ssh://")
        .describe("Git repository of the organisation."),
      branch: z.string().min(1).default("main").describe("Branch that Flux reads."),
      knownHosts: z
        .array(
          z.string().regex(/^\S+ (ssh|ecdsa)-\S+ \S+$/, "must be a line of known_hosts: host, type, key"),
        )
        .default([])
        .describe("Host keys of the Git host, for ssh. @default those of github.com and gitlab.com"),
    })
    .describe("Where the cluster's manifests are."),
  auth: z.enum(["ssh", "token"]).optional().describe("How Flux logs in. @default by the URL"),
  username: z.string().min(1).default("git").describe("User that the token belongs to, for auth: token."),
  base: z
    .union([
      z.literal("embedded"),
      z.strictObject({ url: httpUrl.describe("Repository."), tag: z.string().min(1).describe("Tag.") }),
    ])
    .default("embedded")
    .describe("HelmReleases and policies: this program's own, or an external gitops-base."),
  charts: z
    .string()
    .regex(/^(https?|oci):\/\/\S+$/, "must begin with https:// or oci://")
    .optional()
    .describe("One repository that holds all charts, for sites without the Internet."),
  interval: duration.default("5m").describe("How often Flux looks at the repository."),
  flux: flux.prefault({}).describe("Flux."),
  pullRequests: pullRequests.prefault({}).describe("How changes are proposed once Flux is at work."),
});

const service = z.strictObject({
  enabled: z.boolean().optional().describe("On or off. @default as in the catalogue"),
  version: z.string().min(1).optional().describe("Chart version. @default as in the catalogue"),
  values: z.record(z.string(), z.json()).default({}).describe("Helm values that override the base's."),
});

const certManager = service.extend({
  acme: z
    .strictObject({
      email: z.email().describe("Where the CA writes to."),
      server: httpUrl
        .default("https://acme-v02.api.letsencrypt.org/directory")
        .describe("Directory of the CA."),
      solver: z
        .enum(["dns01-designate", "http01-gateway"])
        .default("dns01-designate")
        .describe("How the CA is shown that a name is ours."),
      zones: z.array(dnsName).default([]).describe("DNS zones to answer for. @default the cluster's domain"),
    })
    .optional()
    .describe("A ClusterIssuer named letsencrypt. @default none"),
});

const metallb = service.extend({
  addressPools: z
    .array(z.string().min(1))
    .default([])
    .describe("Addresses to give out: networks or ranges such as 10.20.2.10-10.20.2.50."),
});

/** Without a chart there is nothing that a version or values could be of. */
const withoutChart = service.omit({ version: true, values: true });

const SPECIAL = { "cert-manager": certManager, metallb, "etcd-backup": withoutChart } as const;

type ServiceSchemas = {
  [name in ServiceName]: z.ZodOptional<
    name extends keyof typeof SPECIAL ? (typeof SPECIAL)[name] : typeof service
  >;
};

export const services = z.strictObject(
  Object.fromEntries(
    serviceNames.map((name) => {
      const schema = name in SPECIAL ? SPECIAL[name as keyof typeof SPECIAL] : service;
      return [name, schema.optional().describe(`The ${name} service.`)];
    }),
  ) as unknown as ServiceSchemas,
);

export const teardown = z.strictObject({
  timeout: duration
    .default("15m")
    .describe("How long a destroy waits for the cloud to take back load balancers and volumes."),
  skipUnreachable: z
    .boolean()
    .default(false)
    .describe("Destroy although the Kubernetes API does not answer: its load balancers and volumes stay."),
});
