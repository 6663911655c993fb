/** The stack's state out of a set, in the place of the present one. */
import { join } from "node:path";
import { writePrivate } from "../../runner/files";
import type { AgeIdentity } from "../backup/keys";
import { seal } from "../backup/sealing";
import { UserError } from "../errors";
import type { Target } from "../operation";
import { importState, refuseChanged } from "../operation/importState";
import { parseState } from "../recover/state";

/** Whether a state knows of nothing but the stack itself. */
export function isEmpty(exported: string): boolean {
  return parseState(exported).resources.every(({ type }) => type === "pulumi:pulumi:Stack");
}

/** The present state; undefined where the stack has lost it. */
export async function presentState(target: Target): Promise<string | undefined> {
  try {
    return await target.pulumi(["stack", "export"]);
  } catch (error) {
    if (error instanceof UserError && /no stack named/.test(error.message)) return undefined;
    throw error;
  }
}

/** @returns where the present state is kept, for the way back */
async function keepPresent(
  { project, paths }: Target,
  present: string,
  identities: readonly AgeIdentity[],
  now: Date,
): Promise<string> {
  const sealed = await seal(
    Buffer.from(present),
    identities.map(({ recipient }) => recipient),
  );
  const stamp = now.toISOString().replace(/[-:]|\.\d+/g, "");
  const file = join(paths.state, "before-restore", `${stamp}-state.json.gz.age`);
  writePrivate(join(project, file), sealed);
  return file;
}

export interface StateReplacement {
  /** Export of the present state that was weighed against the saved one, and shown; undefined where there was none. */
  readonly seen: string | undefined;
  readonly saved: Buffer;
  readonly identities: readonly AgeIdentity[];
}

/**
 * The saved state in the place of the present one, which is kept as it is in that moment.
 * @returns where it is kept; undefined where there was none
 * @throws UserError when the present state is not the one that was seen: somebody has answered a question since
 */
export async function replaceState(
  target: Target,
  { seen, saved, identities }: StateReplacement,
): Promise<string | undefined> {
  const present = await presentState(target);
  refuseChanged(target, present, seen);
  const kept = present === undefined ? undefined : await keepPresent(target, present, identities, new Date());
  await importState(target, saved, present);
  return kept;
}
