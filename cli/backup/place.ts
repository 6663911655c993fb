/** Where a verb finds the sets of a cluster, and the keys for them. */
import type { Target } from "../operation";
import { ageIdentities } from "./keys";
import { configuredStore, openStore } from "./store";
import type { Place } from "./verify";

export interface PlaceOptions {
  /** Folder instead of the store of the configuration. */
  readonly dir?: string;
  /** File with age identities, beside those of the stack. */
  readonly identity?: string;
}

export async function openPlace(target: Target, { dir, identity }: PlaceOptions): Promise<Place> {
  const { organization, name } = target.config;
  const identities = await ageIdentities(target, identity);
  const store = await openStore(target, dir);
  // With --dir the sets are elsewhere; what Velero keeps is not.
  const veleroStore =
    dir === undefined
      ? store
      : target.config.backup.store === "none"
        ? undefined
        : await configuredStore(target);
  return { store, veleroStore, owner: { organization, name }, identities };
}
