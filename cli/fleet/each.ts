/**
 * One process per cluster, a few at a time: memory is that of the few, and what kills one hides nothing of the others.
 */
import { spawn } from "node:child_process";
import { join } from "node:path";
import { programRoot } from "../project";

export interface Asked {
  readonly stack: string;
  /** The JSON document of the verb; absent where it gave none. */
  readonly document?: Readonly<Record<string, unknown>>;
  readonly exitCode?: number;
  /** Why there is no document, in a line. */
  readonly problem?: string;
}

export interface Limits {
  /** Clusters at once. */
  readonly parallel: number;
  /** For one cluster. */
  readonly timeoutMs: number;
  /** What is run for each, with verb, stack and flags. @default this command */
  readonly program?: string;
}

const OWN_PROGRAM = join(programRoot, "cli/opencenter.mjs");

/** A report of a thousand findings is a megabyte. */
const MOST_OUTPUT = 32 * 1024 * 1024;
const KEPT_ERRORS = 4_000;

/** @param told each answer as it comes */
export async function askEach(
  stacks: readonly string[],
  verb: readonly string[],
  { parallel, timeoutMs, program = OWN_PROGRAM }: Limits,
  told: (answer: Asked) => void,
): Promise<Asked[]> {
  const answers = new Map<string, Asked>();
  const waiting = [...stacks];
  const worker = async () => {
    for (let stack = waiting.shift(); stack !== undefined; stack = waiting.shift()) {
      const answer = await ask(stack, verb, timeoutMs, program);
      answers.set(stack, answer);
      told(answer);
    }
  };
  await Promise.all(Array.from({ length: Math.min(parallel, stacks.length) }, worker));
  return stacks.flatMap((stack) => answers.get(stack) ?? []);
}

function ask(
  stack: string,
  [verb = "", ...flags]: readonly string[],
  timeoutMs: number,
  program: string,
): Promise<Asked> {
  return new Promise((resolve) => {
    const args = [program, verb, stack, "--json", ...flags];
    // In a group of its own, so that a Pulumi that hangs ends with it.
    const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"], detached: true });
    let [output, errors, problem] = ["", "", undefined as string | undefined];
    const end = (why: string) => {
      problem = why;
      if (child.pid !== undefined) process.kill(-child.pid, "SIGKILL");
    };
    const limit = setTimeout(() => end(`no answer within ${timeoutMs / 1_000} s`), timeoutMs);
    child.stdout.setEncoding("utf8").on("data", (part: string) => {
      output += part;
      if (output.length > MOST_OUTPUT) end("its answer is too long");
    });
    child.stderr
      .setEncoding("utf8")
      .on("data", (part: string) => (errors = (errors + part).slice(-KEPT_ERRORS)));
    child.on("error", (error) => (problem ??= error.message));
    child.on("close", (code) => {
      clearTimeout(limit);
      resolve(answerOf(stack, output, problem ?? lastError(errors), code ?? undefined));
    });
  });
}

function answerOf(stack: string, output: string, problem: string, exitCode: number | undefined): Asked {
  try {
    const document = JSON.parse(output) as Readonly<Record<string, unknown>>;
    const { error } = document as { error?: { message?: string } };
    const about = { stack, document, ...(exitCode === undefined ? {} : { exitCode }) };
    return error?.message === undefined ? about : { ...about, problem: error.message.split("\n")[0]! };
  } catch {
    return { stack, problem, ...(exitCode === undefined ? {} : { exitCode }) };
  }
}

function lastError(errors: string): string {
  const lines = errors.split("\n").filter((line) => line.trim() !== "");
  const named = lines.find((line) => line.startsWith("error:"));
  return (named ?? lines.at(-1) ?? "it ended without a word").replace(/^error:\s*/, "");
}
