/** Pulumi's lock of a stack in a `file://` backend: who holds it, or who was killed and left it. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors";
import { currentBackend, lockFolder } from "./backend";
import { isAlive } from "../../runner/supervisor/processTree.mjs";

export interface StackLock {
  readonly pid: number;
  readonly username: string;
  readonly hostname: string;
  readonly timestamp: string;
}

/** Locks of a stack where they can be read, which is on this machine's disk only; elsewhere undefined. */
export function stackLocks(stack: string, backendUrl = currentBackend()): StackLock[] | undefined {
  const locks = lockFolder(stack, backendUrl);
  if (locks === undefined) return undefined;
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

/**
 * Refuses to begin where Pulumi would refuse in the middle. Only a `file://` backend can be asked; of another one, Pulumi
 * says it itself.
 * @throws UserError with who holds the lock, or how a dead one's is released
 */
export function refuseLocked(stack: string): void {
  const locks = stackLocks(stack) ?? [];
  const held = locks.find((lock) => isHeld(lock) !== false);
  if (held !== undefined) throw beingWorkedOn(stack, held);
  const [dead] = locks;
  if (dead === undefined) return;
  throw new UserError(
    `a run of Pulumi on stack ${stack} was killed (process ${dead.pid} of ${dead.username}, since ${dead.timestamp}).`,
    `Settle what it left, then run this again: npx opencenter recover ${stack}`,
    ExitCode.failed,
  );
}

export function beingWorkedOn(
  stack: string,
  { pid, username, hostname: host, timestamp }: StackLock,
): UserError {
  const where = host === hostname() ? "" : ` on ${host}`;
  return new UserError(
    `stack ${stack} is being worked on by process ${pid}${where} (${username}, since ${timestamp}).`,
    "Wait for it, or stop it with Ctrl-C, which loses nothing.",
    ExitCode.failed,
  );
}
