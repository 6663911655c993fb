/** Programs of the sandbox that are written in TypeScript, as daemons. */
import { join } from "node:path";
import { PROJECT, SANDBOX } from "../toolchain/paths";
import { plainEnvironment } from "./backend";
import type { DaemonOptions } from "./daemons";

/** @param entry its source, relative to `sandbox/` */
export function nodeProgram(entry: string, flags: Readonly<Record<string, string>>): DaemonOptions {
  const args = Object.entries(flags).map(([name, value]) => `--${name}=${value}`);
  return {
    command: process.execPath,
    args: [`--require=${join(PROJECT, "runner/typescript.cjs")}`, join(SANDBOX, entry), ...args],
    env: plainEnvironment(),
  };
}
