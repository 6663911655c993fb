/** What runs on the machines: Kubernetes, its installer, GitOps, services, secrets, backup. */
import { z } from "zod";
import { defaultKubernetesVersion, defaultKubesprayRef } from "../compatibility";
import { cidr, dnsName, duration, httpUrl, pem } from "./primitives";

const oidc = z.strictObject({
  issuerUrl: z.url({ protocol: /^https$/, error: "must be an https URL" }).describe("Issuer."),
  clientId: z.string().min(1).describe("Client id."),
  usernameClaim: z.string().min(1).default("sub").describe("Claim that names the user."),
  usernamePrefix: z.string().default("oidc:").describe("Put before user names."),
  groupsClaim: z.string().min(1).default("groups").describe("Claim that lists the groups."),
  groupsPrefix: z.string().default("oidc:").describe("Put before group names."),
  caCertificate: pem.optional().describe("CA certificate of the issuer in PEM form."),
});

const audit = z.strictObject({
  enabled: z.boolean().default(true).describe("Write an audit log on each control-plane node."),
  maxAgeDays: z.int().min(1).default(30).describe("Days that a log file is kept."),
  maxBackups: z.int().min(1).default(10).describe("Log files that are kept."),
  maxSizeMiB: z.int().min(1).default(100).describe("Size at which a log file is rotated, in MiB."),
});

const encryptionAtRest = z.strictObject({
  enabled: z.boolean().default(true).describe("Encrypt Secrets in etcd."),
  algorithm: z
    .enum(["secretbox", "aescbc", "aesgcm"])
    .default("secretbox")
    .describe("Cannot change after installation."),
});

/** Container images that nodes fetch from somewhere else than their name says. */
const registryMirror = z.strictObject({
  prefix: z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?(:\d+)?$/, "must be the host of a registry, for example docker.io")
    .describe("Registry in the names of images."),
  hosts: z
    .array(
      z.strictObject({
        url: httpUrl.describe("Address of the mirror."),
        capabilities: z
          .array(z.enum(["pull", "resolve", "push"]))
          .min(1, "must name at least one")
          .default(["pull", "resolve"])
          .describe("What the mirror is asked for."),
        skipVerify: z.boolean().default(false).describe("Do not check its certificate."),
        caFile: z
          .string()
          .regex(/^\/\S+$/, "must be an absolute path")
          .optional()
          .describe("CA certificate of the mirror, as a file that the image of the nodes has."),
      }),
    )
    .min(1, "must name at least one host")
    .describe("Mirrors, in the order in which they are tried."),
});

const proxy = z
  .strictObject({
    http: httpUrl.optional().describe("Proxy for http."),
    https: httpUrl.optional().describe("Proxy for https."),
    noProxy: z
      .array(z.string().regex(/^[^\s,]+$/, "must be a host, a domain or a network"))
      .default([])
      .describe("Reached directly, beside the cluster's own networks and names."),
  })
  .refine(({ http, https }) => http !== undefined || https !== undefined, "must have http or https");

const kubelet = z.strictObject({
  maxPods: z.int().min(16).max(1000).default(110).describe("Pods that a node may run."),
  reserved: z
    .strictObject({
      cpuMillicores: z.int().min(0).max(64_000).default(100).describe("Processor time in thousandths."),
      memoryMiB: z.int().min(0).max(262_144).default(256).describe("Memory in MiB."),
    })
    .prefault({})
    .describe("Kept from pods, for the kubelet and the container runtime."),
});

const certificates = z.strictObject({
  autoRenew: z
    .boolean()
    .default(true)
    .describe("Renew the control plane's certificates every month, on the first Monday."),
});

export const kubernetes = z.strictObject({
  version: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, "must be a full version without 'v', for example 1.35.4")
    .default(defaultKubernetesVersion)
    .describe("Kubernetes version."),
  podCidr: cidr.default("10.42.0.0/16").describe("Network of the pods."),
  serviceCidr: cidr.default("10.43.0.0/16").describe("Network of the Services."),
  podPrefixPerNode: z
    .int()
    .min(16)
    .max(30)
    .default(24)
    .describe("Prefix length of each node's part of podCidr."),
  cni: z.enum(["calico", "cilium"]).default("calico").describe("Network plug-in."),
  encapsulation: z
    .enum(["vxlan", "ipip", "none"])
    .default("vxlan")
    .describe("How pod traffic crosses nodes; `none` routes it natively."),
  clusterDomain: dnsName.default("cluster.local").describe("DNS domain inside the cluster."),
  oidc: oidc.optional().describe("Log in to the API through an OpenID Connect issuer."),
  audit: audit.prefault({}).describe("Audit log of the API."),
  encryptionAtRest: encryptionAtRest.prefault({}).describe("Encryption of Secrets in etcd."),
  hardening: z.boolean().default(true).describe("Kubespray's hardening set."),
  kubelet: kubelet.prefault({}).describe("The agent on each node."),
  certificates: certificates.prefault({}).describe("Certificates of the control plane."),
  registryMirrors: z.array(registryMirror).default([]).describe("Mirrors of image registries."),
  proxy: proxy.optional().describe("Proxy through which the nodes reach the Internet."),
  extraVars: z
    .record(z.string(), z.json())
    .default({})
    .describe("Kubespray variables that this configuration has no key for."),
});

