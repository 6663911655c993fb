import { type ChildProcess, type ChildProcessWithoutNullStreams, spawn } from "node:child_process";
import type { CommandInputs } from "./inputs";
import { endFailure, lookUp, startFailure } from "./interpreter";
import { Lines } from "./lines";

export interface Run {
  /** What the interpreter is given as its last argument. */
  readonly command: string;
  readonly inputs: CommandInputs;
  /** Of the run before. */
  readonly previous: CommandOutputs;
  /** Shows a line while the command runs. */
  readonly show: (line: string) => Promise<void>;
}

export interface CommandOutputs {
  readonly stdout: string;
  readonly stderr: string;
}

const DEFAULT_INTERPRETER = ["/bin/sh", "-c"];
const TOO_LONG =
  "a line of 64 KiB or more with logging on: the official provider would wait for ever. " +
  'Print shorter lines, or set logging: "none"';

/** The commands that run now, so that a cancellation can reach them. */
export class Runs {
  private readonly running = new Set<ChildProcess>();
  private cancelled = false;

  /**
   * Kills the interpreters; what they started lives on, and a run still ends only when nobody holds its output any
   * more. Both are so in the official provider, and programs must cope with it.
   */
  cancel(): void {
    this.cancelled = true;
    for (const child of this.running) child.kill("SIGKILL");
  }

  /**
   * Runs a command to its end.
   *
   * @throws Error with the command and all that it printed, in the words of the official provider
   */
  async run(run: Run): Promise<CommandOutputs> {
    const output: Output = { stdout: [], stderr: [], both: [] };
    const failure = await this.execute(run, output).catch((error: Error) => error.message);
    if (failure !== undefined)
      throw new CommandFailed(`${failure}: running ${JSON.stringify(run.command)}:\n${text(output.both)}`);
    return { stdout: withoutLineFeed(text(output.stdout)), stderr: withoutLineFeed(text(output.stderr)) };
  }

  /** @returns why it failed */
  private async execute(run: Run, output: Output): Promise<string | undefined> {
    if (this.cancelled) return "context canceled";
    const { interpreter = [], dir = process.cwd(), stdin = "" } = run.inputs;
    const [program, ...args] = [...(interpreter.length > 0 ? interpreter : DEFAULT_INTERPRETER), run.command];
    const child = start(lookUp(program), program, args, dir, environmentOf(run));
    if (!("stdin" in child)) return child.failure;
    this.running.add(child);
    const ended = ending(child, program, dir);
    // A command that does not read its input is no failure.
    child.stdin.on("error", () => {});
    child.stdin.end(stdin);
    const complaint = collect(child, run, output);
    try {
      const failure = await ended;
      return (await complaint()) ?? failure;
    } finally {
      this.running.delete(child);
    }
  }
}

/** Its stack is of no use to the person who reads it, and the SDK's server would print it. */
class CommandFailed extends Error {
  override readonly stack = "";
}

interface Output {
  readonly stdout: Buffer[];
  readonly stderr: Buffer[];
  /** In the order of arrival. */
  readonly both: Buffer[];
}

function start(
  path: string,
  name: string,
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): ChildProcessWithoutNullStreams | { readonly failure: string } {
  try {
    return spawn(path, args, { argv0: name, cwd, env, stdio: ["pipe", "pipe", "pipe"] });
  } catch (error) {
    // Some failures to start are thrown, among them E2BIG; others are events.
    return { failure: startFailure(error as NodeJS.ErrnoException, path, cwd) };
  }
}

function environmentOf({ inputs, previous }: Run): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = { ...process.env, ...inputs.environment };
  if (inputs.addPreviousOutputInEnv ?? true) {
    if (previous.stdout !== "") env.PULUMI_COMMAND_STDOUT = previous.stdout;
    if (previous.stderr !== "") env.PULUMI_COMMAND_STDERR = previous.stderr;
  }
  return env;
}

/** Resolves to the reason of a failure when the process has ended and its output is closed on all sides. */
function ending(child: ChildProcess, program: string, dir: string): Promise<string | undefined> {
  return new Promise((resolve) => {
    child.once("error", (error) => resolve(startFailure(error, program, dir)));
    child.once("close", (code, signal) => resolve(endFailure(code, signal)));
  });
}

/** @returns waits for the status log, and tells what was wrong with the output */
function collect(child: ChildProcessWithoutNullStreams, run: Run, output: Output) {
  const { logging = "stdoutAndStderr" } = run.inputs;
  const lines = new Lines(run.show);
  let complaint: string | undefined;
  for (const name of ["stdout", "stderr"] as const) {
    const isLogged = logging === name || logging === "stdoutAndStderr";
    child[name].on("data", (chunk: Buffer) => {
      output[name].push(chunk);
      output.both.push(chunk);
      if (!isLogged || lines.add(chunk) || complaint !== undefined) return;
      complaint = TOO_LONG;
      child.kill("SIGKILL");
    });
  }
  return async () => {
    await lines.end();
    return complaint;
  };
}

function text(chunks: readonly Buffer[]): string {
  return Buffer.concat(chunks).toString("utf8");
}

function withoutLineFeed(printed: string): string {
  return printed.replace(/\n$/, "");
}
