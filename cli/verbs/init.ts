/** `opencenter init`: a new stack's file, and the stack. */
import { existsSync } from "node:fs";
import { relative } from "node:path";
import { Command, Option } from "commander";
import { validateStackFile } from "../../config/validate";
import { clusterSchema } from "../../config/schema";
import { ExitCode, UserError } from "../errors";
import { DECISIONS, decide, type Answers, type Decision } from "../init/decisions";
import { stackDocument } from "../init/document";
import { makeStack, type StackOutcome } from "../init/pulumiStack";
import { askOnTerminal } from "../init/questions";
import { alreadyThere, writeNew } from "../init/writeNew";
import { issuesAsText } from "../issues";
import { findProject, stackFilePath } from "../project";
import { hasColours, painter } from "../style";

interface InitOptions {
  readonly stack: boolean;
}

export function initCommand(): Command {
  const command = new Command("init")
    .argument("<cluster>", "name of the cluster, which is the stack's name too")
    .option("--no-stack", "only write the file");
  for (const decision of DECISIONS) command.addOption(optionOf(decision));
  return command.action((cluster: string, options: InitOptions & Answers) => init(cluster, options));
}

function optionOf({ flag, question, list, choices }: Decision): Option {
  const notes = [
    ...(choices === undefined ? [] : [choices.join(", ")]),
    ...(list === true ? ["repeatable"] : []),
  ];
  const option = new Option(flag, notes.length === 0 ? question : `${question} (${notes.join("; ")})`);
  if (list !== true) return option;
  return option.argParser((value, previous: string[] | undefined) => [...(previous ?? []), value]);
}

async function init(cluster: string, options: InitOptions & Answers): Promise<void> {
  const { error } = clusterSchema.shape.name.safeParse(cluster);
  if (error !== undefined) throw new UserError(`the cluster's name ${cluster} ${error.issues[0]?.message}.`);
  const project = findProject(process.cwd());
  const path = stackFilePath(project, cluster);
  if (existsSync(path)) throw alreadyThere(path);

  const interactive = process.stdin.isTTY && process.stdout.isTTY;
  const answers = await decide(options, interactive ? askOnTerminal : undefined);
  const text = stackDocument(cluster, answers);
  mustBeValid(text, relative(process.cwd(), path));
  writeNew(path, text);
  process.stdout.write(`Wrote ${relative(process.cwd(), path)}.\n`);
  if (options.stack) tellStack(cluster, project, await makeStack(cluster, project));
  process.stdout.write(
    `${[...platform(cluster, String(answers["repository"])), ...nextSteps(cluster)].join("\n")}\n`,
  );
}

/** Flags may each be right and not fit together. Then nothing is written. */
function mustBeValid(text: string, shown: string): void {
  const { valid, issues } = validateStackFile(text);
  const paint = painter(hasColours(process.stderr));
  if (issues.length > 0) process.stderr.write(`${issuesAsText(issues, shown, text, paint)}\n`);
  if (!valid) throw new UserError("these settings do not fit together; nothing was written.");
}

function tellStack(cluster: string, project: string, outcome: StackOutcome): void {
  const byHand = `pulumi stack init ${cluster}   (in ${project}, after pulumi login)`;
  switch (outcome.kind) {
    case "made":
      process.stdout.write(`Made the stack ${cluster}.\n`);
      return;
    case "exists":
      process.stdout.write(`The stack ${cluster} was there already.\n`);
      return;
    case "skipped":
      process.stdout.write(`The stack is not made: ${outcome.reason}. By hand:\n  ${byHand}\n`);
      return;
    case "failed":
      process.stderr.write(
        `The stack is not made; the file stays. pulumi says:\n  ${outcome.reason}\nBy hand:\n  ${byHand}\n`,
      );
      process.exitCode = ExitCode.failed;
  }
}

/** A cluster without it looks finished, and its first volume waits for ever. */
function platform(cluster: string, repository: string): string[] {
  if (repository === "")
    return [
      "Without gitops.repository the program stops at a bare cluster: no storage classes, no Flux, no Velero.",
      "For those make a repository and write gitops.repository.url before you build: docs/operations/gitops.md.",
    ];
  return repository.startsWith("ssh://")
    ? ["The first pulumi up stops with a deploy key: add it to the repository, with the right to write."]
    : [
        `A token that may write ${repository}:`,
        `  pulumi config set --secret opencenter:gitToken --stack ${cluster}`,
      ];
}

function nextSteps(cluster: string): string[] {
  return [
    "Next:",
    `  npx opencenter validate ${cluster} --online   asks the cloud whether it has all that is named`,
    `  npx opencenter topology ${cluster}            shows what will be built`,
    `  pulumi up --stack ${cluster}                  builds it`,
  ];
}
