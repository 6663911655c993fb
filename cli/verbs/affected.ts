/** `opencenter affected`: the stacks that a change can do something to. */
import { relative } from "node:path";
import { Command } from "commander";
import { validateStackFile } from "../../config/validate";
import type { Environment } from "../../policy/rule";
import { affectedStacks, removedStacks } from "../report/affected";
import { changedFiles, textBefore } from "../report/change";
import { stricterEnvironment } from "../report/environment";
import { findProject, readStackFile, stackFilePath, stackNames } from "../project";

export function affectedCommand(): Command {
  return new Command("affected")
    .argument("<base>", "commit, branch or tag that the change is to be merged into")
    .argument("[head]", "the change", "HEAD")
    .option("--json", "print one JSON document, with the reasons", false)
    .action(affected);
}

async function affected(base: string, head: string, { json }: { readonly json: boolean }): Promise<void> {
  const project = findProject(process.cwd());
  const changed = await changedFiles(project, base, head);
  const stacks = stackNames(project).map((stack) => ({ stack, text: readStackFile(stack, project).text }));
  const found = affectedStacks(changed, stacks);
  const removed = removedStacks(changed, stacks);
  for (const stack of removed)
    process.stderr.write(`The file of ${stack} is gone: was the stack destroyed? (pulumi stack ls)\n`);
  const texts = new Map(stacks.map(({ stack, text }) => [stack, text]));
  if (!json) {
    process.stdout.write(found.map(({ stack }) => `${stack}\n`).join(""));
    return;
  }
  const asked = found.map(async (one) => ({
    ...one,
    environment: await environmentOf(texts.get(one.stack)!, () =>
      textBefore(project, base, head, relative(project, stackFilePath(project, one.stack))),
    ),
  }));
  process.stdout.write(`${JSON.stringify({ affected: await Promise.all(asked), removed })}\n`);
}

/**
 * Whose approval the change needs: the stricter one of before and after. Otherwise a change that lowers it would be
 * applied without the approval that it takes away.
 * @returns undefined where the file has problems: whoever asks for approval by it must ask for the strictest then
 */
async function environmentOf(
  text: string,
  before: () => Promise<string | undefined>,
): Promise<Environment | undefined> {
  const environment = validateStackFile(text).config?.environment;
  return environment === undefined ? undefined : stricterEnvironment(environment, await before());
}
