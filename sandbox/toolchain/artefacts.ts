import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Report } from "../progress";
import { withLock } from "../../runner/lock";
import type { Cache } from "./paths";

/**
 * The folder of an artefact, made first when it is not there yet. It is filled under another name and renamed when it
 * is complete, so that whatever bears the name is whole, and made under a lock, so that it is made once.
 *
 * @param fill puts the content into the folder that it is given
 * @returns the folder
 */
export async function artefact(
  cache: Cache,
  directory: string,
  report: Report,
  fill: (draft: string) => Promise<void>,
): Promise<string> {
  if (existsSync(directory)) return directory;
  return withLock(cache.lock(basename(directory)), report, async () => {
    if (existsSync(directory)) return directory;
    removeDrafts(directory);
    const draft = `${directory}.draft-${process.pid}`;
    mkdirSync(draft, { recursive: true });
    try {
      await fill(draft);
      renameSync(draft, directory);
    } finally {
      rmSync(draft, { recursive: true, force: true });
    }
    return directory;
  });
}

/** What killed processes left behind; we hold the lock, so nobody is at work in them. */
function removeDrafts(directory: string): void {
  const parent = dirname(directory);
  if (!existsSync(parent)) return;
  for (const name of readdirSync(parent)) {
    if (name.startsWith(`${basename(directory)}.draft-`))
      rmSync(join(parent, name), { recursive: true, force: true });
  }
}
