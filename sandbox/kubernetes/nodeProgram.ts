/** Programs of the sandbox that are written in TypeScript, as daemons. */
import { createRequire } from "node:module";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { PROJECT, SANDBOX } from "../toolchain/paths";
import { plainEnvironment } from "./backend";
import type { DaemonOptions } from "./daemons";

/** @param entry its source, relative to `sandbox/` */
export function nodeProgram(entry: string, flags: Readonly<Record<string, string>>): DaemonOptions {
  const tsx = pathToFileURL(createRequire(join(PROJECT, "package.json")).resolve("tsx")).href;
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return {
    command: process.execPath,
    args: ["--import", tsx, join(SANDBOX, entry), ...args],
    env: plainEnvironment(),
  };
}
