/** The text of a new stack's file: what was decided, explained, and below it what else could be said. */
import { Document, isMap, isScalar, isSeq, type YAMLMap } from "yaml";
import { z } from "zod";
import { defaultKubernetesVersion, defaultKubesprayRef } from "../../config/compatibility";
import { clusterSchema, type ClusterInput } from "../../config/schema";
import type { Answers } from "./decisions";

/** Schema as JSON, which is the simplest form to read descriptions from. */
interface JsonSchema {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: JsonSchema | boolean;
  readonly items?: JsonSchema;
}

const CLUSTER_INDENT = "    ";
const FORMAT = { lineWidth: 0, flowCollectionPadding: false };

function clusterOf(cluster: string, answers: Answers): ClusterInput {
  const text = (key: string) => String(answers[key] ?? "");
  const list = (key: string) => [...(answers[key] ?? [])];
  const zones = list("availabilityZone");
  return {
    name: cluster,
    environment: text("environment") as ClusterInput["environment"],
    ...(text("domain") === "" ? {} : { domain: text("domain") }),
    openstack: {
      cloud: text("cloud"),
      externalNetwork: text("externalNetwork"),
      image: text("image"),
      ...(zones.length === 0 ? {} : { availabilityZones: zones }),
    },
    access: { sshAllowedCidrs: list("sshAllowedCidr"), apiAllowedCidrs: list("apiAllowedCidr") },
    controlPlane: { count: Number(text("controlPlanes")), flavor: text("controlPlaneFlavor") },
    pools: { general: { count: Number(text("workers")), flavor: text("workerFlavor") } },
    apiEndpoint: { type: text("apiEndpoint") as "octavia" },
    // Written down, though these are the defaults: a newer program has others, and a running cluster keeps its own.
    kubernetes: {
      version: defaultKubernetesVersion,
      podCidr: "10.42.0.0/16",
      serviceCidr: "10.43.0.0/16",
      cni: "calico",
    },
    kubespray: { ref: defaultKubesprayRef },
    ...(text("repository") === "" ? {} : { gitops: { repository: { url: text("repository") } } }),
  };
}

/** Sections that many clusters need in time; commented out, with values that show the form. */
export function otherSections(organization: string, cluster: string): Partial<ClusterInput> {
  return {
    tags: [`cost-centre=${organization}`],
    network: {
      cidr: "10.20.0.0/22",
      dnsServers: ["9.9.9.9"],
      ntpServers: ["0.pool.ntp.org", "1.pool.ntp.org"],
    },
    gitops: {
      repository: {
        url: `ssh://git@git.${organization}.internal/${organization}/platform.git`,
        branch: "main",
      },
    },
    backup: {
      store: "swift",
      bucket: `${organization}-${cluster}-backup`,
      schedule: "0 3 * * *",
      retention: "30d",
    },
  };
}

/** The whole file. */
export function stackDocument(cluster: string, answers: Answers): string {
  const organization = String(answers["organization"]);
  const document = new Document({
    config: {
      "pulumi:disable-default-providers": ["*"],
      "opencenter:organization": organization,
      "opencenter:cluster": clusterOf(cluster, answers),
    },
  });
  document.commentBefore = [
    " yaml-language-server: $schema=../schema/cluster.schema.json",
    ` Cluster ${cluster}. After a change: npx opencenter validate ${cluster}, then pulumi preview --stack ${cluster}.`,
  ].join("\n");
  const config = document.get("config") as YAMLMap;
  const settings = config.get("opencenter:cluster") as YAMLMap;
  comment(
    config.items[0]?.key,
    "Every resource names its provider; one that does not would go to a cloud by accident.",
  );
  explain(settings, schemaOfCluster());
  compact(config);
  // The first comment must touch the first key, or editors do not see the schema.
  const text = document.toString(FORMAT).replace(/^((?:#.*\n)+)\n/, "$1");
  return `${text}${CLUSTER_INDENT}# Other sections, with values that show the form; npx opencenter validate explains what is wrong.\n${commentedOut(others(organization, cluster, settings))}`;
}

function schemaOfCluster(): JsonSchema {
  return z.toJSONSchema(clusterSchema, { io: "input", unrepresentable: "any" }) as JsonSchema;
}

/** Puts the schema's description above each key. */
function explain(map: YAMLMap, schema: JsonSchema): void {
  for (const { key, value } of map.items) {
    if (!isScalar(key)) continue;
    const inner =
      schema.properties?.[String(key.value)] ??
      (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
    if (inner === undefined) continue;
    if (inner.description !== undefined) comment(key, inner.description.replace("@default", "Default:"));
    if (isMap(value)) explain(value, inner);
  }
}

function comment(node: unknown, text: string): void {
  if (isScalar(node)) node.commentBefore = ` ${text}`;
}

/** Lists of words on one line. */
function compact(map: YAMLMap): void {
  for (const { value } of map.items) {
    if (isSeq(value)) value.flow = true;
    else if (isMap(value)) compact(value);
  }
}

/** Less what was decided: a section that stands twice would be no YAML once the comment signs go. */
function others(organization: string, cluster: string, decided: YAMLMap): Partial<ClusterInput> {
  const sections = Object.entries(otherSections(organization, cluster));
  return Object.fromEntries(sections.filter(([name]) => !decided.has(name)));
}

function commentedOut(offered: Partial<ClusterInput>): string {
  const document = new Document(offered);
  const sections = document.contents as unknown as YAMLMap;
  explain(sections, schemaOfCluster());
  compact(sections);
  const lines = document.toString(FORMAT).trimEnd().split("\n");
  return lines.map((line) => `${CLUSTER_INDENT}# ${line}\n`).join("");
}
