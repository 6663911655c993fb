/** The last backup of a cluster that goes, for `opencenter decommission`. */
import type { Operation } from "../operation";
import { contentsOf, createSet } from "./create";
import { openPlace } from "./place";
import { chooseSet, readSets } from "./sets";

/**
 * Makes a set, and deletes none.
 * @returns its name; undefined where the configuration has no store
 * @throws UserError when it cannot be made as a whole, and then nothing of the cluster may go
 */
export async function finalBackup(operation: Operation): Promise<string | undefined> {
  const { target, narrator } = operation;
  if (target.config.backup.store === "none") {
    narrator.note("No last backup: backup.store is none.");
    return undefined;
  }
  const { store, owner, identities } = await openPlace(target, {});
  const contents = await contentsOf(target, []);
  const { name } = await createSet({ operation, store, identities, skip: [] }, contents);
  return chooseSet(await readSets(store, owner, identities), name, store.shown).name;
}
