/** `opencenter fleet`: the same question for every cluster of the project. */
import { Command, InvalidArgumentError } from "commander";
import { ExitCode } from "../errors";
import { chooseStacks } from "../fleet/choose";
import { askEach, type Asked } from "../fleet/each";
import { findProject } from "../project";
import type { ClusterStatus } from "../status/look";
import { statusText, type Row } from "../status/show";
import { hasColours, painter } from "../style";
import { table } from "../table";

interface Options {
  readonly parallel: number;
  readonly filter?: string;
  readonly timeout: number;
  readonly json: boolean;
  readonly quick?: boolean;
}

interface Question {
  readonly description: string;
  readonly verb: (options: Options) => readonly string[];
  readonly show: (answers: readonly Asked[]) => string;
}

const QUESTIONS: Readonly<Record<string, Question>> = {
  status: {
    description: "Where each cluster stands, one line each.",
    verb: ({ quick }) => ["status", ...(quick === true ? ["--quick"] : [])],
    show: statusTable,
  },
  drift: { description: "What differs, counted by layer.", verb: () => ["drift"], show: driftTable },
  preview: {
    description: "What pulumi up would do to each.",
    verb: () => ["status", "--look", "pending"],
    show: statusTable,
  },
};

const HELP = `
Exit codes: 0 all clusters answered (drift: and are clean), 2 drift somewhere, 1 a cluster could not be looked at, or wrong usage.`;

export function fleetCommand(): Command {
  const fleet = new Command("fleet");
  for (const [name, { description }] of Object.entries(QUESTIONS)) {
    const command = fleet
      .command(name)
      .description(description)
      .argument("[stack...]", "these stacks instead of all")
      .option("--parallel <count>", "clusters at once", positive, 4)
      .option("--filter <tag>", "only clusters with this tag; also environment=… and organization=…")
      .option("--timeout <seconds>", "for one cluster", positive, 600)
      .option("--json", "print the answers as one JSON document", false)
      .action((named: string[], options: Options) => ask(name, named, options))
      .addHelpText("after", HELP);
    if (name === "status")
      command.option("--quick", "without pending changes and drift, which are runs of Pulumi", false);
  }
  return fleet;
}

function positive(text: string): number {
  const count = Number(text);
  if (Number.isInteger(count) && count > 0) return count;
  throw new InvalidArgumentError("must be a whole number above 0.");
}

async function ask(name: string, named: readonly string[], options: Options): Promise<void> {
  const question = QUESTIONS[name]!;
  const stacks = chooseStacks(findProject(process.cwd()), options.filter, named);
  let done = 0;
  const limits = { parallel: options.parallel, timeoutMs: options.timeout * 1_000 };
  const answers = await askEach(stacks, question.verb(options), limits, ({ stack, problem }) => {
    done += 1;
    process.stderr.write(`${done}/${stacks.length} ${stack}${problem === undefined ? "" : `: ${problem}`}\n`);
  });
  const clusters = answers.map(({ stack, document, problem }) => ({
    stack,
    ...document,
    ...(problem && { problem }),
  }));
  process.stdout.write(`${options.json ? JSON.stringify({ clusters }) : question.show(answers)}\n`);
  process.exitCode = worst(answers);
}

/** A cluster that nobody could look at is worse news than one that differs. */
function worst(answers: readonly Asked[]): number {
  const codes = answers.map(({ exitCode, document }) => (document === undefined ? 1 : (exitCode ?? 1)));
  return codes.find((code) => code === 1) ?? codes.find((code) => code !== 0) ?? ExitCode.ok;
}

function statusTable(answers: readonly Asked[]): string {
  const rows = answers.map(({ stack, document, problem }): Row => ({
    stack,
    ...(document?.["status"] ? { status: document["status"] as ClusterStatus } : {}),
    ...(problem === undefined ? {} : { problem }),
  }));
  return statusText(rows, painter(hasColours(process.stdout)));
}

interface Layers {
  readonly layers: readonly {
    readonly layer: string;
    readonly looked: boolean;
    readonly findings?: readonly unknown[];
  }[];
}

function driftTable(answers: readonly Asked[]): string {
  const rows = answers.map(({ stack, document, problem }) => {
    const report = document?.["report"] as Layers | undefined;
    if (report === undefined) return [stack, "?", "?", "?", problem ?? "no answer"];
    const cell = (name: string) => {
      const layer = report.layers.find((one) => one.layer === name);
      if (layer === undefined) return "-";
      return layer.looked ? String(layer.findings?.length ?? 0) : "?";
    };
    return [stack, cell("cloud"), cell("nodes"), cell("platform"), ""];
  });
  return table([["CLUSTER", "CLOUD", "NODES", "PLATFORM", ""], ...rows]);
}
