/** `opencenter report pr`: what a change does to every stack, as one comment for its reviewers. */
import { readFileSync, writeFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import { Command } from "commander";
import { ExitCode, UserError } from "../errors";
import { findProject, readStackFile, stackNames } from "../project";
import { affectedStacks, removedStacks } from "../report/affected";
import { changedFiles } from "../report/change";
import { lookAtStack } from "../report/look";
import { reportMarkdown } from "../report/markdown";
import { reasons, type StackReport } from "../report/verdict";
import { postReport } from "../review/comment";
import { surroundingsOf } from "../review/surroundings";
import { carryOut, decide, looksIn } from "../review/tickets";

interface Options {
  readonly base: string;
  readonly head: string;
  readonly out?: string;
  readonly json: boolean;
  readonly post: boolean;
  readonly none: boolean;
}

interface DriftOptions {
  readonly from: string;
  readonly post: boolean;
}

const HELP = `
Previews with the policy pack, from the files that are checked out: check out what --head names.
Exit codes: 0 nothing against merging, 1 something is, 2 wrong usage.`;

const DRIFT_HELP = `
A stack that could not be looked at gets a line in its open ticket, and nothing else happens to it; stacks that are not
in the file are left alone. Exit codes: 0 done, 1 the host refused, 2 wrong usage.`;

export function reportCommand(): Command {
  const pr = new Command("pr")
    .description("What a change does to every stack that it affects, as one markdown comment.")
    .argument("[stack...]", "these stacks instead of the affected ones")
    .option("--none", "preview no stack: only say whose file is deleted", false)
    .requiredOption("--base <ref>", "what the change is to be merged into")
    .option("--head <ref>", "the change", "HEAD")
    .option("--out <file>", "write the comment there instead of to standard output")
    .option("--json", "print one JSON document with everything that the comment is made from", false)
    .option("--post", "write it on the pull request of this CI run, or edit the one that is there", false)
    .addHelpText("after", HELP)
    .action(report);
  const drift = new Command("drift")
    .description("One ticket for each stack that drifts: opened, updated, and closed when it is clean.")
    .requiredOption("--from <file>", "what fleet drift --json or drift --json printed; - for standard input")
    .option("--post", "do it on the host of this CI run; without it, what would be done is printed", false)
    .addHelpText("after", DRIFT_HELP)
    .action(tickets);
  return new Command("report").addCommand(pr).addCommand(drift);
}

async function tickets({ from, post }: DriftOptions): Promise<void> {
  const looks = looksIn(from === "-" ? await text(process.stdin) : read(from));
  if (!post) {
    for (const look of looks) process.stdout.write(`${look.stack}: ${decide(look, []).action}\n`);
    process.stdout.write(
      "Nothing was posted: tickets that are there already are not known without --post.\n",
    );
    return;
  }
  const { board } = surroundingsOf();
  const known = await board.tickets().catch((error: unknown) => {
    throw new UserError(
      `${board.shown} does not show its tickets: ${(error as Error).message}`,
      undefined,
      ExitCode.failed,
    );
  });
  const failed: string[] = [];
  for (const look of looks) {
    const decision = decide(look, known);
    try {
      await carryOut(board, decision);
      process.stdout.write(
        `${look.stack}: ${decision.action}${decision.ticket ? ` ${decision.ticket.url}` : ""}\n`,
      );
    } catch (error) {
      // One that the host refuses keeps nobody from the others.
      failed.push(`${look.stack}: ${(error as Error).message}`);
    }
  }
  if (failed.length > 0)
    throw new UserError(
      `${board.shown} refused: ${failed.join("; ")}`,
      "May the token write issues?",
      ExitCode.failed,
    );
}

function read(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (error) {
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`, undefined, ExitCode.failed);
  }
}

async function report(
  named: readonly string[],
  { base, head, out, json, post, none }: Options,
): Promise<void> {
  // Before a preview of minutes, whose report could then not be posted.
  const surroundings = post ? surroundingsOf() : undefined;
  const project = findProject(process.cwd());
  const changed = await changedFiles(project, base, head);
  const stacks = stackNames(project).map((stack) => ({ stack, text: readStackFile(stack, project).text }));
  const chosen =
    named.length > 0 || none
      ? named.map((stack) => ({ stack, because: "the command line" }))
      : affectedStacks(changed, stacks);
  const reports: StackReport[] = [];
  // One after the other: each preview takes the memory of a whole program.
  for (const one of chosen) {
    process.stderr.write(`Previewing ${one.stack} …\n`);
    reports.push(await lookAtStack(one, project, { base, head }));
  }
  const removed = removedStacks(changed, stacks);
  const comment = reportMarkdown(reports, removed);
  if (out !== undefined) write(out, comment);
  if (json) process.stdout.write(`${JSON.stringify({ reports, removed })}\n`);
  else if (out === undefined) process.stdout.write(comment);
  if (reports.some((one) => reasons(one).length > 0)) process.exitCode = ExitCode.failed;
  // Last: whatever the host says, the report is there.
  if (surroundings !== undefined)
    process.stderr.write(
      `${await postReport(surroundings, comment, { evenFirst: reports.length + removed.length > 0 })}\n`,
    );
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${(error as Error).message}`, undefined, ExitCode.failed);
  }
}
