/** What every verb that works on a running cluster has in common: its options, its lock, its log, how it speaks and ends. */
import { confirm } from "@inquirer/prompts";
import type { Command } from "commander";
import { RunFailure } from "../../runner/errors";
import { Unreachable } from "../../runner/kubernetes/objects";
import { CloudError } from "../cloud/errors";
import { ExitCode, usageExitCode, UserError } from "../errors";
import { refuseLocked } from "../recover/lock";
import { audit } from "./audit";
import { acquire, type Held, seize } from "./lease";
import { Narrator } from "./narrator";
import { Target } from "./target";

export { Target } from "./target";

export interface OperationOptions {
  /** Show what would be done, and do nothing. */
  readonly dryRun: boolean;
  /** One JSON document on standard output. */
  readonly json: boolean;
  /** Do not ask. */
  readonly yes: boolean;
  /** Take over the lock of a holder that is dead. */
  readonly breakLock: boolean;
}

/** What a verb has to say in the end. */
export interface Outcome {
  /** For a person, on standard output. */
  readonly text: string;
  /** For a program; `ok` and `operation` are added. */
  readonly json: Readonly<Record<string, unknown>>;
  /** @default 0 */
  readonly exitCode?: number;
  /** For the audit log, in a line. */
  readonly summary: string;
}

export interface Operation {
  readonly target: Target;
  readonly options: OperationOptions;
  /** Progress for people, on standard error. */
  readonly narrator: Narrator;
  /** Does a piece of work under a title; refuses to begin after Ctrl-C, or when the lock was taken away. */
  readonly step: <T>(title: string, work: () => Promise<T>) => Promise<T>;
  /** Asks before something is changed; `--yes` answers. @throws UserError when the answer is no */
  readonly confirm: (question: string) => Promise<void>;
  /** Takes the lock again, after the cluster was taken back in time. */
  readonly retake: () => Promise<void>;
}

/** How much a verb does: what only looks needs neither a lock nor a question; what takes dead locks away holds none. */
export type Effect = "looks" | "changes" | "unlocks";

/** Adds the options of every operation. @param help what follows the options: how it ends, above all */
export function asOperation(command: Command, effect: Effect, help: string): Command {
  command.option("--json", "print the result as one JSON document", false);
  if (effect !== "looks")
    command
      .option("--dry-run", "show what would be done, and do nothing", false)
      .option("-y, --yes", "do not ask", false)
      .option("--break-lock", "take over the lock of an operation that died", false);
  return command.addHelpText("after", help);
}

/**
 * Runs a verb on a cluster: lock, log, result.
 * @param asked what the audit log says was asked for
 */
export async function operate(
  verb: string,
  stack: string,
  given: Partial<OperationOptions>,
  { effect, asked = {} }: { readonly effect: Effect; readonly asked?: Readonly<Record<string, unknown>> },
  work: (operation: Operation) => Promise<Outcome>,
): Promise<void> {
  const options = { dryRun: false, json: false, yes: false, breakLock: false, ...given };
  const begun = Date.now();
  const target = Target.open(stack);
  const told = { verb, asked: { ...asked, ...(options.dryRun ? { dryRun: true } : {}) } };
  const seconds = () => Math.round((Date.now() - begun) / 1_000);
  const changes = effect !== "looks" && !options.dryRun;
  if (changes) audit(target, { ...told, result: "started" });
  try {
    const outcome = await locked(verb, target, options, changes && effect !== "unlocks", work);
    audit(target, { ...told, result: "done", seconds: seconds(), message: outcome.summary });
    const json = { ok: true, operation: verb, cluster: target.config.name, ...outcome.json };
    process.stdout.write(`${options.json ? JSON.stringify(json) : outcome.text}\n`);
    process.exitCode = outcome.exitCode ?? ExitCode.ok;
  } catch (error) {
    const failure = asUserError(error);
    const message = (failure ?? (error as Error)).message.split("\n")[0];
    audit(target, {
      ...told,
      result: failure === undefined ? "failed" : "refused",
      seconds: seconds(),
      message,
    });
    if (options.json && failure !== undefined) {
      const { hint, exitCode } = failure;
      const problem = { message: failure.message, hint };
      const json = { ok: false, operation: verb, cluster: target.config.name, error: problem };
      process.stdout.write(`${JSON.stringify(json)}\n`);
      process.exitCode = exitCode === ExitCode.wrongUsage ? usageExitCode(verb) : exitCode;
      return;
    }
    throw failure ?? error;
  }
}

/** Failures of a run, of the cloud and of the API are the user's to mend: words, never a stack trace. */
function asUserError(error: unknown): UserError | undefined {
  if (error instanceof UserError) return error;
  if (error instanceof RunFailure)
    return new UserError(error.message, error.hints.join("\n  → ") || undefined, ExitCode.failed);
  if (error instanceof CloudError) return new UserError(error.message, error.hint, ExitCode.failed);
  return undefined;
}

async function locked(
  verb: string,
  target: Target,
  options: OperationOptions,
  changes: boolean,
  work: (operation: Operation) => Promise<Outcome>,
): Promise<Outcome> {
  if (changes) refuseLocked(target.stack);
  const narrator = new Narrator();
  let held = changes ? await lockOf(verb, target, options, narrator) : undefined;
  const interruption = interruptions();
  try {
    return await work(
      operationOf(target, options, narrator, {
        mustStop: () => interruption.asked || held?.lost() === true,
        // There was nothing to hold it in, perhaps: etcd is taken back on clusters that do not answer, too.
        retake: async () => {
          if (held === undefined) held = await seize(await target.api(), verb);
          else await held.retake();
        },
      }),
    );
  } finally {
    interruption.stop();
    // What it protected is over either way; a Lease that stays expires within a minute.
    await held?.release().catch(() => {});
  }
}

/** A cluster that is not there, or does not answer, has nothing that could hold a lock. */
async function lockOf(
  verb: string,
  target: Target,
  { breakLock }: OperationOptions,
  narrator: Narrator,
): Promise<Held | undefined> {
  if ((await target.kubeconfig()) === undefined) return undefined;
  try {
    return await acquire(await target.api(), verb, breakLock);
  } catch (error) {
    if (!(error instanceof Unreachable)) throw error;
    narrator.note(`The Kubernetes API does not answer (${error.reason}): only Pulumi's own lock is held.`);
    return undefined;
  }
}

/** Ctrl-C lets the step that is under way come to its end. */
function interruptions() {
  const state = { asked: false, stop: () => {} };
  const onSignal = () => {
    if (state.asked) process.exit(130);
    state.asked = true;
    process.stderr.write("\nInterrupted: ends after this step. Once more ends at once.\n");
  };
  process.on("SIGINT", onSignal);
  state.stop = () => process.off("SIGINT", onSignal);
  return state;
}

function operationOf(
  target: Target,
  options: OperationOptions,
  narrator: Narrator,
  { mustStop, retake }: { readonly mustStop: () => boolean; readonly retake: () => Promise<void> },
): Operation {
  return {
    retake,
    target,
    options,
    narrator,
    step: (title, work) => {
      if (mustStop())
        throw new UserError(
          `stopped before: ${title}.`,
          "The same command goes on from here.",
          ExitCode.failed,
        );
      return narrator.step(title, work);
    },
    confirm: async (question) => {
      if (options.yes) return;
      if (process.stdin.isTTY !== true)
        throw new UserError(`not asked, and not a terminal: ${question}`, "Say --yes.");
      if (!(await confirm({ message: question, default: false }, { output: process.stderr })))
        throw new UserError("stopped; nothing more was done.", undefined, ExitCode.failed);
    },
  };
}
