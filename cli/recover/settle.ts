/** After a run that was killed, or got no answer: from what it left to a state that says what the cloud has. */
import { rmSync } from "node:fs";
import type { OpenStackClient } from "../cloud/client";
import { ExitCode, UserError } from "../errors";
import type { Operation } from "../operation";
import { importState } from "../operation/importState";
import { tornAttributes } from "./backend";
import { findBroken, halfMade } from "./broken";
import { beingWorkedOn, isHeld, stackLocks } from "./lock";
import { findLost, plannedCreations } from "./lost";
import { findOrphans, removeOrphan, type Orphan } from "./orphans";
import { halfReplaced, withoutMarks } from "./replacements";
import { logicalName, type StackState, type StateResource } from "./state";

/** What a recovery found; with `--dry-run` all that it would do. */
export interface Recovery {
  /** Files of the backend that the kill had torn. */
  readonly torn: readonly string[];
  /** Whether Pulumi's lock is left from a run that is dead. */
  readonly locked: boolean;
  /** What was under way: `creating prod-cp-1`. */
  readonly interrupted: readonly string[];
  /** Objects that are deleted, each as `Port prod-cp-1-port  <id>`. */
  readonly deleted: readonly string[];
  /** Volumes that are left, because they may hold data: deleted with `--delete-volumes` alone. */
  readonly volumes: readonly string[];
  /** Resources that the next run replaces. */
  readonly replaced: readonly string[];
}

export interface RecoverOptions {
  /** Whether volumes that a run without an answer may have made are deleted along with the rest. */
  readonly deleteVolumes: boolean;
}

const VOLUME = "openstack:blockstorage/volume:Volume";

const shown = ({ what, id }: Orphan) => `${what}  ${id}`;

/** @throws UserError where a living run of this machine holds the lock */
function refuseHeld({ target: { stack } }: Operation): void {
  const held = stackLocks(stack)?.find((lock) => isHeld(lock) === true);
  if (held !== undefined) throw beingWorkedOn(stack, held);
}

/** @throws UserError where it cannot be known that no run holds the lock, and nobody said so */
async function releaseLock({ target, options, narrator, confirm }: Operation): Promise<boolean> {
  const { stack } = target;
  const locks = stackLocks(stack);
  // Nothing to release: `pulumi cancel` would take the lock of a run that begins in this very moment.
  if (locks?.length === 0) return false;
  if (options.dryRun) return true;
  // On a shared backend, or of another machine, a living run's lock looks like a dead one's.
  const known = locks?.every((lock) => isHeld(lock) === false) === true;
  if (!known && options.yes && !options.breakLock)
    throw new UserError(
      `whether another run is at work on stack ${stack} cannot be seen from here.`,
      "If none is, on any machine: the same command with --break-lock.",
      ExitCode.failed,
    );
  if (!options.breakLock) await confirm(`No other run is at work on stack ${stack}, on any machine?`);
  await target.pulumi(["cancel", "--yes"]);
  narrator.note("Lock released.");
  return true;
}

function removeTorn({ target, options, narrator }: Operation): string[] {
  const torn = tornAttributes(target.stack);
  if (torn.length > 0 && options.dryRun)
    throw new UserError(
      `the kill has torn ${torn.join(", ")}: until it is gone, no command of Pulumi can read the stack.`,
      `Without --dry-run it is removed first: npx opencenter recover ${target.stack}`,
      ExitCode.failed,
    );
  for (const file of torn) {
    rmSync(file);
    narrator.note(`Removed ${file}, which the kill had torn.`);
  }
  return torn;
}

async function remove(operation: Operation, orphans: readonly Orphan[], whose: string): Promise<string[]> {
  const { narrator, options, confirm } = operation;
  if (orphans.length === 0) return [];
  narrator.note(`${whose}, and not in the state:`);
  for (const orphan of orphans) narrator.note(`  ${shown(orphan)}`);
  if (options.dryRun) return orphans.map(shown);
  await confirm("Delete these? The next pulumi up makes them again.");
  for (const orphan of orphans) {
    await removeOrphan(orphan);
    narrator.note(`Deleted ${orphan.what}.`);
  }
  return orphans.map(shown);
}

/** What the next run would make; nothing where it is refused, with the reason. */
async function planned({ target, narrator }: Operation): Promise<StateResource[]> {
  try {
    return plannedCreations(await target.pulumi(["preview", "--json"]));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    narrator.note(`What is still to be made could not be looked for: ${error.message}`);
    return [];
  }
}

