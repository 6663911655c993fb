/** The last backup of a cluster that goes, for `opencenter decommission`. */
import { Unreachable } from "../../runner/kubernetes/objects";
import type { Operation } from "../operation";
import { contentsOf, createSet, SKIPPABLE, type Contents } from "./create";
import { openPlace } from "./place";
import { chooseSet, readSets } from "./sets";

export interface FinalBackupOptions {
  /** The cluster is lost: state and configuration are saved alone when its API does not answer. */
  readonly skipUnreachable: boolean;
}

/**
 * Makes a set, and deletes none.
 * @returns its name; undefined where the configuration has no store
 * @throws UserError when it cannot be made as a whole, and then nothing of the cluster may go
 */
export async function finalBackup(
  operation: Operation,
  options: FinalBackupOptions,
): Promise<string | undefined> {
  const { target, narrator } = operation;
  if (target.config.backup.store === "none") {
    narrator.note("No last backup: backup.store is none.");
    return undefined;
  }
  const { store, owner, identities } = await openPlace(target, {});
  const contents = await reachableContents(operation, options);
  const { name } = await createSet({ operation, store, identities, skip: [] }, contents);
  return chooseSet(await readSets(store, owner, identities), name, store.shown).name;
}

/** Whoever says that the cluster is lost still wants what is not in it; an API that does answer is asked for all. */
export async function reachableContents(
  { target, narrator }: Operation,
  { skipUnreachable }: FinalBackupOptions,
): Promise<Contents> {
  try {
    return await contentsOf(target, []);
  } catch (error) {
    if (!skipUnreachable || !(error instanceof Unreachable)) throw error;
    narrator.note(
      `The Kubernetes API does not answer (${error.reason}): this backup has no ${SKIPPABLE.join(", ")}.`,
    );
    return contentsOf(target, SKIPPABLE, "the Kubernetes API did not answer");
  }
}
