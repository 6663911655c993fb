/** From a map to what would be imported. */
import { kindOf, type DigestStep } from "../drift/cloud/digest";
import { ExitCode, UserError } from "../errors";
import type { Catalogue } from "./catalogue";
import { withFollowers } from "./identify";
import type { Adoption, AdoptionMap, Wanted } from "./types";
import { resourcesOf, takenOf, wantedOf } from "./wanted";

export interface AdoptionPlan {
  /** To be imported. */
  readonly adoptions: readonly Adoption[];
  /** Names in the map that are in the stack with that very id. */
  readonly present: readonly string[];
}

/** @throws UserError with everything in the map that cannot be */
export async function planAdoption(
  given: AdoptionMap,
  steps: readonly DigestStep[],
  catalogue: Catalogue,
): Promise<AdoptionPlan> {
  const [wanted, taken] = [wantedOf(steps), takenOf(steps)];
  const known = await withFollowers(resourcesOf(steps), given, taken, catalogue);
  const byName = new Map(wanted.map((resource) => [resource.name, resource]));
  const problems = [...strangers(given, byName, taken), ...twice(known)];
  const adoptions: Adoption[] = [];
  for (const [name, id] of known) {
    const resource = byName.get(name);
    if (resource === undefined) continue;
    const object = await catalogue.object(resource.type, objectId(resource, id));
    if (object === undefined) problems.push(`${name}: the cloud has no ${kindOf(resource.type)} ${id}`);
    else adoptions.push({ wanted: resource, id, object });
  }
  if (problems.length > 0) throw refusal(problems);
  const present = [...given].filter(([name, id]) => id !== null && taken.get(name) === id);
  return { adoptions: inOrder(adoptions, wanted), present: present.map(([name]) => name) };
}

/** An attachment is written `server/volume`, and what can be looked at is the volume. */
function objectId({ type }: Wanted, id: string): string {
  return type.endsWith(":VolumeAttach") ? (id.split("/")[1] ?? id) : id;
}

function strangers(
  given: AdoptionMap,
  wanted: ReadonlyMap<string, Wanted>,
  taken: ReadonlyMap<string, string>,
): string[] {
  return [...given].flatMap(([name, id]) => {
    const has = taken.get(name);
    if (has !== undefined && id !== null && has !== id)
      return [`${name}: the stack has it already, as ${has}; the map says ${id}`];
    return has === undefined && !wanted.has(name)
      ? [`${name}: the program makes no resource of this name that could be taken over`]
      : [];
  });
}

function twice(known: ReadonlyMap<string, string>): string[] {
  const names = new Map<string, string[]>();
  for (const [name, id] of known) names.set(id, [...(names.get(id) ?? []), name]);
  return [...names]
    .filter(([, all]) => all.length > 1)
    .map(([id, all]) => `${all.join(" and ")}: both are ${id}`);
}

function inOrder(adoptions: readonly Adoption[], wanted: readonly Wanted[]): Adoption[] {
  const place = new Map(wanted.map(({ urn }, index) => [urn, index]));
  const of = ({ wanted: { urn } }: Adoption) => place.get(urn) ?? 0;
  return [...adoptions].sort((a, b) => of(a) - of(b));
}

function refusal(problems: readonly string[]): UserError {
  return new UserError(
    `the map cannot be followed; nothing was done.\n${problems.map((one) => `  ${one}`).join("\n")}`,
    "Correct the map. Names that can be in it, and ids: opencenter adopt STACK --print-map",
    ExitCode.failed,
  );
}
