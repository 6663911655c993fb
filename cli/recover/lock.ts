/** The lock that a killed run leaves in a `file://` backend. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { isAlive } from "../../runner/supervisor/processTree.mjs";

export interface StackLock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** Locks of a stack where they can be read, which is on this machine's disk only; elsewhere undefined. */
export function fileLocks(
  backendUrl: string | undefined,
  project: string,
  stack: string,
): StackLock[] | undefined {
  if (backendUrl?.startsWith("file://") !== true) return undefined;
  const folder = backendUrl.slice("file://".length).replace(/^~/, process.env["HOME"] ?? "~");
  const locks = join(folder, ".pulumi", "locks", "organization", project, stack);
  if (!existsSync(locks)) return [];
  return readdirSync(locks)
    .filter((file) => file.endsWith(".json"))
    .map((file) => JSON.parse(readFileSync(join(locks, file), "utf8")) as StackLock);
}

/** Whether the run that holds a lock is still there. Of another machine that cannot be known: undefined. */
export function isHeld(lock: StackLock): boolean | undefined {
  if (lock.hostname !== hostname()) return undefined;
  return isAlive(lock.pid);
}
