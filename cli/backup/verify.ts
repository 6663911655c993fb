/** Everything of a set is fetched and checked: digests against the manifest, and what is in the parts. */
import { z } from "zod";
import { parse } from "yaml";
import { snapshotProblem } from "./etcd";
import type { AgeIdentity } from "./keys";
import type { Manifest, Owner, PartName } from "./manifest";
import { OPEN_PARTS, setFolder } from "./names";
import { unseal } from "./sealing";
import { parseSecrets } from "./secrets";
import { type CompleteSet, readChecked, refusedSet } from "./sets";
import type { BackupStore } from "./store";

export interface Check {
  /** `state`, or a file of Velero's. */
  readonly what: string;
  readonly size: number;
  /** What is wrong; absent when all is well. */
  readonly problem?: string;
}

export interface Place {
  readonly store: BackupStore;
  /** Where Velero keeps its own; absent where it cannot be reached. */
  readonly veleroStore?: BackupStore;
  readonly owner: Owner;
  readonly identities: readonly AgeIdentity[];
}

/** Reads a part in clear. @throws UserError when it is not what the manifest says */
export async function readPart(
  place: Place,
  { name, manifest }: CompleteSet,
  wanted: PartName,
): Promise<Buffer | undefined> {
  const part = manifest.parts.find((candidate) => candidate.part === wanted);
  if (part === undefined) return undefined;
  const content = await readChecked(place.store, `${setFolder(place.owner, name)}${part.file}`, part);
  if (typeof content === "string") throw refusedSet(name, [`${wanted} (${part.file}) ${content}`]);
  return OPEN_PARTS.includes(wanted) ? content : unseal(content, place.identities);
}

export async function verifySet(place: Place, set: CompleteSet): Promise<Check[]> {
  const checks: Check[] = [];
  for (const { part, file, size, sha256 } of set.manifest.parts) {
    const name = `${setFolder(place.owner, set.name)}${file}`;
    const content = await readChecked(place.store, name, { file, size, sha256 });
    const problem =
      typeof content === "string" ? content : await contentProblem(part, content, place.identities);
    checks.push({ what: part, size, ...(problem === undefined ? {} : { problem }) });
  }
  return [...checks, ...(await verifyVelero(place, set.manifest))];
}

/** @throws UserError with everything that is wrong */
export async function requireSound(place: Place, set: CompleteSet): Promise<Check[]> {
  const checks = await verifySet(place, set);
  const problems = checks.flatMap(({ what, problem }) =>
    problem === undefined ? [] : [`${what} ${problem}`],
  );
  if (problems.length > 0) throw refusedSet(set.name, problems);
  return checks;
}

async function verifyVelero({ veleroStore }: Place, { velero }: Manifest): Promise<Check[]> {
  if (velero === undefined) return [];
  if (veleroStore === undefined)
    return [{ what: "velero", size: 0, problem: "cannot be checked: its store is not configured" }];
  const checks: Check[] = [];
  for (const file of velero.files) {
    // Velero is free to write more; what it wrote then must be as it was.
    const content = await readChecked(veleroStore, file.file, file);
    checks.push({
      what: file.file,
      size: file.size,
      ...(typeof content === "string" ? { problem: content } : {}),
    });
  }
  return checks;
}

const state = z.object({
  version: z.number(),
  deployment: z.object({ resources: z.array(z.unknown()).min(1) }),
});

async function contentProblem(
  part: PartName,
  stored: Buffer,
  identities: readonly AgeIdentity[],
): Promise<string | undefined> {
  if (OPEN_PARTS.includes(part)) return undefined;
  try {
    const content = await unseal(stored, identities);
    return meaningProblem(part, content);
  } catch (error) {
    return `cannot be opened: ${(error as Error).message.split("\n")[0]}`;
  }
}

function meaningProblem(part: PartName, content: Buffer): string | undefined {
  switch (part) {
    case "etcd":
      return snapshotProblem(content);
    case "state":
      return state.safeParse(JSON.parse(content.toString("utf8"))).success
        ? undefined
        : "is no state of a stack";
    case "secrets":
      parseSecrets(content.toString("utf8"));
      return undefined;
    case "stackFile":
    case "configuration":
      return typeof parse(content.toString("utf8")) === "object" ? undefined : "is no configuration";
    case "recipients":
      return undefined;
  }
}
