/** `opencenter decommission`: the end of a cluster, with nothing left behind and nobody else's things touched. */
import { input } from "@inquirer/prompts";
import { Command, Option } from "commander";
import { finalBackup } from "../backup/final";
import { SKIPPABLE, type Skippable } from "../backup/whole";
import { carryOut, sweep, type Ended } from "../decommission/carryOut";
import { type Removal, unseen } from "../decommission/leftovers";
import { requireOwnState } from "../decommission/otherState";
import { leftoversText, removalText, whatGoes } from "../decommission/show";
import { ExitCode, UserError } from "../errors";
import { asOperation, operate, type Operation, type OperationOptions, type Outcome } from "../operation";

interface Options extends OperationOptions {
  readonly name?: string;
  readonly backup: boolean;
  readonly skip: readonly Skippable[];
  readonly skipUnreachable: boolean;
  readonly lostState: boolean;
  readonly removeStack: boolean;
}

const HELP = `
Exit codes: 0 nothing is left but what was kept, 1 failed, refused, something is left or could not be asked, 2 wrong usage.
Run it again after a failure: it goes on where it stopped.`;

export function decommissionCommand(): Command {
  const command = new Command("decommission")
    .argument("<stack>", "name of the stack")
    .option("--name <cluster>", "the cluster's name, instead of typing it")
    .option("--no-backup", "without a last backup")
    .addOption(
      new Option("--skip <parts...>", "leave parts out of the last backup").choices(SKIPPABLE).default([]),
    )
    .option("--skip-unreachable", "the cluster is lost: do not wait for its API", false)
    .option(
      "--lost-state",
      "the cluster's state is in no backend any more: delete by tags, without a backup",
      false,
    )
    .option("--remove-stack", "also remove the stack; its last state stays as a file", false)
    .action(decommission);
  return asOperation(command, "changes", HELP);
}

async function decommission(stack: string, options: Options): Promise<void> {
  const { backup, skip, skipUnreachable, lostState, removeStack } = options;
  const asked = { backup, skip, skipUnreachable, lostState, removeStack };
  await operate("decommission", stack, options, { effect: "changes", asked }, (operation) =>
    end(operation, options),
  );
}

async function end(operation: Operation, options: Options): Promise<Outcome> {
  const { target } = operation;
  const state = await target.state();
  const looked = { stack: target.stack, state, cluster: target.config };
  const strangers = await requireOwnState(await target.cloud(), looked, options.lostState);
  const goes = whatGoes(state);
  const summary = [
    goes.length === 0 ? "The stack has nothing in the cloud any more." : `Goes: ${goes.join(", ")}.`,
    ...(strangers.length > 0 ? [`Goes by its tags, unknown to the state: ${strangers.join(", ")}.`] : []),
  ].join("\n");
  if (options.dryRun) return { text: summary, json: { goes, strangers }, summary: "nothing done" };
  process.stderr.write(`${summary}\n`);
  await confirmByName(operation, options.name);
  const { skip, skipUnreachable } = options;
  const ended = await carryOut(operation, { skip, skipUnreachable, ...(options.backup && { finalBackup }) });
  const removal = await leftoversGone(operation, ended);
  // The stack's name and settings are what a second look needs.
  if (isOver(ended, removal) && options.removeStack) await removeStack(operation);
  return outcome(operation, ended, removal);
}

/** Whether nothing is left, as far as every service of the cloud says. */
const isOver = ({ leftovers }: Ended, { stuck }: Removal) =>
  stuck.length === 0 && unseen(leftovers).length === 0;

/** A yes is said too easily for what cannot be taken back. */
async function confirmByName({ target, options }: Operation, given: string | undefined): Promise<void> {
  const { name } = target.config;
  const typed = given ?? (await typedName(name, options));
  if (typed === name) return;
  throw new UserError(
    `${typed} is not the name of this cluster, ${name}; nothing was done.`,
    undefined,
    ExitCode.failed,
  );
}

async function typedName(name: string, { yes }: OperationOptions): Promise<string> {
  if (yes || process.stdin.isTTY !== true)
    throw new UserError(
      "this cannot be taken back, and --yes does not say which cluster.",
      `Say --name ${name}.`,
    );
  return input({ message: `Everything of ${name} goes. Type its name:` }, { output: process.stderr });
}

async function leftoversGone(operation: Operation, { leftovers }: Ended): Promise<Removal> {
  if (leftovers.ours.length === 0) return { removed: [], stuck: [] };
  process.stderr.write(`${leftoversText(leftovers).join("\n")}\n`);
  await operation.confirm(`Delete these ${leftovers.ours.length}, each by its id?`);
  return sweep(operation, leftovers);
}

async function removeStack({ target, step }: Operation): Promise<void> {
  await step("Removing the stack", () => target.pulumi(["stack", "rm", "--yes", "--preserve-config"]));
}

function outcome({ target }: Operation, ended: Ended, removal: Removal): Outcome {
  const { backup, stateFile, leftovers } = ended;
  const { name, gitops } = target.config;
  const { kept, doubtful, unasked } = leftovers;
  const over = isOver(ended, removal);
  const git =
    gitops === undefined
      ? []
      : [
          `In ${gitops.repository.url}: git rm -r clusters/${name} overlays/${name}, and commit; other clusters do not use them.`,
        ];
  const lines = [
    ...removalText(removal),
    ...leftoversText({ ours: [], doubtful, kept, unasked }),
    ...(backup === undefined ? [] : [`Last backup: ${backup}`]),
    ...(stateFile === undefined ? [] : [`Last state: ${stateFile}`]),
    ...git,
    over
      ? `${name} is gone${kept.length > 0 ? ", but for what was kept" : ""}.`
      : `Not all of ${name} is known to be gone. Look again: npx opencenter decommission ${target.stack}`,
  ];
  const plain = (all: readonly { kind: string; id: string; name: string }[]) =>
    all.map(({ kind, id, name: called }) => ({ kind, id, name: called }));
  return {
    text: lines.join("\n"),
    json: {
      backup,
      stateFile,
      removed: plain(removal.removed),
      stuck: removal.stuck.map(({ what, reason }) => ({ ...plain([what])[0], reason })),
      doubtful: plain(doubtful),
      kept,
      unasked,
    },
    exitCode: over ? ExitCode.ok : ExitCode.failed,
    summary: `${over ? "gone" : "not all gone"}; ${removal.removed.length} leftovers deleted, ${removal.stuck.length} still there`,
  };
}
