/** The `opencenter` command: its verbs, and how it ends. */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";
import { Command, CommanderError } from "commander";
import { ExitCode, usageExitCode, UserError } from "./errors";
import { sayExitCodes } from "./help";
import { programRoot } from "./project";
import { hasColours, painter } from "./style";
import { type NamedVerb, VERBS } from "./verbs";

function version(): string {
  const manifest = JSON.parse(readFileSync(join(programRoot, "package.json"), "utf8")) as { version: string };
  return manifest.version;
}

/** Loaded when it is wanted: all together they take seconds, and a fleet starts one process per cluster. */
const load = createRequire(__filename);

function loaded({ name }: NamedVerb): Command {
  const module = load(`./verbs/${name}`) as Record<string, () => Command>;
  return module[`${name}Command`]!();
}

/** What the list of verbs and "Did you mean …?" need to know of one. */
const named = ({ name, takes }: NamedVerb): Command =>
  takes === "" ? new Command(name) : new Command(name).arguments(takes);

function buildProgram(): Command {
  const program = new Command("opencenter")
    .description("The whole life of a production Kubernetes cluster on OpenStack. One stack is one cluster.")
    .version(version())
    // `service diff --version X` is not a question for the program's version.
    .enablePositionalOptions()
    .showHelpAfterError("(--help shows how it is used)");
  // `help VERB` shows the help of that verb.
  const words = process.argv.slice(2, process.argv[2] === "help" ? 4 : 3);
  for (const verb of VERBS) {
    const command = words.includes(verb.name) ? loaded(verb) : named(verb);
    program.addCommand(command.description(verb.does).helpGroup(verb.group));
    sayExitCodes(command);
  }
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
    return error.exitCode === 0 ? ExitCode.ok : usageExitCode(process.argv[2]);
  }
  if (error instanceof UserError) {
    process.stderr.write(`${paint("red", "error:")} ${error.message}\n`);
    if (error.hint !== undefined) process.stderr.write(`  → ${error.hint}\n`);
    return error.exitCode === ExitCode.wrongUsage ? usageExitCode(process.argv[2]) : error.exitCode;
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
