/** Takes away what a dead run holds: its lock, and files that were torn when it was killed. */
import { rmSync } from "node:fs";
import { ExitCode, UserError } from "../errors";
import type { Operation } from "../operation";
import { tornAttributes } from "./backend";
import { beingWorkedOn, isHeld, stackLocks } from "./lock";
import type { Standstill } from "./standstill";

/** @throws UserError where a living run of this machine holds the lock */
export function refuseHeld({ target: { stack } }: Operation): void {
  const held = stackLocks(stack)?.find((lock) => isHeld(lock) === true);
  if (held !== undefined) throw beingWorkedOn(stack, held);
}

/** @throws UserError where it cannot be known that no run holds the lock, and nobody said so */
export async function releaseLock(
  { target, options, narrator, confirm }: Operation,
  standstill: Standstill,
): Promise<boolean> {
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
  // A living run has gone on while the question was read.
  await standstill.check();
  await target.pulumi(["cancel", "--yes"]);
  narrator.note("Lock released.");
  await standstill.check();
  return true;
}

/** @returns what was removed */
export function removeTorn({ target, options, narrator }: Operation): string[] {
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
