/** Where sets of backups are kept: names with slashes, contents of bytes, and nothing more than that. */
import { ExitCode, UserError } from "../../errors";
import type { Target } from "../../operation";
import { folderStore } from "./folder";
import { s3Store } from "./s3";
import { swiftStore } from "./swift";
import type { BackupStore } from "./types";

export type { BackupStore, StoredObject } from "./types";

/**
 * The store of a cluster's configuration.
 * @throws UserError where it has none
 */
export async function configuredStore(target: Target): Promise<BackupStore> {
  const { backup } = target.config;
  switch (backup.store) {
    case "swift":
      return swiftStore(await target.cloud(), backup.bucket);
    case "s3":
      return s3Store(target);
    case "none":
      throw new UserError(
        `cluster ${target.config.name} has no backup store: backup.store is none.`,
        "Write backup.store: swift or s3 into the stack's file, or keep the set on a disk: --dir <folder>.",
        ExitCode.failed,
      );
  }
}

/** @param folder instead of the store of the configuration */
export async function openStore(target: Target, folder: string | undefined): Promise<BackupStore> {
  return folder === undefined ? configuredStore(target) : folderStore(folder);
}