/** A site's own copies of what Kubespray downloads. */
const offline = z
  .strictObject({
    files: httpUrl
      .optional()
      .describe("Server of files, laid out by upstream host: <files>/github.com/…, <files>/dl.k8s.io/…"),
    registry: z
      .string()
      .regex(/^[a-z0-9][-a-z0-9.]*(:\d+)?(\/[-a-z0-9._/]+)?$/, "must be a registry without https://")
      .optional()
      .describe("Registry that holds all images, for example registry.example.com:5000/k8s."),
    wheels: z
      .string()
      .min(1)
      .optional()
      .describe("Folder of Python wheels on the machine that runs this, for Ansible itself."),
  })
  .refine((value) => Object.values(value).some((one) => one !== undefined), "must have a key");

export const kubespray = z.strictObject({
  ref: z.string().min(1).default(defaultKubesprayRef).describe("Release tag, or the commit of one."),
  source: z.enum(["git", "directory", "image"]).default("git").describe("Where Kubespray comes from."),
  url: z
    .string()
    .min(1)
    .default("https://github.com/kubernetes-sigs/kubespray.git")
    .describe("Repository, for source: git."),
  directory: z.string().min(1).optional().describe("Checkout, for source: directory."),
  image: z.string().min(1).optional().describe("Container image, for source: image."),
  forks: z.int().min(1).max(500).default(20).describe("Machines that Ansible works on at once."),
  timeout: duration.default("2h").describe("Limit of one playbook run."),
  offline: offline.optional().describe("Sources for sites without the Internet."),
  replaceFirstControlPlane: z
    .boolean()
    .default(false)
    .describe("Allow the removal of the first control-plane node, for one change at a time."),
});

const generation = z.int().min(1).max(9999);

export const secrets = z.strictObject({
  age: z
    .strictObject({
      generations: z.array(generation).min(1).default([1]).describe("Key generations that can decrypt."),
      active: generation.default(1).describe("The one that new secrets are encrypted for."),
    })
    .prefault({})
    .describe("age keys of the GitOps repository."),
  applicationCredential: z
    .strictObject({
      generations: z
        .array(generation)
        .min(1)
        .default([1])
        .describe("Generations of credentials that exist in the cloud."),
      active: generation.default(1).describe("The one that the cluster logs in to the cloud with."),
    })
    .prefault({})
    .describe("Application credentials of the cloud controller and of the services."),
  ssh: z
    .strictObject({
      generation: generation.default(1).describe("The key that playbooks log in with, and new machines get."),
      generations: z
        .array(generation)
        .min(1)
        .optional()
        .describe("Keys that exist; more than one while one gives way to another. @default [generation]"),
    })
    .prefault({})
    .describe("SSH keys of the machines. A running cluster gets another one with `opencenter rotate ssh`."),
  encryptionKey: z
    .strictObject({
      generation: generation.default(1).describe("The key that a new control-plane node begins with."),
      generations: z
        .array(generation)
        .min(1)
        .optional()
        .describe("Keys that exist; more than one while one gives way to another. @default [generation]"),
    })
    .prefault({})
    .describe(
      "Keys of encryption at rest. A running cluster gets another one with `opencenter rotate encryption-key`.",
    ),
});

export const backup = z.strictObject({
  store: z.enum(["swift", "s3", "none"]).default("swift").describe("Where backups go."),
  bucket: z
    .string()
    .regex(/^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]$/, "must be a bucket name")
    .optional()
    .describe("Bucket or container. @default <organization>-<cluster>-backup"),
  endpoint: httpUrl.optional().describe("Address of the S3 service, for store: s3."),
  region: z.string().min(1).optional().describe("Region of the S3 service, for store: s3."),
  schedule: z
    .string()
    .regex(/^(\S+\s+){4}\S+$/, "must be a cron expression of five fields")
    .default("0 3 * * *")
    .describe("When, as a cron expression in UTC."),
  retention: duration.default("30d").describe("How long a backup is kept."),
  etcdSnapshots: z.boolean().default(true).describe("Snapshots of etcd beside the objects."),
});
