/** What loses data or addresses when it goes. */
import { isGiven, ofType, roleOf, text, TYPE, UNKNOWN, type Resource } from "../graph";
import { ALWAYS, byEnvironment, FROM_STAGING, rule, strings, type Level } from "../rule";

const STATEFUL: readonly string[] = [
  TYPE.network,
  TYPE.subnet,
  TYPE.router,
  TYPE.volume,
  TYPE.loadBalancer,
  TYPE.floatingIp,
  TYPE.container,
  TYPE.privateKey,
];

/** Commands that make what cannot be made again. */
const KEYS = ["keys", "seed", "age-identity"];

/** Registered anew at the Git host in a minute, and taken away on purpose when a stack brings its own key. */
const DEPLOY_KEY = /-deploy-key$/;

function losesSomething(resource: Resource): boolean {
  if (resource.type === TYPE.privateKey && DEPLOY_KEY.test(resource.name)) return false;
  if (STATEFUL.includes(resource.type)) return true;
  if (resource.type === TYPE.command) return KEYS.includes(text(resource, "create") ?? "");
  return resource.type === TYPE.instance && roleOf(resource) === "control-plane";
}

/** What of an instance Nova would rebuild it for, its disk included. */
const REBUILDS = ["imageId", "imageName", "userData", "keyPair"];

function isNew(resource: Resource): boolean {
  return resource.props["id"] === UNKNOWN;
}

function isKnown(resource: Resource): boolean {
  return typeof resource.props["id"] === "string" && resource.props["id"] !== "";
}

/** Once per stack, so that a new one beside others that are there takes the place of an old one. */
const ONE_OF_A_KIND: readonly string[] = [TYPE.network, TYPE.subnet, TYPE.router, TYPE.loadBalancer];

/** Which resources this run would make anew although the machine around them stays. */
function replaced(resources: readonly Resource[]): Resource[] {
  const groups = ofType(resources, TYPE.securityGroup);
  // Of a stack that is not built yet, everything is new.
  if (!groups.some(isKnown)) return [];
  const single = resources.filter((resource) => ONE_OF_A_KIND.includes(resource.type) && isNew(resource));
  const machines = ofType(resources, TYPE.instance)
    .filter((instance) => roleOf(instance) === "control-plane" && isNew(instance))
    .filter(({ uses }) => (uses["networks"] ?? []).some(isKnown));
  return [...single, ...machines];
}

export const protection = [
  rule({
    name: "stateful-protected",
    family: "protection",
    summary: "What holds data, keys or addresses cannot be deleted by accident.",
    fix: "Set environment: production, which protects it; to delete it on purpose: `npx opencenter decommission`.",
    severity: "critical",
    levels: byEnvironment<Level>("disabled", "disabled", "mandatory"),
    options: { except: strings("Names of resources that need no protection.") },
    resource: (resource, { options: { except } }) =>
      losesSomething(resource) && !resource.protect && !except.includes(resource.name)
        ? ["is not protected: a wrong line in a file deletes it, and what it holds."]
        : [],
  }),
  rule({
    name: "no-replacement",
    family: "protection",
    summary: "Networks, the API's load balancer and control-plane machines are not replaced by accident.",
    fix: "Undo the change that replaces it. If it is meant: back up, then list its name under this rule's `allow`.",
    severity: "critical",
    levels: FROM_STAGING,
    options: { allow: strings("Names of resources that may be replaced.") },
    stack: (resources, { options: { allow } }) =>
      replaced(resources)
        .filter(({ name }) => !allow.includes(name))
        .map(({ name, urn }) => ({ message: `${name} would be deleted and made anew.`, urn })),
  }),
  rule({
    name: "no-rebuild",
    family: "protection",
    summary: "A new image, key or cloud-init document never touches a running server.",
    fix: `Add ${REBUILDS.join(", ")} to its ignoreChanges; roll nodes by adding new ones and removing old ones.`,
    severity: "critical",
    levels: ALWAYS,
    options: {},
    resource(resource) {
      if (resource.type !== TYPE.instance || resource.ignoreChanges.includes("*")) return [];
      const missing = REBUILDS.filter((field) => !resource.ignoreChanges.includes(field));
      return missing.length === 0
        ? []
        : [
            `is rebuilt, its disk included, when ${missing.join(", ")} change(s), and a preview calls that an update.`,
          ];
    },
  }),
  rule({
    name: "backup-kept",
    family: "protection",
    summary: "The backup container is not emptied when it is deleted.",
    fix: "Leave forceDestroy out; empty the container by hand when nobody needs its content.",
    severity: "critical",
    levels: FROM_STAGING,
    options: {},
    resource: (resource) =>
      resource.type === TYPE.container && resource.props["forceDestroy"] === true
        ? ["takes every backup with it when it is deleted (forceDestroy)."]
        : [],
  }),
  rule({
    name: "volume-survives",
    family: "protection",
    summary: "Root disks of control-plane machines are volumes.",
    fix: "Give controlPlane.rootVolume a size: a local disk is gone with its host, and etcd's data with it.",
    severity: "medium",
    levels: byEnvironment<Level>("disabled", "disabled", "advisory"),
    options: {},
    resource: (resource) =>
      resource.type === TYPE.instance &&
      roleOf(resource) === "control-plane" &&
      !isGiven(resource, "blockDevices")
        ? ["keeps etcd on the host's own disk."]
        : [],
  }),
];
