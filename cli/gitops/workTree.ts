/** The organisation's repository as a folder on this machine. */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Files } from "../../gitops/types";
import { UserError } from "../errors";
import type { Folder } from "./cluster";

/** Everything that is generated or encrypted is below one of these. */
const PARTS = ["base", "clusters", "overlays"];

/**
 * Files of all clusters by path.
 * @throws UserError when the folder cannot be read
 */
export function readWorkTree({ path, shown }: Folder): Files {
  const files = PARTS.flatMap((part) => readBelow(path, part, shown));
  return new Map(files.sort(([a], [b]) => (a < b ? -1 : 1)));
}

function readBelow(root: string, folder: string, shown: string): [string, string][] {
  try {
    return readdirSync(join(root, folder), { withFileTypes: true }).flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      // What a link points to is not of this repository.
      if (entry.isDirectory()) return readBelow(root, path, shown);
      return entry.isFile() ? [[path, readFileSync(join(root, path), "utf8")]] : [];
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw new UserError(
      `${shown}/${folder} cannot be read: ${(error as Error).message}`,
      "Check the path and its permissions, or name another folder with --out.",
    );
  }
}

/**
 * Writes and removes files, each whole or not at all.
 * @param edits text by path; undefined removes
 * @throws UserError when the disk or the permissions do not let it
 */
export function writeWorkTree({ path: root, shown }: Folder, edits: ReadonlyMap<string, string | undefined>) {
  try {
    for (const [path, text] of edits) {
      const place = join(root, path);
      if (text === undefined) remove(root, place);
      else {
        mkdirSync(dirname(place), { recursive: true });
        const draft = `${place}.${process.pid}.tmp`;
        writeFileSync(draft, text);
        renameSync(draft, place);
      }
    }
  } catch (error) {
    throw new UserError(
      `${shown} cannot be written: ${(error as Error).message}`,
      "Make room or mend the permissions, then run it again: it goes on where it stopped.",
    );
  }
}

/** With the folders that become empty, as Git does. */
function remove(root: string, place: string): void {
  rmSync(place, { force: true });
  for (let folder = dirname(place); folder !== root; folder = dirname(folder)) {
    if (readdirSync(folder).length > 0) return;
    rmdirSync(folder);
  }
}
