/** Other programs on this machine. */
import { execFile } from "node:child_process";
import { accessSync, constants, statSync } from "node:fs";
import { delimiter, join } from "node:path";

export interface ProgramResult {
  /** Exit code; undefined when it could not be started or ran out of time. */
  readonly code?: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Path of a program on PATH; undefined when there is none. */
export function findProgram(name: string, env: NodeJS.ProcessEnv = process.env): string | undefined {
  return (env["PATH"] ?? "")
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** Runs a program that asks nothing, and waits for it. Never throws: a result without a code is a failure to run. */
export function runProgram(
  path: string,
  args: readonly string[],
  options: { cwd?: string; timeoutMs: number; env?: NodeJS.ProcessEnv },
): Promise<ProgramResult> {
  return new Promise((resolve) => {
    const child = execFile(
      path,
      args,
      { cwd: options.cwd, env: options.env, timeout: options.timeoutMs, encoding: "utf8" },
      (error, stdout, stderr) => {
        const code = error === null ? 0 : error.code;
        resolve({ code: typeof code === "number" ? code : undefined, stdout, stderr });
      },
    );
    // A program that asks for a password must get an end of input and not wait for ever.
    child.stdin?.end();
  });
}
