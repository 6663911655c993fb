/** What `recover` has found and does not delete, and how a person goes on who knows more. */
import type { Operation } from "../operation";
import type { LostObjects } from "./lost";
import type { Orphan } from "./orphans";
import { VOLUME } from "./volumes";

export const shown = ({ what, id }: Orphan) => `${what}  ${id}`;

export interface Sifted {
  /** What is deleted. */
  readonly meant: readonly Orphan[];
  readonly volumes: readonly Orphan[];
  readonly doubtful: readonly Orphan[];
}

/** A creation that nobody answered leaves an empty volume; so does nobody know who detached a full one by hand. */
function nameVolumes({ narrator, target }: Operation, volumes: readonly Orphan[]): void {
  if (volumes.length === 0) return;
  narrator.note("Left, because they may hold data: volumes that no run has written down, and nothing uses.");
  for (const volume of volumes) narrator.note(`  ${shown(volume)}`);
  const command = `npx opencenter recover ${target.stack} --delete-volumes`;
  narrator.note(`The next pulumi up makes new ones beside them. To delete these: ${command}`);
}

function nameDoubtful({ narrator, target: { stack, config } }: Operation, doubtful: readonly Orphan[]): void {
  if (doubtful.length === 0) return;
  narrator.note("Left, because they may be another cluster's, which would stop working without them:");
  for (const { doubt, ...orphan } of doubtful) {
    narrator.note(`  ${shown(orphan)}: ${doubt?.reason ?? ""}`);
    narrator.note(`    Only if it is nobody else's: ${doubt?.command ?? ""}`);
  }
  narrator.note(
    `Where the cloud allows a name once only, pulumi up --stack ${stack} ends with 409 as long as they are there. ` +
      `Where another cluster ${config.name} has them, this one needs a user or a project of its own.`,
  );
}

/** Of a killed run nothing is used; so it is somebody's, and the next run makes another beside it. */
export function nameInUse({ narrator }: Operation, inUse: readonly Orphan[]): void {
  if (inUse.length === 0) return;
  narrator.note(
    "Left, because something uses them that this state does not know, or they are older than the stack:",
  );
  for (const orphan of inUse) narrator.note(`  ${shown(orphan)}`);
  narrator.note("Look who uses them; what is nobody's is deleted by its id.");
}

/**
 * Tells what is deleted from what is left, and names that.
 * @param certain volumes that cannot hold anything
 * @param told ids that were named before
 */
export function sift(
  operation: Operation,
  { lost, doubtful }: LostObjects,
  { deleteVolumes, certain, told }: SiftOptions,
): Sifted {
  const volumes = lost.filter(
    (orphan) => orphan.type === VOLUME && !deleteVolumes && !certain.includes(orphan),
  );
  const isNew = ({ id }: Orphan) => !told.has(id);
  const left = { volumes: volumes.filter(isNew), doubtful: doubtful.filter(isNew) };
  nameVolumes(operation, left.volumes);
  nameDoubtful(operation, left.doubtful);
  return { meant: lost.filter((orphan) => isNew(orphan) && !volumes.includes(orphan)), ...left };
}

interface SiftOptions {
  readonly deleteVolumes: boolean;
  readonly certain: readonly Orphan[];
  readonly told: ReadonlySet<string>;
}
