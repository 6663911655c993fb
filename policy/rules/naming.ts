/** Names and tags: how clusters of one project are told apart, and cleaned up. */
import { at, isTrue, leaves, list, text, TYPE, UNKNOWN, type Resource } from "../graph";
import { ALWAYS, rule, strings, byEnvironment, type Level } from "../rule";

const IN_TAGS: readonly string[] = [
  TYPE.network,
  TYPE.subnet,
  TYPE.router,
  TYPE.port,
  TYPE.securityGroup,
  TYPE.floatingIp,
  TYPE.loadBalancer,
  TYPE.listener,
  TYPE.instance,
];
const IN_METADATA: readonly string[] = [TYPE.volume, TYPE.container];

/** `key=value` of tags and metadata alike; nothing where they are not known yet. */
function labelsOf(resource: Resource): string[] | undefined {
  if (IN_TAGS.includes(resource.type)) {
    const tags = list(resource, "tags");
    return resource.props["tags"] === UNKNOWN || tags.includes(UNKNOWN) ? undefined : tags.map(String);
  }
  if (!IN_METADATA.includes(resource.type)) return undefined;
  if (resource.props["metadata"] === UNKNOWN) return undefined;
  return leaves(at(resource, "metadata") ?? {}).map(({ path, value }) => `${path}=${String(value)}`);
}

/** Custom resources: components have no module path, providers and the stack are Pulumi's. */
function isCustom({ type }: Resource): boolean {
  return !type.startsWith("pulumi:") && !type.startsWith("opencenter:");
}

export const naming = [
  rule({
    name: "named-after-cluster",
    family: "naming",
    summary: "Every resource's name begins with the cluster's.",
    fix: "Begin the name with the cluster's: names are what tells two clusters of one project apart.",
    severity: "low",
    levels: ALWAYS,
    options: {},
    resource: (resource, { cluster }) =>
      cluster === undefined ||
      !isCustom(resource) ||
      resource.name === cluster ||
      resource.name.startsWith(`${cluster}-`)
        ? []
        : [`is called ${resource.name}, which does not begin with ${cluster}-.`],
  }),
  rule({
    name: "tagged",
    family: "naming",
    summary:
      "Everything in the cloud carries the tags of its cluster, and those that the organisation wants.",
    fix: "Add the tag to `tags` of the cluster; opencenter-cluster and opencenter-organization are the program's own.",
    severity: "medium",
    levels: byEnvironment<Level>("mandatory", "mandatory", "mandatory"),
    options: { required: strings("Keys of tags that every resource must have, such as cost-centre.") },
    resource(resource, { cluster, organization, options: { required } }) {
      const labels = labelsOf(resource);
      if (labels === undefined) return [];
      const own = [
        ...(cluster === undefined ? [] : [`opencenter-cluster=${cluster}`]),
        ...(organization === undefined ? [] : [`opencenter-organization=${organization}`]),
      ];
      // The organisation's tags are in tags alone: metadata holds what programs look for.
      const wanted = IN_TAGS.includes(resource.type) ? required : [];
      return [
        ...own.filter((label) => !labels.includes(label)).map((label) => `lacks ${label}.`),
        ...wanted
          .filter((key) => !labels.some((label) => label.startsWith(`${key}=`)))
          .map((key) => `lacks a tag ${key}=….`),
      ];
    },
  }),
  rule({
    name: "has-component",
    family: "naming",
    summary: "Every resource belongs to a component.",
    fix: "Make it in a ComponentResource, with { parent: this }.",
    severity: "low",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      isCustom(resource) && (resource.parent === undefined || resource.parent.includes(`::${TYPE.stack}::`))
        ? ["hangs on the stack itself: nothing that waits for a component waits for it."]
        : [],
  }),
  rule({
    name: "not-shared",
    family: "naming",
    summary: "Networks of a cluster are its own.",
    fix: "Leave out `shared` and `external`.",
    severity: "high",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type === TYPE.network && (isTrue(resource, "shared") || isTrue(resource, "external"))
        ? ["is open to other projects of the cloud."]
        : [],
  }),
  rule({
    name: "no-generated-name",
    family: "naming",
    summary: "Servers have the names that Kubernetes knows them by.",
    fix: "Set `name` to the resource's own name.",
    severity: "medium",
    levels: ALWAYS,
    options: {},
    resource: (resource) =>
      resource.type === TYPE.instance &&
      text(resource, "name") !== undefined &&
      text(resource, "name") !== resource.name
        ? [
            `is called ${text(resource, "name")} in the cloud and ${resource.name} in the program and the inventory.`,
          ]
        : [],
  }),
];
