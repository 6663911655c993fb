/** One run per cluster at a time: Pulumi deletes several nodes at once, and etcd must lose one after the other. */
import { closeSync, openSync, readFileSync, rmSync, writeSync } from "node:fs";
import { mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { status } from "./output";
import { isAlive } from "./supervisor/processTree.mjs";

/** In milliseconds. */
const POLL = 500;

/** Runs `work` when no other process of this machine works on the cluster; between machines, Pulumi's own lock counts. */
export async function withLock<T>(path: string, work: () => Promise<T>): Promise<T> {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  for (let said = false; !acquire(path); said = true) {
    if (!said) status("waiting for another run on this cluster");
    await sleep(POLL);
  }
  const release = () => rmSync(path, { force: true });
  process.once("exit", release);
  try {
    return await work();
  } finally {
    process.off("exit", release);
    release();
  }
}

function acquire(path: string): boolean {
  try {
    const file = openSync(path, "wx", 0o600);
    writeSync(file, String(process.pid));
    closeSync(file);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  removeAbandoned(path);
  return false;
}

/** A killed run leaves its lock behind. */
function removeAbandoned(path: string): void {
  try {
    const holder = Number(readFileSync(path, "utf8"));
    // Empty: its maker has not come to write its number yet.
    if (holder > 0 && !isAlive(holder)) rmSync(path, { force: true });
  } catch {
    // Released in the meantime.
  }
}
