/** `opencenter report pr`: what a change does to every stack, as one comment for its reviewers. */
import { writeFileSync } from "node:fs";
import { Command } from "commander";
import { ExitCode, UserError } from "../errors";
import { findProject, readStackFile, stackNames } from "../project";
import { affectedStacks, removedStacks } from "../report/affected";
import { changedFiles } from "../report/change";
import { lookAtStack } from "../report/look";
import { reportMarkdown } from "../report/markdown";
import { reasons, type StackReport } from "../report/verdict";

interface Options {
  readonly base: string;
  readonly head: string;
  readonly out?: string;
  readonly json: boolean;
}

const HELP = `
Previews with the policy pack, from the files that are checked out: check out what --head names.
Exit codes: 0 nothing against merging, 1 something is, 2 wrong usage.`;

export function reportCommand(): Command {
  const pr = new Command("pr")
    .description("What a change does to every stack that it affects, as one markdown comment.")
    .argument("[stack...]", "these stacks instead of the affected ones")
    .requiredOption("--base <ref>", "what the change is to be merged into")
    .option("--head <ref>", "the change", "HEAD")
    .option("--out <file>", "write the comment there instead of to standard output")
    .option("--json", "print one JSON document with everything that the comment is made from", false)
    .addHelpText("after", HELP)
    .action(report);
  return new Command("report").addCommand(pr);
}

async function report(named: readonly string[], { base, head, out, json }: Options): Promise<void> {
  const project = findProject(process.cwd());
  const changed = await changedFiles(project, base, head);
  const stacks = stackNames(project).map((stack) => ({ stack, text: readStackFile(stack, project).text }));
  const chosen =
    named.length > 0
      ? named.map((stack) => ({ stack, because: "the command line" }))
      : affectedStacks(changed, stacks);
  const reports: StackReport[] = [];
  // One after the other: each preview takes the memory of a whole program.
  for (const one of chosen) {
    process.stderr.write(`Previewing ${one.stack} …\n`);
    reports.push(await lookAtStack(one, project, { base, head }));
  }
  const removed = removedStacks(changed, stacks);
  const text = reportMarkdown(reports, removed);
  if (out !== undefined) write(out, text);
  if (json) process.stdout.write(`${JSON.stringify({ reports, removed })}\n`);
  else if (out === undefined) process.stdout.write(text);
  if (reports.some((one) => reasons(one).length > 0)) process.exitCode = ExitCode.failed;
}

function write(file: string, text: string): void {
  try {
    writeFileSync(file, text);
  } catch (error) {
    throw new UserError(`${file} cannot be written: ${(error as Error).message}`, undefined, ExitCode.failed);
  }
}
