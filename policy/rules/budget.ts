/** How much of a cloud a stack may take. */
import { list, number, ofType, text, TYPE, type Resource } from "../graph";
import { ALWAYS, byEnvironment, integer, rule, table } from "../rule";

/** Zero is no limit, for those that have none by default. */
function over(what: string, used: number, limit: number): string[] {
  return limit > 0 && used > limit ? [`The stack has ${used} ${what}, and may have ${limit}.`] : [];
}

function volumeGiB(resource: Resource): number {
  if (resource.type === TYPE.volume) return number(resource, "size") ?? 0;
  if (resource.type !== TYPE.instance) return 0;
  return list(resource, "blockDevices")
    .map((device) => device as Record<string, unknown>)
    .filter((device) => device["destinationType"] === "volume" && typeof device["volumeSize"] === "number")
    .reduce((sum, device) => sum + (device["volumeSize"] as number), 0);
}

const FIX =
  "Make the cluster smaller, or raise the limit of this rule for this stack, which a reviewer sees.";

export const budget = [
  rule({
    name: "budget-instances",
    family: "budget",
    summary: "The stack has no more servers than agreed.",
    fix: FIX,
    severity: "medium",
    levels: ALWAYS,
    options: { limit: integer("Servers, the bastion included.", byEnvironment(20, 50, 200)) },
    stack: (resources, { options: { limit } }) =>
      over("servers", ofType(resources, TYPE.instance).length, limit),
  }),
  rule({
    name: "budget-vcpus",
    family: "budget",
    summary: "The stack's servers have no more vCPUs than agreed.",
    fix: `${FIX} A flavor that is not listed is added under this rule's flavors.`,
    severity: "medium",
    levels: ALWAYS,
    options: {
      limit: integer("vCPUs of all servers; 0 is no limit.", byEnvironment(0, 0, 0)),
      flavors: table(
        "vCPUs of each flavor, by the name that the configuration uses: a preview does not ask the cloud.",
      ),
    },
    stack(resources, { options: { limit, flavors } }) {
      if (limit === 0) return [];
      const used = ofType(resources, TYPE.instance).map(
        (instance) => text(instance, "flavorName") ?? text(instance, "flavorId") ?? "(not known yet)",
      );
      const unknown = [...new Set(used.filter((flavor) => flavors[flavor] === undefined))];
      const sum = used.reduce((total, flavor) => total + (flavors[flavor] ?? 0), 0);
      return [
        ...unknown.map((flavor) => `Nothing says how many vCPUs flavor ${flavor} has.`),
        ...over("vCPUs", sum, limit),
      ];
    },
  }),
  rule({
    name: "budget-volumes",
    family: "budget",
    summary: "The stack has no more GiB of volumes than agreed.",
    fix: FIX,
    severity: "medium",
    levels: ALWAYS,
    options: {
      limit: integer(
        "GiB of all volumes, root disks on volumes included.",
        byEnvironment(2_000, 10_000, 100_000),
      ),
    },
    stack: (resources, { options: { limit } }) =>
      over(
        "GiB of volumes",
        resources.reduce((sum, resource) => sum + volumeGiB(resource), 0),
        limit,
      ),
  }),
  rule({
    name: "budget-floating-ips",
    family: "budget",
    summary: "The stack has no more floating IPs than agreed.",
    fix: FIX,
    severity: "low",
    levels: ALWAYS,
    options: { limit: integer("Floating IPs that the program makes.", byEnvironment(5, 10, 20)) },
    stack: (resources, { options: { limit } }) =>
      over("floating IPs", ofType(resources, TYPE.floatingIp).length, limit),
  }),
];
