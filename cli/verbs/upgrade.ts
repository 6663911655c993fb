/** `opencenter upgrade`: the hops to a far Kubernetes version, shown and walked, each an ordinary `pulumi up`. */
import { confirm } from "@inquirer/prompts";
import { Command } from "commander";
import { validateStackFile } from "../../config/validate";
import { type Hop, planHops, type Rung } from "../../plan/kubernetes/hops";
import { type ConvergeRecord, parseRecord } from "../../plan/kubernetes/record";
import { ExitCode, UserError } from "../errors";
import { findProject, readStackFile, type StackFile } from "../project";
import { showPulumi, stackOutputs } from "../pulumi";
import { editedStack, writeStack } from "../stackEdit";
import { table } from "../table";

interface Options {
  readonly to: string;
  readonly plan: boolean;
  readonly yes: boolean;
  readonly json: boolean;
}

export function upgradeCommand(): Command {
  return new Command("upgrade")
    .argument("<stack>", "name of the stack")
    .requiredOption("--to <version>", "Kubernetes version to end with, for example 1.36.4")
    .option("--plan", "only show the hops", false)
    .option("--json", "print the hops as JSON", false)
    .option("-y, --yes", "do not ask before the first hop, nor before each change", false)
    .action(upgrade);
}

async function upgrade(stack: string, options: Options): Promise<void> {
  const project = findProject(process.cwd());
  const file = readStackFile(process.env["PULUMI_OPTION_CONFIG_FILE"] ?? stack, process.cwd());
  const record = await lastRecord(stack, project);
  const from = { ref: record.mark.kubesprayRef, version: record.mark.version };
  const hops = hopsTo(from, options.to);
  checkFile(file, stack, from, hops);
  process.stdout.write(`${options.json ? JSON.stringify({ from, hops }) : shown(from, hops)}\n`);
  if (options.plan || hops.length === 0) return;
  await approve(hops, options);
  for (const [index, hop] of hops.entries())
    await take(hop, index, hops.length, { stack, project, file, options });
}

async function lastRecord(stack: string, project: string): Promise<ConvergeRecord> {
  const { kubernetes } = await stackOutputs(stack, project, { secrets: false });
  const record = parseRecord(kubernetes);
  if (record !== undefined) return record;
  throw new UserError(
    `stack ${stack} has no running cluster that could be upgraded.`,
    `Build it: pulumi up --stack ${stack}`,
    ExitCode.failed,
  );
}

function hopsTo(from: Rung, to: string): readonly Hop[] {
  if (!/^\d+\.\d+\.\d+$/.test(to))
    throw new UserError(`${to} is not a full version.`, "Write it without v, for example 1.36.4.");
  const plan = planHops(from, to);
  if ("hops" in plan) return plan.hops;
  throw new UserError(plan.obstacle, `It runs ${from.version} with Kubespray ${from.ref}.`, ExitCode.failed);
}

/** The file asks for what runs, or for the first hop: an earlier walk stopped there. Anything else is a change of its own. */
function checkFile(file: StackFile, stack: string, from: Rung, hops: readonly Hop[]): void {
  const { config } = validateStackFile(file.text);
  if (config === undefined)
    throw new UserError(`${file.shown} has problems.`, `npx opencenter validate ${stack}`, ExitCode.failed);
  const asked = { ref: config.kubespray.ref, version: config.kubernetes.version };
  const same = (a: Rung, b: Rung | undefined) => a.ref === b?.ref && a.version === b.version;
  if (same(asked, from) || same(asked, hops[0])) return;
  throw new UserError(
    `${file.shown} asks for ${asked.version} with Kubespray ${asked.ref}, and ${from.version} with ${from.ref} runs.`,
    "Put back what runs, or bring that change in first with pulumi up.",
    ExitCode.failed,
  );
}

function shown(from: Rung, hops: readonly Hop[]): string {
  if (hops.length === 0) return `Kubernetes ${from.version} runs already.`;
  const rows = hops.map(({ version, ref, etcdFloor, why }, index) => [
    String(index + 1),
    version,
    ref,
    etcdFloor === undefined ? "-" : `≥ ${etcdFloor}`,
    why,
  ]);
  const header = ["HOP", "KUBERNETES", "KUBESPRAY", "ETCD BEFORE", "WHY"];
  return table([header, ["0", from.version, from.ref, "-", "runs now"], ...rows]);
}

async function approve(hops: readonly Hop[], { yes }: Options): Promise<void> {
  if (yes) return;
  const question = `Walk ${hops.length} hop(s)? Each takes a snapshot of etcd first and drains every node once.`;
  if (process.stdin.isTTY !== true)
    throw new UserError(`not asked, and not a terminal: ${question}`, "Say --yes, or only --plan.");
  if (!(await confirm({ message: question, default: false })))
    throw new UserError("stopped; nothing was done.", undefined, ExitCode.failed);
}

async function take(
  hop: Hop,
  index: number,
  count: number,
  { stack, project, file, options }: { stack: string; project: string; file: StackFile; options: Options },
): Promise<void> {
  // With --json standard output has the one document.
  const progress = options.json ? process.stderr : process.stdout;
  progress.write(`\nHop ${index + 1} of ${count}: ${hop.why}\n`);
  const edits = [
    { path: ["kubernetes", "version"], value: hop.version },
    { path: ["kubespray", "ref"], value: hop.ref },
  ];
  // As the hop before has left it.
  const present = readStackFile(file.path, project);
  writeStack(present, editedStack(present, edits).text);
  const flags = ["--stack", stack, ...(options.yes ? ["--yes", "--non-interactive"] : [])];
  const code = await showPulumi(["up", ...flags], project, { toStderr: options.json });
  const { mark } = await lastRecord(stack, project);
  if (code === 0 && mark.version === hop.version && mark.kubesprayRef === hop.ref) return;
  throw new UserError(
    `hop ${index + 1} of ${count} did not come to its end (pulumi up: exit code ${code}).`,
    `${file.shown} asks for it already. Mend the cause, then: npx opencenter upgrade ${stack} --to ${options.to}`,
    ExitCode.failed,
  );
}
