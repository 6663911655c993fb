/**
 * One at a time: a run per cluster, because Pulumi deletes several nodes at once and etcd must lose one after the
 * other; a build or an installation per machine. Between machines, Pulumi's own lock counts.
 */
import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "./supervisor/processTree.mjs";

interface Holder {
  readonly pid: number;
  /** When the process began, as its system counts; a process that merely got the same pid differs. */
  readonly began: string;
}

const POLL_MS = 500;

/**
 * Runs work while no other process runs work under the same lock. A lock whose process is gone is taken over, so a
 * killed build blocks nobody.
 *
 * By hand because flock has no counterpart in Node.js and npm's lock packages know no pids.
 *
 * @param path the lock file
 * @param report is told whom we wait for
 */
export async function withLock<T>(
  path: string,
  report: (line: string) => void,
  work: () => Promise<T>,
): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  let said = "";
  while (!tryLock(path)) {
    const holder = readHolder(path);
    if (holder === undefined || !isHeld(holder)) takeAway(path, holder);
    else {
      const line = `waiting for process ${holder.pid}, which is at the same work`;
      if (line !== said) report((said = line));
      await sleep(POLL_MS);
    }
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}

function tryLock(path: string): boolean {
  // Written aside and linked, so that nobody ever reads a lock without its holder.
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(
    draft,
    JSON.stringify({ pid: process.pid, began: beginningOf(process.pid) } satisfies Holder),
  );
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Moves a stale lock aside. Two waiters may both have seen it; a new lock that one of them moved is put back. */
function takeAway(path: string, stale: Holder | undefined): void {
  const aside = `${path}.${process.pid}.stale`;
  try {
    renameSync(path, aside);
    const moved = readHolder(aside);
    if (moved && (moved.pid !== stale?.pid || moved.began !== stale.began)) linkSync(aside, path);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code !== "ENOENT" && code !== "EEXIST") throw error;
  } finally {
    rmSync(aside, { force: true });
  }
}

function readHolder(path: string): Holder | undefined {
  try {
    return JSON.parse(readFileSync(path, "utf8")) as Holder;
  } catch {
    return undefined;
  }
}

function isHeld({ pid, began }: Holder): boolean {
  return isAlive(pid) && beginningOf(pid) === began;
}

/** Field 22 of /proc/<pid>/stat; empty where there is no /proc, which leaves the pid alone to tell. */
function beginningOf(pid: number): string {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? "";
  } catch {
    return "";
  }
}
