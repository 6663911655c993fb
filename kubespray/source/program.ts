/** Programs that set-up needs, run to their end with their last words kept. */
import type { SourceOptions } from "./types";
import { RunFailure } from "../../runner/errors";

/** In bytes; pip and git say at the end what went wrong. */
const KEPT = 64 * 1024;
const SHOWN_LINES = 15;

export interface ProgramEnd {
  /** Absent when it could not be started. */
  readonly code?: number | null;
  readonly stdout: string;
  /** The last lines of everything that it printed. */
  readonly lastLines: string;
}

export interface ProgramOptions {
  readonly cwd?: string;
  /** Beside this process's own. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Nothing asks on a terminal that is not there. */
const QUIET = { GIT_TERMINAL_PROMPT: "0", PIP_NO_INPUT: "1", PIP_DISABLE_PIP_VERSION_CHECK: "1" };

/** @throws RunFailure when the run was told to stop: what then fails says nothing, and nothing more is to start */
export async function runProgram(
  options: SourceOptions,
  program: string,
  args: readonly string[],
  more: ProgramOptions = {},
): Promise<ProgramEnd> {
  const end = await runToEnd(options, program, args, more);
  if (options.supervisor.interrupted) throw new RunFailure(`${program} was interrupted.`);
  return end;
}

function runToEnd(
  { supervisor, environment }: SourceOptions,
  program: string,
  args: readonly string[],
  { cwd, env }: ProgramOptions,
): Promise<ProgramEnd> {
  return new Promise((resolve) => {
    const child = supervisor.start(program, args, {
      cwd,
      env: { ...(environment ?? process.env), ...QUIET, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let stdout = "";
    let all = "";
    const keep = (text: string, more: Buffer) => (text + more.toString()).slice(-KEPT);
    child.stdout?.on("data", (data: Buffer) => {
      stdout = keep(stdout, data);
      all = keep(all, data);
    });
    child.stderr?.on("data", (data: Buffer) => (all = keep(all, data)));
    child.once("error", (error) => resolve({ stdout, lastLines: error.message }));
    child.once("close", (code) => resolve({ code, stdout, lastLines: lastLines(all) }));
  });
}

function lastLines(text: string): string {
  return text.trimEnd().split("\n").slice(-SHOWN_LINES).join("\n");
}
