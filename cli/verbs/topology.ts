/** `opencenter topology`: what a stack's file describes, without asking a cloud. */
import { Command, Option } from "commander";
import { validateStackFile } from "../../config/validate";
import { planCluster, type ClusterPlan } from "../../plan";
import { ExitCode } from "../errors";
import { issuesAsText } from "../issues";
import { readStackFile } from "../project";
import { hasColours, painter } from "../style";
import { topologyMermaid } from "../topology/mermaid";
import { topologyText } from "../topology/text";

interface TopologyOptions {
  readonly json?: boolean;
  readonly mermaid?: boolean;
}

export function topologyCommand(): Command {
  return new Command("topology")
    .argument("<stack-name-or-file>", "name of a stack, or path of its file")
    .addOption(new Option("--mermaid", "print a mermaid flowchart").conflicts("json"))
    .addOption(new Option("--json", "print the whole plan as JSON"))
    .action(topology);
}

function topology(given: string, options: TopologyOptions): void {
  const file = readStackFile(given, process.cwd());
  const { config, issues } = validateStackFile(file.text);
  if (config === undefined) {
    const report = issuesAsText(issues, file.shown, file.text, painter(hasColours(process.stderr)));
    process.stderr.write(`${report}\n`);
    process.exitCode = ExitCode.failed;
    return;
  }
  process.stdout.write(render(planCluster(config), options));
}

function render(plan: ClusterPlan, { json, mermaid }: TopologyOptions): string {
  if (json === true) return `${JSON.stringify(plan, null, 2)}\n`;
  if (mermaid === true) return topologyMermaid(plan);
  return topologyText(plan, painter(hasColours(process.stdout)));
}
