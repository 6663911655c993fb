/** The sets of a cluster as they are in a store. */
import { ExitCode, UserError } from "../errors";
import type { AgeIdentity } from "./keys";
import { type Manifest, openManifest, type Owner, type StoredFile } from "./manifest";
import { begunAt, MANIFEST, setFolder, setsFolder } from "./names";
import { sha256 } from "./sealing";
import type { BackupStore, StoredObject } from "./store";

export type SetState =
  /** Manifest proven, every part there in its size. */
  | "complete"
  /** No manifest: a run that was killed, or one that is going on. */
  | "incomplete"
  /** Its manifest cannot be believed, or a part is gone or of another size. */
  | "refused";

export interface BackupSet {
  readonly name: string;
  readonly state: SetState;
  readonly begunAt: Date;
  readonly objects: readonly StoredObject[];
  /** Only of one that is proven. */
  readonly manifest?: Manifest;
  /** Why it is not complete. */
  readonly problem?: string;
}

/** From the oldest to the newest. What is no set is left alone. */
export async function readSets(
  store: BackupStore,
  owner: Owner,
  identities: readonly AgeIdentity[],
): Promise<BackupSet[]> {
  const root = setsFolder(owner);
  const byName = new Map<string, StoredObject[]>();
  for (const object of await store.list(root)) {
    const [name = "", ...rest] = object.name.slice(root.length).split("/");
    if (rest.length > 0) byName.set(name, [...(byName.get(name) ?? []), object]);
  }
  const sets: BackupSet[] = [];
  for (const [name, objects] of byName) {
    const begun = begunAt(name);
    if (begun === undefined) continue;
    const text = (await store.read(`${root}${name}/${MANIFEST}`))?.toString("utf8");
    sets.push({ name, begunAt: begun, objects, ...judged(name, objects, text, owner, identities) });
  }
  return sets.sort((a, b) => a.begunAt.getTime() - b.begunAt.getTime() || (a.name < b.name ? -1 : 1));
}

function judged(
  name: string,
  objects: readonly StoredObject[],
  text: string | undefined,
  owner: Owner,
  identities: readonly AgeIdentity[],
): Pick<BackupSet, "state" | "manifest" | "problem"> {
  if (text === undefined)
    return { state: "incomplete", problem: "it has no manifest: the run that made it was stopped" };
  const opened = openManifest(text, name, owner, identities);
  if ("problem" in opened) return { state: "refused", problem: opened.problem };
  const { manifest } = opened;
  const folder = setFolder(owner, name);
  const wrong = manifest.parts.flatMap(({ part, file, size }) => {
    const found = objects.find((object) => object.name === `${folder}${file}`);
    if (found === undefined) return [`${part} (${file}) is gone`];
    return found.size === size ? [] : [`${part} (${file}) has ${found.size} bytes instead of ${size}`];
  });
  if (wrong.length > 0) return { state: "refused", manifest, problem: wrong.join("; ") };
  return { state: "complete", manifest };
}

export type CompleteSet = BackupSet & { readonly manifest: Manifest };

const isComplete = (set: BackupSet): set is CompleteSet => set.state === "complete";

export function newestComplete(sets: readonly BackupSet[]): CompleteSet | undefined {
  return sets.filter(isComplete).at(-1);
}

/**
 * The set of a name, or the newest one.
 * @throws UserError when there is none, or it is not complete
 */
export function chooseSet(
  sets: readonly BackupSet[],
  name: string | undefined,
  shownStore: string,
): CompleteSet {
  const set = name === undefined ? newestComplete(sets) : sets.find((candidate) => candidate.name === name);
  if (set === undefined) {
    const names = sets.map((candidate) => candidate.name).join(", ");
    const hint = names === "" ? "Make one: npx opencenter backup <cluster>" : `There are: ${names}.`;
    const missing = name === undefined ? "there is no complete backup" : `there is no backup ${name}`;
    throw new UserError(`${missing} in ${shownStore}.`, hint, ExitCode.failed);
  }
  if (isComplete(set)) return set;
  throw refusedSet(set.name, [set.problem ?? set.state]);
}

export function refusedSet(name: string, problems: readonly string[]): UserError {
  return new UserError(
    `backup ${name} is refused: ${problems.join("; ")}.`,
    "Nothing was restored. Take another set: npx opencenter backup <cluster> list",
    ExitCode.failed,
  );
}

/** Reads an object of a set and compares. @returns the content, or in a line what is wrong */
export async function readChecked(
  store: BackupStore,
  name: string,
  { size, sha256: wanted }: StoredFile,
): Promise<Buffer | string> {
  const content = await store.read(name);
  if (content === undefined) return "is gone";
  if (content.length !== size) return `has ${content.length} bytes instead of ${size}`;
  return sha256(content) === wanted ? content : "was changed: its SHA-256 is not the one of the manifest";
}
