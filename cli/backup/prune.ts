/** Takes sets out of the store: the manifest first, so that one that was begun to be deleted is never restored from. */
import { durationSeconds } from "../../config/duration";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import type { Operation } from "../operation";
import { MANIFEST, setFolder } from "./names";
import { expired, type Expiry } from "./retention";
import type { BackupSet } from "./sets";
import type { BackupStore } from "./store";
import { deleteBackup } from "./velero";
import { wantedParts } from "./whole";

/** Which sets go. Under the cluster's lock nobody else makes one: what is not complete is dead then. */
export function toPrune(operation: Operation, sets: readonly BackupSet[]): Expiry[] {
  const { config } = operation.target;
  return expired(sets, durationSeconds(config.backup.retention), new Date(), true, wantedParts(config));
}

/** @param api of the cluster; absent where there is none, and then Velero deletes its own by their age */
export async function prune(
  operation: Operation,
  store: BackupStore,
  sets: readonly BackupSet[],
  names: readonly Expiry[],
  api: ClusterObjects | undefined,
): Promise<void> {
  for (const { name, why } of names) {
    const { objects = [] } = sets.find((set) => set.name === name) ?? {};
    await operation.step(`Deleting ${name} (${why})`, async () => {
      const manifest = `${setFolder(operation.target.config, name)}${MANIFEST}`;
      await store.remove(manifest);
      for (const object of objects.filter((candidate) => candidate.name !== manifest))
        await store.remove(object.name);
      if (api !== undefined) await deleteBackup(api, name);
    });
  }
}
