/** What Flux says of its objects, and what that means for the person who has to do something. */
import type { AnyObject } from "../../runner/kubernetes/objects";

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly observedGeneration?: number;
}

/** Where an object of Flux, or a workload, stands. */
export interface Standing {
  readonly ready: boolean;
  /** One line; what is being waited for where nothing was said yet. */
  readonly message: string;
}

const LONGEST_MESSAGE = 400;

function conditionsOf({ status }: AnyObject): readonly Condition[] {
  const conditions = status?.["conditions"];
  return Array.isArray(conditions) ? (conditions as Condition[]) : [];
}

export function hasCondition(object: AnyObject, type: string): boolean {
  return conditionsOf(object).some((condition) => condition.type === type && condition.status === "True");
}

/** A condition that is about an older version of the object says nothing about this one. */
export function standingOf(object: AnyObject): Standing {
  const { metadata, status, spec } = object;
  if (spec?.["suspend"] === true) return { ready: false, message: "suspended" };
  const condition = conditionsOf(object).find(({ type }) => type === "Ready");
  const observed = condition?.observedGeneration ?? status?.["observedGeneration"];
  const current = observed === undefined || observed === metadata?.generation;
  if (condition === undefined || !current) return { ready: false, message: "not looked at yet" };
  const message = [condition.reason, condition.message].filter((part) => part).join(": ");
  return { ready: condition.status === "True", message: oneLine(message) };
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, " ").trim().slice(0, LONGEST_MESSAGE);
}

/** First match counts. Flux has no codes for these: its messages are those of Go's git, kustomize and sops. */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /host ?key|knownhosts|known_hosts/i,
    "The Git host shows another key than the one that is known. If that is right, put the new one into gitops.repository.knownHosts.",
  ],
  [
    /unable to authenticate|authentication (required|failed)|authorization failed|permission denied|invalid credentials|HTTP 40[13]/i,
    "The Git host refuses the login that Flux was given: the token (opencenter:gitToken) or the deploy key (output gitops.deployKey) has to be valid for this repository.",
  ],
  [
    /couldn't find remote ref|reference not found|repository not found/i,
    "gitops.repository.url and .branch must name what is there.",
  ],
  [
    /unknown authority|x509/i,
    "The nodes do not trust the certificate of the Git host: openstack.caCertificate is for the cloud alone; use ssh, or a certificate that they trust.",
  ],
  [
    /no such host|dial tcp|connection refused|i\/o timeout|context deadline exceeded.*(git|clone)/i,
    "Pods must reach the Git host: look at DNS, routes and the egress of the network.",
  ],
  [/path not found/i, "The branch does not hold this cluster: pulumi up publishes it again."],
  [
    /decrypt|sops|no identity matched/i,
    "Secret sops-age in flux-system must hold the age identity that the files are encrypted for: pulumi up writes it again.",
  ],
  [
    /no matches for kind|dry-run failed/i,
    "The API refuses what is in Git: the message says which object. Mend it in Git, or in the configuration.",
  ],
  [/health check/i, "See what is not healthy: kubectl -n flux-system describe kustomization flux-system."],
];

/** What to do about something that Flux said. */
export function hintFor(message: string): string | undefined {
  return HINTS.find(([pattern]) => pattern.test(message))?.[1];
}
