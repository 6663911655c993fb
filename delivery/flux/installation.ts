/** Flux's own objects, put onto a cluster that has none of it yet. */
import { setTimeout as sleep } from "node:timers/promises";
import { parseAllDocuments } from "yaml";
import { RunFailure } from "../../runner/errors";
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { onChange, status } from "../../runner/output";
import { hasCondition } from "./conditions";
import { FLUX_NAMESPACE, nameOf, refOf } from "./names";

/**
 * The one under which Flux applies the same objects from Git later. Under any other name, fields that a later version of
 * Flux leaves out would stay for ever, because somebody else still wants them.
 */
export const FIELD_MANAGER = "kustomize-controller";

const POLL_MS = 1_000;
const CRD_LIMIT_MS = 60_000;

export interface InstallationLimits {
  /** Until the controllers run, in milliseconds. */
  readonly deployments: number;
}

/** @throws RunFailure when the text is not a list of Kubernetes objects */
export function parseManifests(text: string, from: string): AnyObject[] {
  const documents = parseAllDocuments(text);
  const objects = (Array.isArray(documents) ? documents : []).map((document) => {
    if (document.errors.length === 0) return document.toJS() as AnyObject | null;
    throw new RunFailure(`${from} is no YAML: ${document.errors[0]!.message.split("\n")[0]}`);
  });
  const present = objects.filter((object) => object !== null);
  if (present.some(({ apiVersion, kind, metadata }) => !apiVersion || !kind || !metadata?.name))
    throw new RunFailure(`${from} holds something that is no Kubernetes object.`, [
      "gitops.flux.manifests has to name the install.yaml of a release.",
    ]);
  return present;
}

/** Safe to repeat: an installation that was cut off goes on. */
export async function installFlux(
  api: ClusterObjects,
  objects: readonly AnyObject[],
  { deployments }: InstallationLimits,
): Promise<void> {
  const isCrd = ({ kind }: AnyObject) => kind === "CustomResourceDefinition";
  const namespaces = objects.filter(({ kind }) => kind === "Namespace");
  const crds = objects.filter(isCrd);
  const others = objects.filter((object) => !isCrd(object) && object.kind !== "Namespace");
  status(`installing Flux: ${objects.length} objects`);
  await applyAll(api, [...namespaces, ...crds]);
  await established(api, crds);
  await applyAll(api, others);
  await available(
    api,
    others.filter(({ kind }) => kind === "Deployment"),
    deployments,
  );
}

export async function applyAll(api: ClusterObjects, objects: readonly AnyObject[]): Promise<void> {
  for (const object of objects) await api.apply(object, FIELD_MANAGER);
}

async function established(api: ClusterObjects, crds: readonly AnyObject[]): Promise<void> {
  const pending = new Set(crds);
  for (const until = Date.now() + CRD_LIMIT_MS; pending.size > 0; await sleep(POLL_MS)) {
    for (const crd of pending) {
      const live = await api.read(refOf(crd));
      if (live !== undefined && hasCondition(live, "Established")) pending.delete(crd);
    }
    if (pending.size > 0 && Date.now() > until)
      throw new RunFailure(`The API does not take up ${[...pending].map(nameOf).join(", ")}.`);
    if (pending.size === 0) return;
  }
}

async function available(
  api: ClusterObjects,
  deployments: readonly AnyObject[],
  limitMs: number,
): Promise<void> {
  const say = onChange();
  for (const until = Date.now() + limitMs; ; await sleep(POLL_MS)) {
    const live = await Promise.all(deployments.map((deployment) => api.read(refOf(deployment))));
    const missing = deployments.filter((_, index) => !isAvailable(live[index]));
    if (missing.length === 0) return;
    const names = missing.map(({ metadata }) => metadata?.name).join(", ");
    if (Date.now() > until) throw await notStarted(api, names);
    say(`waiting for ${names} to run`);
  }
}

/** Of the version that was applied: an older one may be available while the new one cannot start. */
function isAvailable(deployment: AnyObject | undefined): boolean {
  if (deployment === undefined || !hasCondition(deployment, "Available")) return false;
  const { observedGeneration, updatedReplicas } = deployment.status as Record<string, number | undefined>;
  const wanted = (deployment.spec?.["replicas"] as number | undefined) ?? 1;
  return observedGeneration === deployment.metadata?.generation && (updatedReplicas ?? 0) >= wanted;
}

async function notStarted(api: ClusterObjects, names: string): Promise<RunFailure> {
  const pods = await api.list("v1", "Pod");
  const reasons = pods
    .filter(({ metadata }) => metadata?.namespace === FLUX_NAMESPACE)
    .flatMap((pod) => reasonsOf(pod).map((reason) => `  ${pod.metadata?.name}: ${reason}`));
  return new RunFailure([`Flux does not start: ${names}.`, ...new Set(reasons)].join("\n"), [
    "Images come from ghcr.io unless gitops.flux.manifests names other ones; nodes must reach the registry and have room for the pods.",
    "Then run pulumi up again: it goes on from here.",
  ]);
}

interface ContainerStatus {
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } };
}

/** Why a pod does not run: what the kubelet says, or the scheduler. */
function reasonsOf({ status: seen }: AnyObject): string[] {
  const containers = (seen?.["containerStatuses"] ?? []) as readonly ContainerStatus[];
  const waiting = containers.flatMap(({ state }) => state?.waiting ?? []);
  const conditions = (seen?.["conditions"] ?? []) as readonly { status: string; message?: string }[];
  return [
    ...waiting.map(({ reason, message }) => [reason, message].filter((part) => part).join(": ")),
    ...conditions.flatMap(({ status: value, message }) => (value === "False" && message ? [message] : [])),
  ];
}
