/** etcd taken back to a snapshot: every object of the cluster, also what controllers rely on, is as it was. */
import { input } from "@inquirer/prompts";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import type { ClusterConfig } from "../../config/resolve";
import type { RestoreEtcdAnswer, RestoreEtcdOrder } from "../../kubespray/restoreEtcd";
import { writePrivate } from "../../runner/files";
import { scratchFolder, snapshotProblem } from "../backup/etcd";
import { ExitCode, UserError } from "../errors";
import type { Operation, Target } from "../operation";
import { EngineFailure, runEngine } from "../operation/engine";
import { staleNodes, writtenAnew } from "../operation/written";
import type { StackState } from "../recover/state";

/** How long the API may take to come back, in milliseconds. */
const API_LIMIT = 300_000;

/** `--yes` is no answer to this. @throws UserError when the name is not that of the cluster */
export async function typedName(cluster: string, given: string | undefined): Promise<void> {
  const question = `Restoring etcd takes ${cluster} back to the time of the backup. Type the cluster's name:`;
  if (given === undefined && process.stdin.isTTY !== true)
    throw new UserError(`not asked, and not a terminal: ${question}`, `Say --confirm-name ${cluster}.`);
  const typed = given ?? (await input({ message: question }, { output: process.stderr }));
  if (typed.trim() !== cluster)
    throw new UserError(
      `${typed} is not the name of the cluster; nothing was done.`,
      undefined,
      ExitCode.failed,
    );
}

/** Sets from before there were generations have the first. */
const saved = z.object({
  secrets: z.object({ encryptionKey: z.object({ generation: z.number() }).optional() }).optional(),
});

/**
 * Why API servers of now could not read the Secrets of the snapshot.
 * @param configuration that of the set, as YAML
 */
export function unreadableSecrets(
  configuration: string,
  { kubernetes, secrets }: ClusterConfig,
): string | undefined {
  if (!kubernetes.encryptionAtRest.enabled) return undefined;
  const then = saved.safeParse(parse(configuration)).data?.secrets?.encryptionKey?.generation ?? 1;
  const { generation: now } = secrets.encryptionKey;
  if (then === now) return undefined;
  return (
    `its Secrets are encrypted with generation ${then} of the key of encryption at rest, and the cluster has ${now}: ` +
    "no API server could read them. Take a later set, or restore objects and Secrets without --etcd"
  );
}

/**
 * Why not every member would be taken back: those that were left out would keep the quorum of the old data, beside the
 * new ones.
 */
export function staleMembers(target: Target, state: StackState): string | undefined {
  const stale = staleNodes(target, state, "control-plane");
  return stale === undefined ? undefined : `${stale}. ${writtenAnew(target.stack)}`;
}

/** Snapshot in clear while the playbook runs, and no longer. @throws UserError with what the playbook said */
export async function restoreEtcd(
  { target, narrator }: Pick<Operation, "target" | "narrator">,
  set: string,
  content: Buffer,
): Promise<RestoreEtcdAnswer> {
  const problem = snapshotProblem(content);
  if (problem !== undefined)
    throw new UserError(`the snapshot of etcd is none: ${problem}.`, undefined, ExitCode.failed);
  const folder = scratchFolder(target);
  rmSync(folder, { recursive: true, force: true });
  const snapshot = join(folder, "etcd.db");
  try {
    writePrivate(snapshot, content);
    const input: RestoreEtcdOrder = { snapshot, id: set.toLowerCase() };
    const order = { word: "restore-etcd", reach: "control-plane", input } as const;
    const answer = await runEngine(target, order, (line) => narrator.note(line));
    return JSON.parse(answer) as RestoreEtcdAnswer;
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    throw new UserError(
      `etcd is not restored: ${error.message}`,
      "Mend that, and run the same command again: it goes on from here. The old data are on the nodes, beside the new " +
        "ones (docs/operations/restore.md, etcd).",
      ExitCode.failed,
    );
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The API is there again. @throws UserError when it is not, in time */
export async function awaitApi(target: Target, waiting: (line: string) => void): Promise<void> {
  await (await target.api()).answered(API_LIMIT, (reason) => waiting(`the Kubernetes API: ${reason}`));
}

/** What a person has to know, and do, then. */
export function afterwards(target: Target, { kept }: RestoreEtcdAnswer): string {
  const places = Object.entries(kept).map(([node, folder]) => `  ${node}: ${folder}`);
  return [
    "etcd is as in the backup, on every member. Data of before, to be deleted when all is well:",
    ...places,
    "What was made since is unknown to the cluster now, and stays in the cloud: " +
      `npx opencenter drift ${target.stack} names what carries its tag.`,
    `Next: pulumi up --stack ${target.stack} (nodes that came since join again), and look at Flux: ` +
      `npx opencenter status ${target.stack}`,
  ].join("\n");
}
