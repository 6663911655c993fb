/** The `opencenter` command: its verbs, and how it ends. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { ExitCode, UserError } from "./errors";
import { programRoot } from "./project";
import { hasColours, painter } from "./style";

function version(): string {
  const manifest = JSON.parse(readFileSync(join(programRoot, "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

/** In the order of the help. */
const VERBS = [
  "init",
  "validate",
  "topology",
  "inventory",
  "generate",
  "service",
  "doctor",
  "recover",
  "status",
  "fleet",
  "drift",
  "reconcile",
  "rotate",
  "backup",
  "restore",
  "decommission",
  "adopt",
  "upgrade",
  "affected",
  "report",
] as const;

/** Loaded when it is wanted: all together they take seconds, and a fleet starts one process per cluster. */
const load = createRequire(__filename);

function commandOf(verb: (typeof VERBS)[number]): Command {
  const module = load(`./verbs/${verb}`) as Record<string, () => Command>;
  return module[`${verb}Command`]!();
}

/** The one that is named, or all where help has to list them. */
function wanted(word: string | undefined): readonly (typeof VERBS)[number][] {
  const named = VERBS.find((verb) => verb === word);
  return named === undefined ? VERBS : [named];
}

function buildProgram(): Command {
  const program = new Command("opencenter")
    .description("The whole life of a production Kubernetes cluster on OpenStack. One stack is one cluster.")
    .version(version())
    // `service diff --version X` is not a question for the program's version.
    .enablePositionalOptions()
    .showHelpAfterError("(--help shows how it is used)");
  for (const verb of wanted(process.argv[2])) program.addCommand(commandOf(verb));
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
