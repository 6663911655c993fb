/** The last backup of a cluster that goes, for `opencenter decommission`. */
import { Unreachable } from "../../runner/kubernetes/objects";
import { ExitCode, UserError } from "../errors";
import type { Operation } from "../operation";
import { contentsOf, createSet, type Contents } from "./create";
import type { Manifest } from "./manifest";
import { openPlace } from "./place";
import { chooseSet, readSets } from "./sets";
import { SKIPPABLE, type Skippable } from "./whole";

export interface FinalBackupOptions {
  /** The cluster is lost: state and configuration are saved alone when its API does not answer. */
  readonly skipUnreachable: boolean;
  /** Parts that somebody says can be missing. */
  readonly skip: readonly Skippable[];
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
  const { skip } = options;
  const manifest = await createSet({ operation, store, identities, skip }, contents);
  requireCompleted(manifest);
  return chooseSet(await readSets(store, owner, identities), manifest.name, store.shown).name;
}

/**
 * Whoever says that the cluster is lost still wants what is not in it; an API that does answer is asked for all.
 * @throws UserError where the configuration wants a part that the cluster cannot give
 */
export async function reachableContents(
  { target, narrator }: Operation,
  { skipUnreachable, skip }: FinalBackupOptions,
): Promise<Contents> {
  const contents = await contentsOf(target, skip).catch((error: unknown) => {
    if (!skipUnreachable || !(error instanceof Unreachable)) throw error;
    narrator.note(`The Kubernetes API does not answer: ${error.reason}.`);
    return contentsOf(target, SKIPPABLE, "the Kubernetes API did not answer");
  });
  if (contents.faults.length > 0)
    throw new UserError(
      "Velero is on in the configuration, and does not run: the last backup would have no objects and no snapshots of " +
        "volumes. Nothing was done.",
      `See why: kubectl -n velero get pods. ${WITHOUT}`,
      ExitCode.failed,
    );
  for (const { part, why } of contents.without) narrator.note(`Without ${part}: ${why}.`);
  return contents;
}

const WITHOUT = "To go on without that part: --skip velero. Without any backup: --no-backup.";

/** What Velero left out goes with the cluster: it is not for this program to say that nobody needs it. */
export function requireCompleted({ name, velero }: Pick<Manifest, "name" | "velero">): void {
  if (velero === undefined || velero.phase === "Completed") return;
  throw new UserError(
    `Velero's part of the last backup, ${name}, ended ${velero.phase} with ${velero.errors} error(s). The cluster was left ` +
      "as it is.",
    `See what is missing: velero backup describe ${name} --details. ${WITHOUT} ${name} stays either way.`,
    ExitCode.failed,
  );
}
