/** `opencenter recover`: after a run that was killed, so that the next `pulumi up` makes nothing twice. */
import { confirm } from "@inquirer/prompts";
import { Command } from "commander";
import { validateStackFile } from "../../config/validate";
import type { ClusterConfig } from "../../config/resolve";
import type { OpenStackClient } from "../cloud/client";
import { CloudError } from "../cloud/errors";
import { ExitCode, UserError } from "../errors";
import { connectTo } from "../online";
import { findProject, readStackFile } from "../project";
import { removeTornAttributes } from "../recover/backend";
import { findBroken } from "../recover/broken";
import { pulumi } from "../pulumi";
import { beingWorkedOn, isHeld, stackLocks } from "../recover/lock";
import { findLost, plannedCreations } from "../recover/lost";
import { findOrphans, removeOrphan, type Orphan } from "../recover/orphans";
import { logicalName, parseState, type StackState, type StateResource } from "../recover/state";

interface Options {
  readonly yes: boolean;
}

export function recoverCommand(): Command {
  return new Command("recover")
    .argument("<stack>", "name of the stack")
    .option("-y, --yes", "do not ask", false)
    .action(recover);
}

async function ask(question: string, { yes }: Options): Promise<void> {
  if (yes) return;
  if (process.stdin.isTTY !== true)
    throw new UserError(`not asked, and not a terminal: ${question}`, "Say --yes.");
  if (!(await confirm({ message: question, default: false })))
    throw new UserError("stopped; nothing more was done.", undefined, ExitCode.failed);
}

async function releaseLock(stack: string, project: string, options: Options): Promise<void> {
  const locks = stackLocks(stack);
  const held = locks?.find((lock) => isHeld(lock) === true);
  if (held !== undefined) throw beingWorkedOn(stack, held);
  for (const file of removeTornAttributes(stack)) console.log(`Removed ${file}, which the kill had torn.`);
  // Nothing to release: `pulumi cancel` would take the lock of a run that begins in this very moment.
  if (locks?.length === 0) return;
  await ask(`No other run is at work on stack ${stack}, on any machine?`, options);
  await pulumi(["cancel", stack, "--yes"], project);
  console.log("Lock released.");
}

function readConfig(stack: string): ClusterConfig {
  const { text } = readStackFile(process.env["PULUMI_OPTION_CONFIG_FILE"] ?? stack, process.cwd());
  const { config } = validateStackFile(text);
  if (config === undefined)
    throw new UserError(
      `the stack file of ${stack} has problems.`,
      `npx opencenter validate ${stack}`,
      ExitCode.failed,
    );
  return config;
}

async function removeOrphans(orphans: readonly Orphan[], what: string, options: Options): Promise<void> {
  if (orphans.length === 0) return;
  console.log(`${what}, and not in the state:`);
  for (const { what: kind, id } of orphans) console.log(`  ${kind}  ${id}`);
  await ask("Delete these? The next pulumi up makes them again.", options);
  for (const orphan of orphans) {
    await removeOrphan(orphan);
    console.log(`Deleted ${orphan.what}.`);
  }
}

/** What the next run would make; nothing where it is refused, with the reason. */
async function planned(stack: string, project: string): Promise<StateResource[]> {
  try {
    return plannedCreations(await pulumi(["preview", "--stack", stack, "--json"], project));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    console.log(`What is still to be made could not be looked for: ${error.message}`);
    return [];
  }
}

/** What a broken connection hid. */
async function removeLost(
  cloud: OpenStackClient,
  stack: string,
  config: ClusterConfig,
  project: string,
  options: Options,
): Promise<void> {
  const creations = await planned(stack, project);
  const { lost, otherState } = await findLost(cloud, await exportState(stack, project), creations, config);
  if (otherState)
    console.log(
      `The cloud has machines of ${config.name} that stand on nothing in this state: is it the right one? ` +
        "What runs may have made without an answer was not looked for.",
    );
  await removeOrphans(lost, "Made by a run that got no answer", options);
}

const exportState = async (stack: string, project: string) =>
  parseState(await pulumi(["stack", "export", "--stack", stack], project));

function describe({ pending }: StackState): void {
  if (pending.length === 0) console.log("No operation was under way.");
  for (const { type, resource } of pending)
    console.log(`Interrupted while ${type} ${logicalName(resource)}.`);
}

async function markBroken(
  broken: readonly StateResource[],
  stack: string,
  project: string,
  options: Options,
) {
  if (broken.length === 0) return;
  console.log("In ERROR in the cloud, from a creation that failed:");
  for (const resource of broken) console.log(`  ${logicalName(resource)}  ${resource.id ?? ""}`);
  await ask("Replace these with the next pulumi up?", options);
  await pulumi(["state", "taint", ...broken.map(({ urn }) => urn), "--stack", stack, "--yes"], project);
}

async function settle(
  stack: string,
  config: ClusterConfig,
  project: string,
  options: Options,
): Promise<void> {
  const state = await exportState(stack, project);
  describe(state);
  const cloud = await connectTo(config, { directory: project });
  if (state.pending.length > 0) {
    const orphans = await findOrphans(cloud, state, config.organization);
    await removeOrphans(orphans, "Made by the killed run", options);
    // Interrupted updates and deletions are settled by reading what the cloud has now.
    await pulumi(
      ["refresh", "--stack", stack, "--yes", "--skip-preview", "--clear-pending-creates"],
      project,
    );
  }
  await removeLost(cloud, stack, config, project, options);
  // After the refresh, which would take the marks away.
  await markBroken(await findBroken(cloud, state), stack, project, options);
}

async function recover(stack: string, options: Options): Promise<void> {
  const project = findProject(process.cwd());
  const config = readConfig(stack);
  await releaseLock(stack, project, options);
  try {
    await settle(stack, config, project, options);
  } catch (error) {
    if (error instanceof CloudError) throw new UserError(error.message, error.hint, ExitCode.failed);
    throw error;
  }
  console.log(`Settled. Go on with: pulumi up --stack ${stack}, or the command that was interrupted.`);
}
