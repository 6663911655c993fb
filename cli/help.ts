/** What the help of every verb has to say. */
import type { EventEmitter } from "node:events";
import type { Command } from "commander";

const USUAL = `
Exit codes: 0 done, 1 failed or refused, 2 wrong usage.`;

/** Scripts act on exit codes: a command whose own help has none gets the usual ones. Subcommands, too. */
export function sayExitCodes(command: Command): void {
  for (const subcommand of command.commands) sayExitCodes(subcommand);
  // Commander keeps texts behind the help as listeners, which its types do not say.
  const hasOwn =
    (command as unknown as EventEmitter).listenerCount("afterHelp") > 0 ||
    /exit code/i.test(command.description());
  if (!hasOwn && command.commands.length === 0) command.addHelpText("after", USUAL);
}
