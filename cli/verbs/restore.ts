/** `opencenter restore`: from a set of `opencenter backup`. */
import { Command } from "commander";
import { asOperation, operate, type OperationOptions } from "../operation";
import { restore, type RestoreOptions } from "../restore/run";

type Options = RestoreOptions & Partial<OperationOptions>;

const HELP = `
Without --state, --keys or --etcd: objects, volumes and Secrets. The set is fetched and checked as a whole before anything is done.
Exit codes: 0 done, 1 failed or refused, 2 wrong usage.`;

export function restoreCommand(): Command {
  const command = new Command("restore")
    .argument("<cluster>", "name of the stack whose backup it is")
    .requiredOption("--backup <name>", "name of the backup; npx opencenter backup <cluster> list")
    .option("--into <cluster>", "another cluster of the same organisation takes the objects")
    .option("--namespace <names...>", "only these namespaces")
    .option("--state", "import the stack's state of the backup", false)
    .option(
      "--keys",
      "after losing everything: of the state only the keys, for a new cluster in an empty stack",
      false,
    )
    .option("--etcd", "take etcd back to the snapshot, on every member: all objects are as they were", false)
    .option("--force", "with --yes: replace a state that is newer than the backup's", false)
    .option("--confirm-name <cluster>", "for --etcd where there is no terminal: the cluster's name")
    .option("--dir <folder>", "sets are in this folder, and not in the store of the configuration")
    .option("--identity <file>", "age identities beside those of the stack (age-keygen)");
  return asOperation(command, "changes", HELP).action(run);
}

async function run(stack: string, options: Options): Promise<void> {
  const { backup, into, namespace, state, keys, etcd, dir } = options;
  const parts = { ...(state ? { state } : {}), ...(keys ? { keys } : {}), ...(etcd ? { etcd } : {}) };
  const given = { backup, into, namespace, dir, ...parts };
  await operate("restore", stack, options, { effect: "changes", asked: given }, (operation) =>
    restore(operation, options),
  );
}
