/** After a run that was killed, or got no answer: from what it left to a state that says what the cloud has. */
import type { OpenStackClient } from "../cloud/client";
import { UserError } from "../errors";
import type { Operation } from "../operation";
import { importState } from "../operation/importState";
import { findBroken, halfMade } from "./broken";
import { nameInUse, shown, sift, type Sifted } from "./left";
import { findInterrupted, findLost, plannedCreations, type LostObjects } from "./lost";
import { markBroken, named, nameWhole } from "./mark";
import { removeOrphan, type Orphan } from "./orphans";
import { halfReplaced, withoutMarks } from "./replacements";
import { Standstill } from "./standstill";
import { logicalName, type StateResource } from "./state";
import { refuseHeld, releaseLock, removeTorn } from "./unlock";
import { madeByKilledRun } from "./volumes";

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
  /** Objects that are left, because they may be another cluster's. */
  readonly doubtful: readonly string[];
  /** Objects under the names of what a killed run was making, that somebody uses or that are older than the stack. */
  readonly inUse: readonly string[];
  /** Resources that the next run replaces. */
  readonly replaced: readonly string[];
  /** Resources in ERROR that were whole before an update failed: a person has to mend them. */
  readonly unmended: readonly string[];
}

export interface RecoverOptions {
  /** Whether volumes that a run without an answer may have made are deleted along with the rest. */
  readonly deleteVolumes: boolean;
}

interface Context {
  readonly operation: Operation;
  readonly cloud: OpenStackClient;
  readonly standstill: Standstill;
  readonly options: RecoverOptions;
}

interface Removed extends Sifted {
  readonly deleted: readonly string[];
  readonly inUse: readonly Orphan[];
}

const NOTHING: Removed = { meant: [], volumes: [], doubtful: [], deleted: [], inUse: [] };

async function remove(
  operation: Operation,
  standstill: Standstill,
  orphans: readonly Orphan[],
  whose: string,
): Promise<string[]> {
  const { narrator, options, confirm } = operation;
  if (orphans.length === 0) return [];
  narrator.note(`${whose}, and not in the state:`);
  for (const orphan of orphans) narrator.note(`  ${shown(orphan)}`);
  if (options.dryRun) return orphans.map(shown);
  await confirm("Delete these? The next pulumi up makes them again.");
  for (const orphan of orphans) {
    await standstill.check();
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

/** Says where nothing was looked for. */
function explained({ target, narrator }: Operation, found: LostObjects): LostObjects {
  if (found.otherState)
    narrator.note(
      `The cloud has machines of ${target.config.name} that stand on nothing in this state: is it the right one? ` +
        "What runs may have made without an answer was not looked for.",
    );
  return found;
}

/** What a killed run was making. */
async function removeInterrupted(context: Context): Promise<Removed> {
  const { operation, cloud, standstill, options } = context;
  const { target } = operation;
  if (standstill.state.pending.length === 0) return NOTHING;
  const found = explained(operation, await findInterrupted(cloud, standstill.state, target.config));
  nameInUse(operation, found.inUse);
  const certain = await madeByKilledRun(target, found.lost, standstill.locks);
  const sifted = sift(operation, found, { ...options, certain, told: new Set() });
  const deleted = await remove(operation, standstill, sifted.meant, "Made by the killed run");
  return { ...sifted, deleted, inUse: found.inUse };
}

/** What a broken connection hid. @param before what was named already */
async function removeLost(context: Context, before: Removed): Promise<Removed> {
  const { operation, cloud, standstill, options } = context;
  const { target } = operation;
  const creations = await planned(operation);
  const found = explained(operation, await findLost(cloud, standstill.state, creations, target.config));
  const told = new Set([...before.meant, ...before.volumes, ...before.doubtful].map(({ id }) => id));
  const sifted = sift(operation, found, { ...options, certain: [], told });
  const whose = "Made by a run that got no answer";
  return { ...sifted, deleted: await remove(operation, standstill, sifted.meant, whose), inUse: [] };
}

/**
 * Has the state say what the cloud has: interrupted updates and deletions are settled by that, and of a creation that
 * failed half-way the provider wrote down what it was asked for, tags that it never set among it.
 */
async function readAgain({ target, narrator, options }: Operation, standstill: Standstill): Promise<void> {
  const { state } = standstill;
  const [failed, replaced] = [halfMade(state), halfReplaced(state)];
  const names = (resources: readonly StateResource[]) => resources.map(logicalName).join(", ");
  if (state.pending.length === 0 && failed.length + replaced.length === 0) return;
  if (failed.length > 0)
    narrator.note(`Their creation or update failed half-way, so they are read again: ${names(failed)}`);
  if (replaced.length > 0) narrator.note(`Deleted, and not made again: ${names(replaced)}`);
  if (options.dryRun) return;
  await standstill.check();
  if (replaced.length > 0) {
    const exported = await target.pulumi(["stack", "export"]);
    await importState(target, withoutMarks(exported, replaced), exported);
  }
  const scope =
    state.pending.length > 0
      ? ["--clear-pending-creates"]
      : [...failed, ...replaced].flatMap(({ urn }) => ["--target", urn]);
  await target.pulumi(["refresh", "--yes", "--skip-preview", ...scope]);
  await standstill.renew();
}

/** Settles what a run left. @throws CloudError @throws UserError */
export async function settle(operation: Operation, options: RecoverOptions): Promise<Recovery> {
  const { target, narrator } = operation;
  refuseHeld(operation);
  const torn = removeTorn(operation);
  const standstill = await Standstill.of(target);
  const locked = await releaseLock(operation, standstill);
  const { state } = standstill;
  const interrupted = state.pending.map(({ type, resource }) => `${type} ${logicalName(resource)}`);
  for (const what of interrupted) narrator.note(`Interrupted while ${what}.`);
  if (interrupted.length === 0) narrator.note("No operation was under way.");
  const context = { operation, cloud: await target.cloud(), standstill, options };
  const first = await removeInterrupted(context);
  await readAgain(operation, standstill);
  const second = await removeLost(context, first);
  // After the refresh, which would take the marks away.
  const broken = await findBroken(context.cloud, state);
  const whole = broken.filter(({ repair }) => repair !== undefined);
  nameWhole(operation, whole);
  const made = broken.filter(({ repair }) => repair === undefined);
  const replaced = await markBroken(operation, standstill, made);
  return {
    ...{ torn, locked, interrupted, replaced, unmended: whole.map(named) },
    deleted: [...first.deleted, ...second.deleted],
    volumes: [...first.volumes, ...second.volumes].map(shown),
    doubtful: [...first.doubtful, ...second.doubtful].map(shown),
    inUse: first.inUse.map(shown),
  };
}
