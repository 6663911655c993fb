/** etcd as a snapshot has it, on all members at once. */
import { isAbsolute } from "node:path";
import { z } from "zod";
import { RunFailure } from "../runner/errors";
import { askPlaybook } from "./ownPlaybook";
import type { Run } from "./run";

export const restoreEtcdOrder = z.object({
  /** Absolute path of the snapshot here. */
  snapshot: z.string(),
  /** Name of the restoration: a run that died is gone on with by the same name. */
  id: z.string().regex(/^[a-z0-9][a-z0-9-]*$/),
});

export type RestoreEtcdOrder = z.infer<typeof restoreEtcdOrder>;

const answer = z.object({ kept: z.record(z.string(), z.string()) });

/** Where each member's old data are now, by host. */
export type RestoreEtcdAnswer = z.infer<typeof answer>;

/** Names of hosts in groups: only those that the configuration wants, which are those that etcd gets as its members. */
export async function restoreEtcd(run: Run, { snapshot, id }: RestoreEtcdOrder): Promise<RestoreEtcdAnswer> {
  if (!isAbsolute(snapshot)) throw new RunFailure("The snapshot must be named by its absolute path.");
  const call = {
    playbook: "opencenter/restore-etcd.yml",
    extraVars: { restore_snapshot: snapshot, restore_id: id },
    why: `etcd as in ${id}`,
  };
  return answer.parse(await askPlaybook(run, call, "restore_out"));
}
