/**
 * Objects whose creation was answered by nobody: the cloud made them, the answer was lost (a broken connection, a
 * gateway's 504), the run failed and the state knows nothing of them, not even that they were under way. What the next
 * `pulumi up` would create, and is there already under just those inputs, is such an object.
 */
import { parseDigest, type DigestStep } from "../drift/cloud/digest";
import { hasMetadata, type Listed } from "../belongings/match";
import type { OpenStackClient } from "../cloud/client";
import { findDoubles } from "./doubles";
import type { ClusterOwner } from "./namesakes";
import { findOrphans, type Orphan } from "./orphans";
import { knowsId, type StackState, type StateResource } from "./state";
import { isFree } from "./usage";

const CREATIONS = new Set(["create", "create-replacement", "replace"]);

/** From the output of `pulumi preview --json`: what an `up` would make, with its inputs. */
export function plannedCreations(preview: string): StateResource[] {
  return parseDigest(preview, "pulumi preview").flatMap(({ op, urn, newState }: DigestStep) =>
    CREATIONS.has(op) && newState !== undefined
      ? [{ urn, type: newState.type, inputs: newState.inputs ?? {} }]
      : [],
  );
}

/**
 * Machines of this cluster that stand on nothing which the state knows: the state is then not the one that they were made
 * with, and what it misses is not lost.
 */
export async function serversOfOtherState(
  cloud: OpenStackClient,
  state: StackState,
  { organization, name: cluster }: ClusterOwner,
): Promise<Listed[]> {
  const servers = await cloud.service("compute").list<Listed>("/servers/detail", "servers");
  const unknown = servers.filter(
    ({ id, metadata }) =>
      hasMetadata(metadata, { organization, cluster, names: NO_NAMES }) && !knowsId(state, id),
  );
  const ports = await Promise.all(
    unknown.map(({ id }) => cloud.service("network").list<Listed>("/ports", "ports", { device_id: id })),
  );
  return unknown.filter((_, index) => ports[index]!.some(({ id }) => !knowsId(state, id)));
}

const NO_NAMES = { serverGroups: [], keyPairPrefix: "", records: [] };

export interface LostObjects {
  /** In the order in which they can be deleted. */
  readonly lost: readonly Orphan[];
  /** What may be somebody else's: never deleted, and a name that is taken. */
  readonly doubtful: readonly Orphan[];
  /** What somebody uses whom the state does not know, or is older than the stack. */
  readonly inUse: readonly Orphan[];
  /** Whether nothing was looked for, because the cluster's machines are in another state. */
  readonly otherState: boolean;
}

async function whatIsFree(
  cloud: OpenStackClient,
  state: StackState,
  owner: ClusterOwner,
  find: () => Promise<readonly Orphan[]>,
): Promise<LostObjects> {
  if ((await serversOfOtherState(cloud, state, owner)).length > 0)
    return { lost: [], doubtful: [], inUse: [], otherState: true };
  const found = await find();
  const once = [...new Map(found.map((orphan) => [`${orphan.type} ${orphan.id}`, orphan])).values()];
  const answers = await Promise.all(once.map((orphan) => isFree(cloud, state, orphan)));
  const free = once.filter((_, index) => answers[index]);
  return {
    lost: free.filter(({ doubt }) => doubt === undefined),
    doubtful: free.filter(({ doubt }) => doubt !== undefined),
    inUse: once.filter((_, index) => !answers[index]),
    otherState: false,
  };
}

/** Of the operations that were under way when a run was killed. */
export function findInterrupted(
  cloud: OpenStackClient,
  state: StackState,
  owner: ClusterOwner,
): Promise<LostObjects> {
  return whatIsFree(cloud, state, owner, () => findOrphans(cloud, state, owner));
}

/** Of what a run has made and got no answer to: what is still to be made, and what was made again since. */
export function findLost(
  cloud: OpenStackClient,
  state: StackState,
  planned: readonly StateResource[],
  owner: ClusterOwner,
): Promise<LostObjects> {
  const pending = planned.map((resource) => ({ type: "creating" as const, resource }));
  return whatIsFree(cloud, state, owner, async () => [
    ...(await findOrphans(cloud, { ...state, pending }, owner)),
    ...(await findDoubles(cloud, state, owner)),
  ]);
}
