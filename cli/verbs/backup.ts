/** `opencenter backup`: a set of everything that a cluster can be restored from, now. */
import { Argument, Command, Option } from "commander";
import { create, list, pruneOnly, verify, type BackupOptions } from "../backup/actions";
import { drill, type DrillOptions } from "../backup/drill";
import { SKIPPABLE } from "../backup/whole";
import { UserError } from "../errors";
import {
  asOperation,
  operate,
  type Effect,
  type Operation,
  type OperationOptions,
  type Outcome,
} from "../operation";

type Options = BackupOptions & DrillOptions & Partial<OperationOptions>;

interface Action {
  readonly effect: Effect;
  readonly takesName: boolean;
  readonly run: (operation: Operation, options: Options, name?: string) => Promise<Outcome>;
}

const ACTIONS: Readonly<Record<string, Action>> = {
  create: { effect: "changes", takesName: false, run: create },
  list: { effect: "looks", takesName: false, run: list },
  verify: { effect: "looks", takesName: true, run: verify },
  drill: { effect: "changes", takesName: true, run: drill },
  prune: { effect: "changes", takesName: false, run: pruneOnly },
};

const HELP = `
Actions: create (default), list, verify [name], drill [name], prune.
Exit codes: 0 done, 1 failed, refused, not sound, or made without what Velero should have given, 2 wrong usage.`;

export function backupCommand(): Command {
  const command = new Command("backup")
    .argument("<cluster>", "name of the stack")
    .addArgument(new Argument("[action]", "what to do").choices(Object.keys(ACTIONS)).default("create"))
    .argument("[name]", "of a backup, for verify and drill; the newest one if none is given")
    .option("--dir <folder>", "sets are in this folder, and not in the store of the configuration")
    .option("--identity <file>", "age identities beside those of the stack (age-keygen)")
    .addOption(new Option("--skip <parts...>", "leave parts out of a new set").choices(SKIPPABLE).default([]))
    .option("--no-prune", "create: keep sets that are older than backup.retention")
    .option("--all", "verify: every set", false)
    .option("--namespace <name>", "drill: of which namespace; that with the most objects if none is given");
  return asOperation(command, "changes", HELP).action(backup);
}

async function backup(
  stack: string,
  action: string,
  name: string | undefined,
  options: Options,
): Promise<void> {
  const { effect, takesName, run } = ACTIONS[action]!;
  if (name !== undefined && !takesName) throw new UserError(`backup ${action} takes no name of a backup.`);
  const asked = {
    action,
    ...(name === undefined ? {} : { name }),
    ...(options.dir === undefined ? {} : { dir: options.dir }),
  };
  await operate(`backup ${action}`, stack, options, { effect, asked }, (operation) =>
    run(operation, options, name),
  );
}
