/** The real `opencenter`, as a process of its own. */
import { execFile } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export const repository = join(__dirname, "..", "..", "..", "..");
export const bin = join(repository, "cli", "opencenter.mjs");

export interface BinResult {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface BinOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly nodeArgs?: readonly string[];
  readonly script?: string;
}

/** A small environment: what the developer has set must not decide a test. */
function cleanEnvironment(home: string): Record<string, string> {
  return { PATH: "/usr/bin:/bin", HOME: home };
}

export function opencenter(args: readonly string[], options: BinOptions = {}): Promise<BinResult> {
  const { cwd = repository, env = {}, nodeArgs = [], script = bin } = options;
  return new Promise((resolve) => {
    const child = execFile(
      process.execPath,
      [...nodeArgs, script, ...args],
      { cwd, env: { ...cleanEnvironment(cwd), ...env }, encoding: "utf8", timeout: 15_000 },
      (error, stdout, stderr) => resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr }),
    );
    child.stdin?.end();
  });
}

/** A project of its own with an empty folder of stacks. */
export function makeProject(): { folder: string; remove(): void } {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-cli-"));
  copyFileSync(join(repository, "Pulumi.yaml"), join(folder, "Pulumi.yaml"));
  mkdirSync(join(folder, "stacks"));
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** A program of that name that answers with the lines of a shell script. */
export function fakeProgram(folder: string, name: string, script: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 });
}

/** What a stack trace looks like. */
export const STACK_TRACE = /\n\s+at .+:\d+:\d+/;
