/** What every workflow of GitHub has to keep, beside what actionlint sees. */
import { existsSync, statSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";

interface Step {
  readonly uses?: string;
  readonly run?: string;
  readonly if?: string;
  readonly with?: Readonly<Record<string, unknown>>;
}
interface Job {
  readonly if?: string;
  readonly "runs-on"?: string;
  readonly "timeout-minutes"?: number;
  readonly permissions?: Readonly<Record<string, string>>;
  readonly environment?: unknown;
  readonly steps?: readonly Step[];
}
interface Workflow {
  readonly on: Readonly<Record<string, unknown>>;
  readonly permissions?: unknown;
  readonly env?: unknown;
  readonly concurrency?: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

const PINNED = /^\s*(?:- )?uses: [\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/;
const OWN_BRANCH = "github.event.pull_request.head.repo.full_name == github.repository";
/** Each runs with the repository's secrets on what somebody from outside has written. */
const DANGEROUS = ["pull_request_target", "workflow_run", "issue_comment"];

/** @returns one line for each rule that is broken */
export function workflowProblems(text: string, root: string): string[] {
  const workflow = parse(text) as Workflow;
  const problems: string[] = [];
  for (const line of text.split("\n").filter((one) => /^\s*(- )?uses:/.test(one)))
    if (!PINNED.test(line)) problems.push(`not pinned by digest and version: ${line.trim()}`);
  for (const trigger of DANGEROUS) if (trigger in workflow.on) problems.push(`trigger ${trigger}`);
  if (JSON.stringify(workflow.permissions) !== "{}") problems.push("permissions of the workflow are not {}");
  if (JSON.stringify(workflow.env ?? {}).includes("secrets.")) problems.push("a secret for every job");
  for (const [name, job] of Object.entries(workflow.jobs)) {
    const told = [...ofJob(job), ...ofSteps(job.steps ?? [], root)];
    if ("pull_request" in workflow.on && !isForOwnBranches(job)) told.push(...ofForks(job));
    problems.push(...told.map((problem) => `${name}: ${problem}`));
  }
  return problems;
}

function ofJob(job: Job): string[] {
  return [
    ...(job.permissions === undefined ? ["no permissions"] : []),
    ...(Number.isInteger(job["timeout-minutes"]) ? [] : ["no timeout"]),
  ];
}

/** The condition is one of several that all must hold. */
function isForOwnBranches({ if: condition = "" }: Job): boolean {
  const parts = condition.split("&&").map((part) => part.trim());
  return parts.includes(OWN_BRANCH) && !condition.includes("||");
}

/** What a job must not have that runs what a fork has sent. */
function ofForks(job: Job): string[] {
  const { permissions = {}, environment } = job;
  return [
    ...(JSON.stringify(job).includes("secrets") ? ["a secret for forks"] : []),
    ...(environment === undefined ? [] : ["an environment for forks"]),
    ...(Object.values(permissions).includes("write") ? ["forks may write"] : []),
    // A runner of one's own remembers what ran on it.
    ...(/^ubuntu-\d\d\.\d\d$/.test(job["runs-on"] ?? "") ? [] : ["not a runner of GitHub's for forks"]),
  ];
}

function ofSteps(steps: readonly Step[], root: string): string[] {
  return steps.flatMap(({ uses = "", run = "", with: given = {} }) => [
    ...(uses.startsWith("actions/checkout@") && given["persist-credentials"] !== false
      ? ["the checkout keeps its token"]
      : []),
    ...(run.includes("${{") ? [`an expression inside of a script: ${run}`] : []),
    ...(run.trim().includes("\n") ? ["a script of several lines"] : []),
    ...scriptsIn(run)
      .filter((script) => !isProgram(join(root, script)))
      .map((script) => `${script} is not a program`),
  ]);
}

/** Names of our scripts in a line of shell. */
export function scriptsIn(line: string): string[] {
  return line.match(/\bci\/[\w/-]+\.sh\b/g) ?? [];
}

export function isProgram(path: string): boolean {
  return existsSync(path) && (statSync(path).mode & 0o111) !== 0;
}
