/** Folders that are made once per machine, and are either whole or made again. */
import { createHash } from "node:crypto";
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { z } from "zod";
import { writePrivate } from "../../runner/files";
import { withLock } from "../../runner/lock";
import { status } from "../../runner/output";

/** Written last: it says that everything else in the folder is there. */
const MARKER = "complete.json";

const marker = z.object({
  ref: z.string(),
  source: z.string(),
  /** Version of Python that the venv was made with. */
  python: z.string(),
  ansibleCore: z.string(),
});

export type Marker = z.infer<typeof marker>;

export function cacheFolder(env: NodeJS.ProcessEnv): string {
  // An empty variable means none, as the XDG specification has it.
  return (
    env.OPENCENTER_CACHE || join(env.XDG_CACHE_HOME || join(env.HOME || homedir(), ".cache"), "opencenter")
  );
}

export function shortDigest(text: string): string {
  return createHash("sha256").update(text).digest("hex").slice(0, 12);
}

/** What a folder that was made to its end says of itself. */
export function readMarker(folder: string): Marker | undefined {
  try {
    return marker.parse(JSON.parse(readFileSync(join(folder, MARKER), "utf8")));
  } catch {
    return undefined;
  }
}

/** Whether the folder was made to its end, and still works. */
export function isComplete(folder: string): boolean {
  return readMarker(folder) !== undefined && !lostPython(folder);
}

/** A venv links to the Python that it was made with, which an upgrade of the system may take away. */
function lostPython(folder: string): boolean {
  const python = join(folder, "venv", "bin", "python");
  return lstatSync(python, { throwIfNoEntry: false }) !== undefined && !existsSync(python);
}

/**
 * Makes a folder unless it is complete. What a killed run left is thrown away first; a venv cannot be moved, so it is
 * made in its place, and the marker decides.
 */
export async function ensureFolder(folder: string, make: () => Promise<Marker>): Promise<void> {
  if (isComplete(folder)) return;
  await withLock(`${folder}.lock`, status, async () => {
    // Another run may have made it while this one waited.
    if (isComplete(folder)) return;
    // A program that outlives a killed run by a moment may still put files there.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
    mkdirSync(folder, { recursive: true });
    const made = await make();
    writePrivate(join(folder, MARKER), `${JSON.stringify(made)}\n`);
  });
}
