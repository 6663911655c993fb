/** What becomes of objects in ERROR: replaced by the next run, or named. */
import type { Operation } from "../operation";
import type { Broken } from "./broken";
import type { Standstill } from "./standstill";
import { logicalName } from "./state";

export const named = ({ resource }: Broken) => `${logicalName(resource)}  ${resource.id ?? ""}`;

/** What was whole is a person's to mend. */
export function nameWhole({ narrator, target: { stack } }: Operation, whole: readonly Broken[]): void {
  if (whole.length === 0) return;
  narrator.note("In ERROR in the cloud, from an update that failed. Left: they were whole before.");
  for (const { resource, repair = "" } of whole) {
    narrator.note(`  ${named({ resource })}: ${repair}`);
    narrator.note(
      `    To lose it and have it made anew: pulumi state taint '${resource.urn}' --stack ${stack}`,
    );
  }
}

/** Has the next run replace what never was whole. */
export async function markBroken(
  operation: Operation,
  standstill: Standstill,
  broken: readonly Broken[],
): Promise<string[]> {
  const { target, narrator, options, confirm } = operation;
  const names = broken.map(named);
  if (broken.length === 0) return [];
  narrator.note("In ERROR in the cloud, from a creation that failed:");
  for (const name of names) narrator.note(`  ${name}`);
  if (options.dryRun) return names;
  await confirm("Replace these with the next pulumi up?");
  await standstill.check();
  await target.pulumi(["state", "taint", ...broken.map(({ resource: { urn } }) => urn), "--yes"]);
  return names;
}
