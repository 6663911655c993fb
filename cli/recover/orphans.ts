/** Objects that an interrupted run made and nobody wrote down, and how they go. */
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenStackClient } from "../cloud/client";
import { CloudError, isNotFound } from "../cloud/errors";
import type { Candidate, Doubt, Finder, Inputs } from "./collection";
import { FINDERS } from "./finders";
import { CLUSTER, hasNamesake, marksOf, ORGANIZATION, type ClusterOwner } from "./namesakes";
import { knowsId, logicalName, type PendingOperation, type StackState } from "./state";

export interface Orphan {
  /** Of the resource that it was to be. */
  readonly type: string;
  /** For people: `server sandbox-cp-1`. */
  readonly what: string;
  readonly id: string;
  /** Where the service tells when it was made. */
  readonly created?: string;
  /** Why it may be somebody else's, so that it is only named. @default it is this stack's */
  readonly doubt?: Doubt;
  readonly remove: () => Promise<void>;
}

/** A cluster of the same name in another organisation may live in the same project; its objects say so. */
export function belongsToOthers(object: Pick<Candidate, "tags" | "metadata">, organization: string): boolean {
  return marksOf(object, ORGANIZATION).some((owner) => owner !== organization);
}

/**
 * Whether a server or a volume says of itself what its creation was given: these are set in the same request, so one without them
 * was made by somebody else. Tags of Neutron are not, and a killed run may never have come to them.
 */
export function saysWhatWasAsked({ metadata }: Pick<Candidate, "metadata">, inputs: Inputs): boolean {
  const asked = (inputs["metadata"] ?? {}) as Readonly<Record<string, unknown>>;
  return [ORGANIZATION, CLUSTER].every((key) => asked[key] === undefined || metadata?.[key] === asked[key]);
}

function rank({ resource }: PendingOperation): number {
  const position = Object.keys(FINDERS).indexOf(resource.type);
  return position === -1 ? Number.POSITIVE_INFINITY : position;
}

/** What was to be made inside something that is gone was not made, or went with it. */
async function candidatesOf(finder: Finder, ...[cloud, inputs, scope]: Parameters<Finder>) {
  try {
    const found = await finder(cloud, inputs, scope);
    return found.filter((candidate) => saysWhatWasAsked(candidate, inputs));
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** In the order in which they can be deleted. */
export async function findOrphans(
  cloud: OpenStackClient,
  state: StackState,
  owner: ClusterOwner,
): Promise<Orphan[]> {
  let namesake: Promise<boolean> | undefined;
  const scope = {
    state,
    cluster: owner.name,
    hasNamesake: () => (namesake ??= hasNamesake(cloud, owner)),
  };
  const creations = state.pending.filter(({ type }) => type === "creating").sort((a, b) => rank(a) - rank(b));
  const orphans: Orphan[] = [];
  for (const { resource } of creations) {
    const finder = FINDERS[resource.type];
    if (finder === undefined) continue;
    const candidates = await candidatesOf(finder, cloud, resource.inputs ?? {}, scope);
    for (const candidate of candidates) {
      if (knowsId(state, candidate.id) || belongsToOthers(candidate, owner.organization)) continue;
      const kind = resource.type.split(":").at(-1) ?? resource.type;
      orphans.push({
        type: resource.type,
        what: `${kind} ${logicalName(resource)}`,
        id: candidate.id,
        created: candidate.created_at,
        doubt: candidate.doubt,
        remove: () => candidate.remove(),
      });
    }
  }
  return orphans;
}

const ATTEMPTS = 30;
const PAUSE_MS = 2000;

/**
 * Deletes an orphan. What is still being built, or holds on to something that is just going, refuses with 409 for a
 * while; that is waited for.
 * @throws CloudError when the cloud still refuses after a minute.
 */
export async function removeOrphan(orphan: Orphan, pauseMs = PAUSE_MS): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await orphan.remove();
    } catch (error) {
      if (isNotFound(error)) return;
      const busy = error instanceof CloudError && error.status === 409;
      if (!busy || attempt === ATTEMPTS) throw error;
      await sleep(pauseMs);
    }
  }
}
