/** Waiting for Flux to have taken up what is in Git. */
import { setTimeout as sleep } from "node:timers/promises";
import { RunFailure } from "../../runner/errors";
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { onChange } from "../../runner/output";
import { hintFor, standingOf } from "./conditions";
import { FLUX_NAMESPACE, KUSTOMIZATIONS, nameOf, ROOT_KUSTOMIZATION, ROOT_REPOSITORY } from "./names";

const POLL_MS = 2_000;
/** So many names on one line; the number of the others is said. */
const MOST_NAMES = 3;

/** How many of Flux's Kustomizations are ready. */
export interface Readiness {
  readonly ready: number;
  readonly total: number;
  /** Name and reason of the others. */
  readonly waiting: readonly string[];
}

/** Flux looks at once instead of at its next interval, which may be an hour away. */
export async function poke(api: ClusterObjects): Promise<void> {
  const annotations = { "reconcile.fluxcd.io/requestedAt": new Date().toISOString() };
  for (const root of [ROOT_REPOSITORY, ROOT_KUSTOMIZATION]) {
    const { name, namespace } = root;
    await api.merge(root, { metadata: { name, namespace, annotations } });
  }
}

function revisionOf(repository: AnyObject | undefined): string | undefined {
  return (repository?.status?.["artifact"] as { revision?: string } | undefined)?.revision;
}

/**
 * Ready alone may be about an earlier commit: what was applied has to be what the repository has.
 * @returns the revision, such as `main@sha1:…`
 * @throws RunFailure with what Flux says, when it is not ready in time
 */
export async function rootReady(api: ClusterObjects, limitMs: number): Promise<string> {
  const say = onChange();
  for (const until = Date.now() + limitMs; ; await sleep(POLL_MS)) {
    const repository = await api.read(ROOT_REPOSITORY);
    const root = await api.read(ROOT_KUSTOMIZATION);
    const revision = revisionOf(repository);
    const blocked = [repository, root].find((object) => object === undefined || !standingOf(object).ready);
    const applied = root?.status?.["lastAppliedRevision"];
    if (blocked === undefined && root !== undefined && revision !== undefined && applied === revision)
      return revision;
    const reason = whatIsMissing(repository, root);
    if (Date.now() > until)
      throw new RunFailure(
        `Flux is installed, and its root Kustomization does not become Ready.\n${reason}`,
        [
          ...(hintFor(reason) === undefined ? [] : [hintFor(reason)!]),
          "Then run pulumi up again: it goes on from here.",
        ],
      );
    say(`waiting for Flux: ${reason}`);
  }
}

function whatIsMissing(repository: AnyObject | undefined, root: AnyObject | undefined): string {
  for (const object of [repository, root]) {
    if (object === undefined) return "its repository or root Kustomization is gone";
    const { ready, message } = standingOf(object);
    if (!ready) return `${nameOf(object)}: ${message}`;
  }
  return "it has not applied the newest commit yet";
}

export async function readinessOf(api: ClusterObjects): Promise<Readiness> {
  const all = await api.list(KUSTOMIZATIONS.apiVersion, KUSTOMIZATIONS.kind);
  const own = all.filter(({ metadata }) => metadata?.namespace === FLUX_NAMESPACE);
  const waiting = own.flatMap((object) => {
    const { ready, message } = standingOf(object);
    return ready ? [] : [`${object.metadata?.name}: ${message}`];
  });
  return { ready: own.length - waiting.length, total: own.length, waiting };
}

/** Services may take longer than anybody wants to wait; the cluster is Flux's by now, and Flux goes on trying. */
export async function servicesReady(api: ClusterObjects, limitMs: number): Promise<Readiness> {
  const say = onChange();
  for (const until = Date.now() + limitMs; ; await sleep(POLL_MS)) {
    const readiness = await readinessOf(api);
    const { ready, total, waiting } = readiness;
    if (waiting.length === 0 || Date.now() > until) return readiness;
    const names = byInterest(waiting).slice(0, MOST_NAMES).join("; ");
    const more = waiting.length > MOST_NAMES ? ` and ${waiting.length - MOST_NAMES} more` : "";
    say(`${ready} of ${total} Kustomizations are ready; waiting for ${names}${more}`);
  }
}

/** What waits for something else says nothing new about it. */
function byInterest(waiting: readonly string[]): string[] {
  const waits = (line: string) => line.includes(": DependencyNotReady");
  return [...waiting.filter((line) => !waits(line)), ...waiting.filter(waits)];
}
