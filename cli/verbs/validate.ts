/** `opencenter validate`: is this stack's file right, and with `--online`, does the cloud have what it names? */
import { Command } from "commander";
import type { Issue } from "../../config/issue";
import { validateStackFile } from "../../config/validate";
import { ExitCode } from "../errors";
import { byLine, hasErrors, issuesAsJson, issuesAsText, locate } from "../issues";
import { checkOnline } from "../online";
import { findProject, readStackFile, type StackFile } from "../project";
import { sameCluster } from "../sameCluster";
import { hasColours, painter } from "../style";

interface ValidateOptions {
  readonly json: boolean;
  readonly online: boolean;
  readonly insecure: boolean;
}

export function validateCommand(): Command {
  return new Command("validate")
    .argument("<stack-name-or-file>", "name of a stack, or path of its file")
    .option("--json", "print the result as JSON", false)
    .option("--online", "also look up in the cloud what the file names, and the quota", false)
    .option("--insecure", "with --online: go on where clouds.yaml says verify: false", false)
    .action(validate);
}

async function validate(given: string, options: ValidateOptions): Promise<void> {
  const file = readStackFile(given, process.cwd());
  const issues = await issuesOf(file, options);
  const paint = painter(hasColours(process.stdout));
  const report = options.json ? issuesAsJson(issues) : issuesAsText(issues, file.shown, file.text, paint);
  process.stdout.write(`${report}\n`);
  process.exitCode = hasErrors(issues) ? ExitCode.failed : ExitCode.ok;
}

async function issuesOf(file: StackFile, { online, insecure }: ValidateOptions): Promise<Issue[]> {
  const { config, issues } = validateStackFile(file.text);
  if (config === undefined) {
    // A configuration with errors has no plan that a cloud could be asked about.
    if (online) process.stderr.write("The cloud was not asked: mend the errors of the file first.\n");
    return [...issues];
  }
  const directory = findProject(process.cwd());
  const findings = sameCluster(file, config, directory);
  if (online) findings.push(...(await checkOnline(config, { directory, insecure })));
  return byLine([...issues, ...locate(findings, file.text)]);
}