/** What a broken connection hid. */
async function lostObjects(operation: Operation, cloud: OpenStackClient): Promise<readonly Orphan[]> {
  const { target, narrator } = operation;
  const creations = await planned(operation);
  const { lost, otherState } = await findLost(cloud, await target.state(), creations, target.config);
  if (otherState)
    narrator.note(
      `The cloud has machines of ${target.config.name} that stand on nothing in this state: is it the right one? ` +
        "What runs may have made without an answer was not looked for.",
    );
  return lost;
}

/** A creation that nobody answered leaves an empty volume; so does nobody know who detached a full one by hand. */
function withoutVolumes(
  { narrator, target }: Operation,
  lost: readonly Orphan[],
  { deleteVolumes }: RecoverOptions,
): { readonly meant: readonly Orphan[]; readonly volumes: readonly Orphan[] } {
  const volumes = deleteVolumes ? [] : lost.filter(({ type }) => type === VOLUME);
  if (volumes.length > 0) {
    narrator.note(
      "Left, because they may hold data: volumes that no run has written down, and nothing uses.",
    );
    for (const volume of volumes) narrator.note(`  ${shown(volume)}`);
    narrator.note(
      `The next pulumi up makes new ones beside them. To delete these: npx opencenter recover ${target.stack} --delete-volumes`,
    );
  }
  return { meant: lost.filter((orphan) => !volumes.includes(orphan)), volumes };
}

async function markBroken(
  operation: Operation,
  cloud: OpenStackClient,
  state: StackState,
): Promise<string[]> {
  const { target, narrator, options, confirm } = operation;
  const broken = await findBroken(cloud, state);
  const names = broken.map((resource) => `${logicalName(resource)}  ${resource.id ?? ""}`);
  if (broken.length === 0) return [];
  narrator.note("In ERROR in the cloud, from a creation that failed:");
  for (const name of names) narrator.note(`  ${name}`);
  if (options.dryRun) return names;
  await confirm("Replace these with the next pulumi up?");
  await target.pulumi(["state", "taint", ...broken.map(({ urn }) => urn), "--yes"]);
  return names;
}

/**
 * Has the state say what the cloud has: interrupted updates and deletions are settled by that, and of a creation that
 * failed half-way the provider wrote down what it was asked for, tags that it never set among it.
 */
async function readAgain({ target, narrator, options }: Operation, state: StackState): Promise<void> {
  const [failed, replaced] = [halfMade(state), halfReplaced(state)];
  const names = (resources: readonly StateResource[]) => resources.map(logicalName).join(", ");
  if (state.pending.length === 0 && failed.length + replaced.length === 0) return;
  if (failed.length > 0)
    narrator.note(`Their creation failed half-way, so they are read again: ${names(failed)}`);
  if (replaced.length > 0) narrator.note(`Deleted, and not made again: ${names(replaced)}`);
  if (options.dryRun) return;
  if (replaced.length > 0)
    await importState(target, withoutMarks(await target.pulumi(["stack", "export"]), replaced));
  const scope =
    state.pending.length > 0
      ? ["--clear-pending-creates"]
      : [...failed, ...replaced].flatMap(({ urn }) => ["--target", urn]);
  await target.pulumi(["refresh", "--yes", "--skip-preview", ...scope]);
}

/** Settles what a run left. @throws CloudError @throws UserError */
export async function settle(operation: Operation, options: RecoverOptions): Promise<Recovery> {
  const { target, narrator } = operation;
  refuseHeld(operation);
  const torn = removeTorn(operation);
  const locked = await releaseLock(operation);
  const state = await target.state();
  const interrupted = state.pending.map(({ type, resource }) => `${type} ${logicalName(resource)}`);
  for (const what of interrupted) narrator.note(`Interrupted while ${what}.`);
  if (interrupted.length === 0) narrator.note("No operation was under way.");
  const cloud = await target.cloud();
  const deleted: string[] = [];
  if (state.pending.length > 0) {
    const orphans = await findOrphans(cloud, state, target.config.organization);
    deleted.push(...(await remove(operation, orphans, "Made by the killed run")));
  }
  await readAgain(operation, state);
  const { meant, volumes } = withoutVolumes(operation, await lostObjects(operation, cloud), options);
  deleted.push(...(await remove(operation, meant, "Made by a run that got no answer")));
  // After the refresh, which would take the marks away.
  const replaced = await markBroken(operation, cloud, state);
  return { torn, locked, interrupted, deleted, volumes: volumes.map(shown), replaced };
}
