/** `opencenter apply`: what its reviewers saw, and nothing else. */
import { join } from "node:path";
import { Command } from "commander";
import { ExitCode, UserError } from "../errors";
import { asOperation, operate, type Operation, type OperationOptions, type Outcome } from "../operation";
import { environmentOf } from "../operation/target";
import { programRoot } from "../project";
import { capturePulumi } from "../pulumi";
import { digestOfOutcome, linesOf } from "../report/digest";
import { STREAM } from "../report/look";
import { type Outcome as Preview, readOutcome } from "../report/outcome";
import { headCommit, reviewedDigest } from "../review/reviewed";
import { surroundingsOf } from "../review/surroundings";

interface Options extends OperationOptions {
  readonly reviewed?: string;
  readonly fromReview?: boolean;
}

const HELP = `
Previews once more, and stops where the preview is not the one that was reviewed: nothing is done then.
Exit codes: 0 applied, or nothing to do, 1 refused or failed, 2 wrong usage.`;

export function applyCommand(): Command {
  const command = new Command("apply")
    .argument("<stack>", "name of the stack")
    .option("--reviewed <digest>", "of the preview that was reviewed: report pr shows it")
    .option("--from-review", "take it from the report on the pull request that brought this commit")
    .action(apply);
  return asOperation(command, "changes", HELP);
}

async function apply(stack: string, options: Options): Promise<void> {
  if ((options.reviewed === undefined) === (options.fromReview !== true))
    throw new UserError("say either --reviewed DIGEST or --from-review.", undefined, ExitCode.wrongUsage);
  const asked = options.reviewed === undefined ? { fromReview: true } : { reviewed: options.reviewed };
  await operate("apply", stack, options, { effect: "changes", asked }, (operation) =>
    applyReviewed(operation, options),
  );
}

/** Digits that a person typed: as many as leave no doubt. */
const FEWEST_DIGITS = 8;

async function applyReviewed(
  operation: Operation,
  { reviewed, fromReview, dryRun }: Options,
): Promise<Outcome> {
  const { target } = operation;
  const preview = await operation.step(`Previewing ${target.stack}`, () => previewOf(operation));
  const lines = linesOf(preview);
  const digest = digestOfOutcome(preview);
  if (lines.length === 0)
    return { text: "Nothing to do.", json: { digest, lines }, summary: "nothing to do" };
  const wanted =
    fromReview === true
      ? await reviewedDigest(surroundingsOf(), target.stack, await headCommit(target.project))
      : (reviewed ?? "");
  if (wanted.length < FEWEST_DIGITS || !digest.startsWith(wanted)) throw refusal(wanted, digest, lines);
  if (dryRun)
    return {
      text: `As reviewed (${digest}):\n${shown(lines)}`,
      json: { digest, lines },
      summary: "as reviewed",
    };
  await operation.confirm(`Apply ${lines.length} change(s) to ${target.stack}, as reviewed?`);
  await operation.step(`pulumi up ${target.stack}`, () => up(operation));
  const summary = `${lines.length} change(s), as reviewed`;
  return { text: `Applied to ${target.stack}: ${summary}.`, json: { digest, lines }, summary };
}

async function up({ target }: Operation): Promise<void> {
  const policies = ["--policy-pack", join(programRoot, "policy")];
  const code = await target.showPulumi(["up", "--yes", "--skip-preview", "--non-interactive", ...policies]);
  if (code === 0) return;
  throw new UserError(
    `pulumi up ended with exit code ${code}, in the middle of what was reviewed.`,
    "Mend the cause that it names; what is left to do has another preview: pulumi up, or a pull request.",
    ExitCode.failed,
  );
}

async function previewOf({ target }: Operation): Promise<Preview> {
  const args = ["preview", "--stack", target.stack, "--json", "--policy-pack", join(programRoot, "policy")];
  const env = { ...environmentOf(target.stack), ...STREAM };
  const { code, stdout } = await capturePulumi(args, target.project, env);
  const preview = readOutcome(stdout);
  if (code === 0) return preview;
  const broken = preview.policies
    .filter(({ level }) => level === "mandatory")
    .map(({ rule }) => `policy ${rule}`);
  const why = [...preview.errors, ...broken].join("\n  ");
  throw new UserError(
    `the preview failed (exit code ${code}); nothing was done.\n  ${why}`,
    `pulumi preview --stack ${target.stack}`,
    ExitCode.failed,
  );
}

const MOST_LINES = 40;

function shown(lines: readonly string[]): string {
  const more = lines.length - MOST_LINES;
  return [...lines.slice(0, MOST_LINES), ...(more > 0 ? [`… and ${more} more`] : [])]
    .map((line) => `  ${line}`)
    .join("\n");
}

function refusal(wanted: string, digest: string, lines: readonly string[]): UserError {
  return new UserError(
    `this is not what was reviewed (${wanted}); the preview is ${digest} now, and nothing was done. It would:\n${shown(lines)}`,
    "Somebody changed the cloud, the program or the stack since. Look at this preview, and have it reviewed again.",
    ExitCode.failed,
  );
}
