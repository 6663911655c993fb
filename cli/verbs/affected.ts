/** `opencenter affected`: the stacks that a change can do something to. */
import { Command } from "commander";
import { validateStackFile } from "../../config/validate";
import { affectedStacks, removedStacks } from "../report/affected";
import { changedFiles } from "../report/change";
import { findProject, readStackFile, stackNames } from "../project";

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
  // None where the file has problems: whoever asks for approval by it must ask for the strictest then.
  const withEnvironment = () =>
    found.map((one) => ({
      ...one,
      environment: validateStackFile(texts.get(one.stack)!).config?.environment,
    }));
  const text = found.map(({ stack }) => `${stack}\n`).join("");
  process.stdout.write(json ? `${JSON.stringify({ affected: withEnvironment(), removed })}\n` : text);
}
