import {
  chmodSync,
  linkSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { bundle } from "./bundle";

/**
 * Installs a program of the sandbox that is written in TypeScript.
 *
 * @param path where the CLI looks for it
 * @param entry its source, relative to `sandbox/`
 * @param bundles where programs made of one file are kept
 */
export function installStandIn(path: string, entry: string, bundles: string): void {
  // Absolute paths throughout: the CLI may be started with a PATH that has neither node nor npm's programs.
  const command = [process.execPath, bundle(entry, bundles)].map(quoted).join(" ");
  const script = `#!/bin/sh\nexec ${command} "$@"\n`;
  if (readOrNothing(path) === script) return;
  replace(path, (draft) => {
    writeFileSync(draft, script);
    chmodSync(draft, 0o755);
  });
}

/** Puts a program of the cache where the CLI looks for it, under a second name for the same file. */
export function installProgram(path: string, source: string): void {
  const existing = statSync(path, { throwIfNoEntry: false });
  if (existing?.ino === statSync(source).ino) return;
  // Not a symbolic link: the CLI looks for its language hosts beside the file that its own name resolves to.
  replace(path, (draft) => linkSync(source, draft));
}

/** Makes a plugin that is installed elsewhere known in another Pulumi home; the folder must be a real one there. */
export function linkPlugin(directory: string, source: string): void {
  mkdirSync(directory, { recursive: true });
  for (const name of readdirSync(source)) {
    const path = join(directory, name);
    if (statSync(path, { throwIfNoEntry: false })?.ino === statSync(join(source, name)).ino) continue;
    replace(path, (draft) => symlinkSync(join(source, name), draft));
  }
}

/** By way of another name, so that a CLI that starts at this moment sees the old file or the new one, but no half. */
function replace(path: string, write: (draft: string) => void): void {
  mkdirSync(dirname(path), { recursive: true });
  const draft = `${path}.draft-${process.pid}`;
  rmSync(draft, { force: true });
  write(draft);
  renameSync(draft, path);
}

function quoted(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function readOrNothing(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
