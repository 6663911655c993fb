/** Objects that an interrupted run made and nobody wrote down, and how they go. */
import { setTimeout as sleep } from "node:timers/promises";
import type { OpenStackClient } from "../cloud/client";
import { CloudError, isNotFound } from "../cloud/errors";
import { FINDERS, type Candidate, type Finder } from "./finders";
import { knowsId, logicalName, type PendingOperation, type StackState } from "./state";

export interface Orphan {
  /** Of the resource that it was to be. */
  readonly type: string;
  /** For people: `server sandbox-cp-1`. */
  readonly what: string;
  readonly id: string;
  readonly remove: () => Promise<void>;
}

const ORGANIZATION = "opencenter-organization";

/** A cluster of the same name in another organisation may live in the same project; its objects say so. */
export function belongsToOthers(
  { tags, metadata }: Pick<Candidate, "tags" | "metadata">,
  organization: string,
): boolean {
  const tag = tags?.find((one) => one.startsWith(`${ORGANIZATION}=`));
  const owners = [tag?.slice(ORGANIZATION.length + 1), metadata?.[ORGANIZATION]];
  return owners.some((owner) => owner !== undefined && owner !== organization);
}

function rank({ resource }: PendingOperation): number {
  const position = Object.keys(FINDERS).indexOf(resource.type);
  return position === -1 ? Number.POSITIVE_INFINITY : position;
}

/** What was to be made inside something that is gone was not made, or went with it. */
async function candidatesOf(finder: Finder, cloud: OpenStackClient, inputs: Parameters<Finder>[1]) {
  try {
    return await finder(cloud, inputs);
  } catch (error) {
    if (isNotFound(error)) return [];
    throw error;
  }
}

/** In the order in which they can be deleted. */
export async function findOrphans(
  cloud: OpenStackClient,
  state: StackState,
  organization: string,
): Promise<Orphan[]> {
  const creations = state.pending.filter(({ type }) => type === "creating").sort((a, b) => rank(a) - rank(b));
  const orphans: Orphan[] = [];
  for (const { resource } of creations) {
    const finder = FINDERS[resource.type];
    if (finder === undefined) continue;
    const candidates = await candidatesOf(finder, cloud, resource.inputs ?? {});
    for (const candidate of candidates) {
      if (knowsId(state, candidate.id) || belongsToOthers(candidate, organization)) continue;
      const kind = resource.type.split(":").at(-1) ?? resource.type;
      orphans.push({
        type: resource.type,
        what: `${kind} ${logicalName(resource)}`,
        id: candidate.id,
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
