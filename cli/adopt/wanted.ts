/** What a preview says about the resources that could be taken over. */
import { nameParts, type DigestStep } from "../drift/cloud/digest";
import { KINDS } from "./kinds";
import type { Wanted } from "./types";

function asWanted({ urn, newState }: DigestStep): Wanted | undefined {
  const { type, name } = nameParts(urn);
  if (KINDS[type] === undefined || newState?.parent === undefined) return undefined;
  return { urn, type, name, parent: newState.parent, inputs: newState.inputs ?? {} };
}

/** Every resource of the program that an object of the cloud could be. */
export function resourcesOf(steps: readonly DigestStep[]): Wanted[] {
  return steps.filter(({ op }) => !op.startsWith("delete")).flatMap((step) => asWanted(step) ?? []);
}

/** Those that the stack does not have yet. */
export function wantedOf(steps: readonly DigestStep[]): Wanted[] {
  return resourcesOf(steps.filter(({ op }) => op === "create"));
}

/** Ids of those that it has, by logical name. */
export function takenOf(steps: readonly DigestStep[]): ReadonlyMap<string, string> {
  const taken = new Map<string, string>();
  for (const { urn, oldState } of steps) {
    const { type, name } = nameParts(urn);
    if (KINDS[type] !== undefined && oldState?.id !== undefined) taken.set(name, oldState.id);
  }
  return taken;
}
