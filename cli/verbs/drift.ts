/** `opencenter drift`: one report over cloud, nodes and platform. It only looks. */
import { writeFileSync } from "node:fs";
import { Command, Option } from "commander";
import { lookForDrift } from "../drift/layers";
import { exitCodeOf, LAYERS, summaryOf, type Layer } from "../drift/report";
import { driftHtml } from "../drift/show/html";
import { driftJunit } from "../drift/show/junit";
import { driftText } from "../drift/show/text";
import { ExitCode, UserError } from "../errors";
import { asOperation, operate } from "../operation";
import { hasColours, painter } from "../style";

interface Options {
  readonly json: boolean;
  readonly html?: string;
  readonly junit?: string;
  readonly layer: readonly Layer[];
}

const HELP = `
Exit codes: 0 clean, 2 drift, 1 could not look (at one layer at least, and no drift in the others), or wrong usage.
It changes neither the cloud nor the state.`;

export function driftCommand(): Command {
  const command = new Command("drift")
    .argument("<stack>", "name of the stack")
    .option("--html <file>", "also write the report as one page")
    .option("--junit <file>", "also write it as JUnit XML")
    .addOption(new Option("--layer <layer...>", "only these").choices(LAYERS).default([...LAYERS], "all"))
    .action(drift);
  return asOperation(command, "looks", HELP);
}

async function drift(stack: string, options: Options): Promise<void> {
  await operate("drift", stack, options, { effect: "looks" }, async ({ target, narrator }) => {
    const report = await narrator.step(`Looking at ${options.layer.join(", ")}`, () =>
      lookForDrift(target, { layers: options.layer }),
    );
    if (options.html !== undefined) write(options.html, driftHtml(report));
    if (options.junit !== undefined) write(options.junit, driftJunit(report));
    return {
      text: driftText(report, painter(hasColours(process.stdout))),
      json: { report },
      exitCode: exitCodeOf(report),
      summary: summaryOf(report),
    };
  });
}

function write(path: string, content: string): void {
  try {
    writeFileSync(path, content);
  } catch (error) {
    throw new UserError(`${path} cannot be written: ${(error as Error).message}`, undefined, ExitCode.failed);
  }
}
