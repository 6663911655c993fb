/** The `opencenter` command: its verbs, and how it ends. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { ExitCode, UserError } from "./errors";
import { programRoot } from "./project";
import { hasColours, painter } from "./style";
import { adoptCommand } from "./verbs/adopt";
import { decommissionCommand } from "./verbs/decommission";
import { doctorCommand } from "./verbs/doctor";
import { driftCommand } from "./verbs/drift";
import { fleetCommand } from "./verbs/fleet";
import { generateCommand } from "./verbs/generate";
import { initCommand } from "./verbs/init";
import { inventoryCommand } from "./verbs/inventory";
import { reconcileCommand } from "./verbs/reconcile";
import { recoverCommand } from "./verbs/recover";
import { rotateCommand } from "./verbs/rotate";
import { serviceCommand } from "./verbs/service";
import { statusCommand } from "./verbs/status";
import { topologyCommand } from "./verbs/topology";
import { upgradeCommand } from "./verbs/upgrade";
import { validateCommand } from "./verbs/validate";

function version(): string {
  const manifest = JSON.parse(readFileSync(join(programRoot, "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

function buildProgram(): Command {
  const program = new Command("opencenter")
    .description("The whole life of a production Kubernetes cluster on OpenStack. One stack is one cluster.")
    .version(version())
    // `service diff --version X` is not a question for the program's version.
    .enablePositionalOptions()
    .showHelpAfterError("(--help shows how it is used)");
  for (const make of [
    initCommand,
    validateCommand,
    topologyCommand,
    inventoryCommand,
    generateCommand,
    serviceCommand,
    doctorCommand,
    recoverCommand,
    statusCommand,
    fleetCommand,
    driftCommand,
    reconcileCommand,
    rotateCommand,
    adoptCommand,
    decommissionCommand,
    upgradeCommand,
  ])
    program.addCommand(make());
  inherit(program);
  return program;
}

/** Settings are copied to subcommands only by command(), and only those of that moment. */
function inherit(command: Command): void {
  command.exitOverride();
  for (const subcommand of command.commands) {
    subcommand.copyInheritedSettings(command);
    inherit(subcommand);
  }
}

/** Says what went wrong, and returns the exit code for it. */
function report(error: unknown): number {
  const paint = painter(hasColours(process.stderr));
  if (error instanceof CommanderError) {
    // Commander has printed the help, the version or the mistake.
    return error.exitCode === 0 ? ExitCode.ok : ExitCode.wrongUsage;
  }
  if (error instanceof UserError) {
    process.stderr.write(`${paint("red", "error:")} ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  → ${error.hint}\n`);
    return error.exitCode;
  }
  if (error instanceof Error && error.name === "ExitPromptError") {
    process.stderr.write("Cancelled; nothing was written.\n");
    return ExitCode.failed;
  }
  process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  process.stderr.write(`This is a bug in opencenter ${version()}: please report it with the lines above.\n`);
  return ExitCode.failed;
}

async function main(): Promise<void> {
  // `opencenter … | head` closes the pipe early, which is not a failure.
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(ExitCode.ok);
    throw error;
  });
  try {
    await buildProgram().parseAsync();
  } catch (error) {
    process.exitCode = report(error);
  }
}

void main();
