/** A folder of this machine, which may be a mounted share: `--dir`. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname, join, relative, resolve, sep } from "node:path";
import type { BackupStore } from "./types";

/** Drafts of writes that were killed: no part of any set. */
const DRAFT = /\.\d+\.draft$/;

export function folderStore(folder: string): BackupStore {
  const root = resolve(folder);
  const pathOf = (name: string) => {
    const path = join(root, name);
    // Names come out of manifests, which anybody may have written.
    if (relative(root, path).startsWith("..")) throw new Error(`${name} leaves ${root}`);
    return path;
  };
  return {
    shown: root,
    list: async (prefix) => {
      const below = pathOf(prefix);
      if (!existsSync(below)) return [];
      return readdirSync(below, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && !DRAFT.test(entry.name))
        .map(({ parentPath, name }) => join(parentPath, name))
        .map((path) => ({ name: relative(root, path).split(sep).join("/"), size: statSync(path).size }))
        .sort((a, b) => (a.name < b.name ? -1 : 1));
    },
    read: async (name) => {
      const path = pathOf(name);
      return existsSync(path) ? readFileSync(path) : undefined;
    },
    write: async (name, content) => {
      const path = pathOf(name);
      mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
      const draft = `${path}.${process.pid}.draft`;
      writeFileSync(draft, content, { mode: 0o600 });
      chmodSync(draft, 0o600);
      renameSync(draft, path);
    },
    remove: async (name) => {
      const path = pathOf(name);
      rmSync(path, { force: true });
      removeEmpty(dirname(path), root);
    },
  };
}

/** An object store has no folders: one that holds nothing any more is no set. */
function removeEmpty(folder: string, root: string): void {
  for (let at = folder; at !== root && at.startsWith(root); at = dirname(at)) {
    if (!existsSync(at)) continue;
    for (const draft of readdirSync(at).filter((name) => DRAFT.test(name))) rmSync(join(at, draft));
    if (readdirSync(at).length > 0) return;
    rmdirSync(at);
  }
}
