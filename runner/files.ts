/** Files of a run: whole or not at all, and nobody else's to read. */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";

const FILE = 0o600;
const DIRECTORY = 0o700;

export function writePrivate(path: string, content: string | Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: DIRECTORY });
  // The mode above counts only for folders that are not there yet.
  chmodSync(dirname(path), DIRECTORY);
  const draft = `${path}.${process.pid}.tmp`;
  writeFileSync(draft, content, { mode: FILE });
  chmodSync(draft, FILE);
  renameSync(draft, path);
}
