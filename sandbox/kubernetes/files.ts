/** JSON files that several processes read and write: whole or not at all, one writer at a time. */
import { mkdirSync, readFileSync, renameSync, rmdirSync, statSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const POLL_MS = 10;
/** Longer than any update takes; a lock older than this belongs to a process that was killed. */
const STALE_MS = 5000;

/** @returns undefined where the file is absent @throws Error that names the file, when it is not JSON */
export function readJson<T>(path: string): T | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as T;
  } catch (error) {
    throw new Error(`${path} is not JSON: ${(error as Error).message}`);
  }
}

/** Replaces the file, so that a reader never sees half of it. 0600, since keys are among what is written. */
export function writePrivate(path: string, text: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const draft = `${path}.${process.pid}.draft`;
  writeFileSync(draft, text, { mode: 0o600 });
  renameSync(draft, path);
}

export function writeJson(path: string, value: unknown): void {
  writePrivate(path, `${JSON.stringify(value, undefined, 2)}\n`);
}

/**
 * Reads, changes and writes a JSON file while no other process does.
 * @param change returns what is to be written; undefined leaves the file as it is
 */
export function updateJson<T>(path: string, absent: T, change: (value: T) => T | undefined): void {
  exclusively(path, () => {
    const changed = change(readJson<T>(path) ?? absent);
    if (changed !== undefined) writeJson(path, changed);
  });
}

/** Synchronous, since nothing else of the process may run between reading and writing either. */
function exclusively(path: string, work: () => void): void {
  const lock = `${path}.lock`;
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  while (!tryLock(lock)) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, POLL_MS);
  try {
    work();
  } finally {
    rmdirSync(lock);
  }
}

function tryLock(lock: string): boolean {
  try {
    mkdirSync(lock);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  }
  const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
  if (age > STALE_MS) rmdirSync(lock);
  return false;
}
