/** Has Flux go on: what is suspended is resumed, what failed is tried again. */
import { setTimeout as sleep } from "node:timers/promises";
import { refOf, nameOf } from "../../delivery/flux/names";
import { poke } from "../../delivery/flux/readiness";
import { standingOf } from "../../delivery/flux/conditions";
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { platformObjects } from "../drift/layers";
import type { Action } from "./plan";

const POLL_MS = 2_000;
/** Of one try of Flux; what needs longer shows in the report that follows. */
const LIMIT_MS = 180_000;

export async function repairFlux(api: ClusterObjects, actions: readonly Action[]): Promise<void> {
  if (actions.length === 0) return;
  const subjects = new Set(actions.map(({ subject }) => subject));
  const meant = (await platformObjects(api)).filter((object) => subjects.has(nameOf(object)));
  // Sources first: the others would try again with what is not there yet.
  for (const object of meant) await again(api, object);
  await poke(api);
  await settled(api, subjects);
}

async function again(api: ClusterObjects, object: AnyObject): Promise<void> {
  const now = new Date().toISOString();
  const annotations = {
    "reconcile.fluxcd.io/requestedAt": now,
    // A release that has used up its tries stays failed until it is told to begin anew.
    ...(object.kind === "HelmRelease" ? { "reconcile.fluxcd.io/resetAt": now } : {}),
  };
  await api.merge(refOf(object), { metadata: { annotations }, spec: { suspend: false } });
}

/** Waits until Flux has tried, whether or not it worked. */
async function settled(api: ClusterObjects, subjects: ReadonlySet<string>): Promise<void> {
  for (const until = Date.now() + LIMIT_MS; Date.now() < until; await sleep(POLL_MS)) {
    const objects = (await platformObjects(api)).filter((object) => subjects.has(nameOf(object)));
    if (objects.every((object) => standingOf(object).ready && isCurrent(object))) return;
  }
}

/** Flux copies the request into the status when it has dealt with it. */
function isCurrent({ metadata, status }: AnyObject): boolean {
  const asked = metadata?.annotations?.["reconcile.fluxcd.io/requestedAt"];
  return asked === undefined || status?.["lastHandledReconcileAt"] === asked;
}
