/** Flux and what it delivers, as they say of themselves. */
import { hasCondition, standingOf, type Standing } from "../../delivery/flux/conditions";
import { hintFor } from "../../delivery/flux/conditions";
import { nameOf } from "../../delivery/flux/names";
import type { AnyObject } from "../../runner/kubernetes/objects";
import type { Finding } from "./report";

/** Kinds that say whether they are ready, in the order in which they stand on each other. */
export const PLATFORM_KINDS = [
  ["source.toolkit.fluxcd.io/v1", "GitRepository"],
  ["source.toolkit.fluxcd.io/v1", "HelmRepository"],
  ["source.toolkit.fluxcd.io/v1", "OCIRepository"],
  ["source.toolkit.fluxcd.io/v1", "HelmChart"],
  ["kustomize.toolkit.fluxcd.io/v1", "Kustomization"],
  ["helm.toolkit.fluxcd.io/v2", "HelmRelease"],
  ["cert-manager.io/v1", "Certificate"],
] as const;

/** Of Git, as far as the cluster has to follow it. */
export interface GitHead {
  readonly branch: string;
  readonly commit: string;
}

const NO_CONDITIONS = new Set(["HelmRepository"]);

/** OCI repositories of charts are only addresses: Flux gives them no condition. */
const isStatic = ({ kind, spec }: AnyObject) => NO_CONDITIONS.has(kind ?? "") && spec?.["type"] === "oci";

/** @param head of the branch that Flux reads; absent where it could not be asked */
export function platformFindings(objects: readonly AnyObject[], head: GitHead | undefined): Finding[] {
  return [
    ...objects.filter((object) => !isStatic(object)).flatMap((object) => objectFindings(object)),
    ...(head === undefined ? [] : revisionFindings(objects, head)),
  ];
}

const finding = (object: AnyObject, code: string, message: string, repair: string): Finding => ({
  layer: "platform",
  code,
  subject: nameOf(object),
  message,
  repair,
});

function objectFindings(object: AnyObject): Finding[] {
  if (object.spec?.["suspend"] === true)
    return [
      finding(
        object,
        "suspended",
        "is suspended: nothing of it follows Git",
        "reconcile resumes it, or ignore it.",
      ),
    ];
  const standing = standingOf(object);
  if (standing.ready) return [];
  // Flux is at it right now: what it is going to say is not drift yet.
  if (hasCondition(object, "Reconciling") && !hasCondition(object, "Stalled")) return [];
  return [notReady(object, standing)];
}

function notReady(object: AnyObject, { message }: Standing): Finding {
  const repair = hintFor(message) ?? "reconcile has Flux try again; what it says then is the reason.";
  return finding(object, "not-ready", `is not Ready: ${message}`, repair);
}

const text = (value: unknown) => (typeof value === "string" ? value : "");

/** Flux looks once in an interval: a commit that is younger is not drift, so what is behind is asked twice by callers. */
function revisionFindings(objects: readonly AnyObject[], { branch, commit }: GitHead): Finding[] {
  const wanted = `${branch}@sha1:${commit}`;
  const isRoot = ({ metadata }: AnyObject) =>
    metadata?.name === "flux-system" && metadata.namespace === "flux-system";
  const repository = objects.find((object) => object.kind === "GitRepository" && isRoot(object));
  const artifact = text((repository?.status?.["artifact"] as { revision?: unknown } | undefined)?.revision);
  if (repository !== undefined && artifact !== "" && artifact !== wanted)
    return [
      {
        ...finding(
          repository,
          "behind-git",
          "has an older commit than Git",
          "reconcile has Flux look again.",
        ),
        differences: [{ path: "revision", expected: wanted, actual: artifact }],
      },
    ];
  const follows = (object: AnyObject) =>
    (object.spec?.["sourceRef"] as { name?: string } | undefined)?.name === "flux-system";
  return objects
    .filter(
      (object) => object.kind === "Kustomization" && follows(object) && object.spec?.["suspend"] !== true,
    )
    .filter((object) => standingOf(object).ready && text(object.status?.["lastAppliedRevision"]) !== wanted)
    .map((object) => ({
      ...finding(object, "behind-git", "has applied an older commit", "reconcile has Flux look again."),
      differences: [
        { path: "revision", expected: wanted, actual: text(object.status?.["lastAppliedRevision"]) },
      ],
    }));
}
