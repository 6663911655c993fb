/**
 * The whole configuration of a cluster. What a field means, its unit and its default are said here once; the JSON
 * schema for editors and the reference page are made from these descriptions.
 */
import { z } from "zod";
import { drift } from "./drift";
import { access, apiEndpoint, controlPlane, network, openstack, pools } from "./infrastructure";
import { gitops, services, teardown } from "./gitops";
import { backup, kubernetes, kubespray, secrets } from "./platform";
import { dnsLabel, dnsName, tag } from "./primitives";

export const clusterSchema = z.strictObject({
  name: dnsLabel.describe("Name of the cluster; part of every resource's name, so it cannot change."),
  environment: z
    .enum(["development", "staging", "production"])
    .describe("In production, what holds data or addresses is protected against deletion."),
  domain: dnsName.optional().describe("DNS domain of the cluster's names, for example prod.example.com."),
  tags: z
    .array(tag)
    .default([])
    .describe("Tags of every resource that can carry them, beside the program's own."),
  openstack: openstack.describe("The cloud."),
  network: network.prefault({}).describe("The network of the nodes."),
  access: access.describe("Who reaches the cluster from outside."),
  controlPlane: controlPlane.describe("The control plane."),
  pools: pools.default({}).describe("Worker pools by name."),
  apiEndpoint: apiEndpoint.prefault({}).describe("How the Kubernetes API is reached."),
  kubernetes: kubernetes.prefault({}).describe("Kubernetes."),
  kubespray: kubespray.prefault({}).describe("The installer."),
  gitops: gitops
    .optional()
    .describe("The GitOps repository; without it the program stops at a running cluster."),
  services: services.prefault({}).describe("Platform services by name."),
  secrets: secrets.prefault({}).describe("Generations of the keys that the program makes."),
  backup: backup.prefault({}).describe("Backups."),
  drift: drift.prefault({}).describe("The drift report."),
  teardown: teardown.prefault({}).describe("What is cleaned up before the cluster is destroyed."),
});

/** Name of the organisation, `opencenter:organization`. */
export const organizationSchema = dnsLabel.describe("The organisation that the cluster belongs to.");

/** Everything that the program reads from a stack's file, secrets aside. */
export const stackSchema = z.strictObject({
  organization: organizationSchema,
  cluster: clusterSchema.describe("The whole cluster."),
});

/** What a user may write. */
export type ClusterInput = z.input<typeof clusterSchema>;

/** What a user wrote, with every default of the schema filled in. */
export type ClusterSettings = z.output<typeof clusterSchema>;
