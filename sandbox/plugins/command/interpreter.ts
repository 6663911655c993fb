import { accessSync, constants, statSync } from "node:fs";
import { constants as osConstants } from "node:os";
import { delimiter, join, resolve } from "node:path";
import { getSystemErrorMap } from "node:util";

const SIGNAL_NAMES: Partial<Record<NodeJS.Signals, string>> = {
  SIGHUP: "hangup",
  SIGINT: "interrupt",
  SIGQUIT: "quit",
  SIGABRT: "aborted",
  SIGKILL: "killed",
  SIGSEGV: "segmentation fault",
  SIGPIPE: "broken pipe",
  SIGTERM: "terminated",
};

/**
 * The file of a program. Go looks for it on the PATH of the provider, Node.js would on that of the command's own
 * environment.
 *
 * @throws Error in the words of the official provider
 */
export function lookUp(program: string): string {
  if (program.includes("/")) return program;
  for (const directory of (process.env.PATH ?? "").split(delimiter)) {
    const path = join(resolve(directory), program);
    if (isExecutable(path)) return path;
  }
  throw new Error(`exec: ${JSON.stringify(program)}: executable file not found in $PATH`);
}

/** Why a process could not be started, in Go's words. */
export function startFailure(error: NodeJS.ErrnoException, program: string, directory: string): string {
  // Node.js blames the program for a folder that is not there.
  if (error.code === "ENOENT" && !isDirectory(directory))
    return `chdir ${directory}: no such file or directory`;
  const [, words = error.message] = getSystemErrorMap().get(error.errno ?? 0) ?? [];
  return `fork/exec ${program}: ${words}`;
}

/** How a process ended, in Go's words; undefined when well. */
export function endFailure(code: number | null, signal: NodeJS.Signals | null): string | undefined {
  if (signal !== null) return `signal: ${SIGNAL_NAMES[signal] ?? osConstants.signals[signal]}`;
  return code === 0 ? undefined : `exit status ${code}`;
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isDirectory(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}
