/** The snapshot of etcd: taken by the engine that converges the cluster, checked as etcd's own tools do. */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { ExitCode, UserError } from "../errors";
import type { Target } from "../operation";
import { EngineFailure, runEngine } from "../operation/engine";
import { sha256 } from "./sealing";

const DIGEST_BYTES = 32;
/** The database has whole pages; their smallest unit is a sector. */
const SECTOR = 512;

/** Where plain snapshots are for a moment: among the cluster's other secrets, in a folder that is emptied every time. */
export function scratchFolder({ project, paths }: Target): string {
  return join(project, dirname(paths.kubespraySecrets), "backup");
}

/** @throws UserError with what the playbook said */
export async function takeSnapshot(target: Target, report: (line: string) => void): Promise<Buffer> {
  const folder = scratchFolder(target);
  const file = join(folder, "etcd.db");
  // A run that was killed may have left one.
  const empty = () => rmSync(folder, { recursive: true, force: true });
  empty();
  // A second Ctrl-C ends the process at once, and passes every `finally`.
  process.once("exit", empty);
  try {
    await runEngine(target, { word: "snapshot", environment: { OPENCENTER_SNAPSHOT: file } }, report);
    const content = existsSync(file) ? readFileSync(file) : Buffer.alloc(0);
    const problem = snapshotProblem(content);
    if (problem === undefined) return content;
    throw new UserError(
      `the snapshot of etcd is none: ${problem}.`,
      "Look at etcd, and try again.",
      ExitCode.failed,
    );
  } catch (error) {
    if (!(error instanceof EngineFailure)) throw error;
    throw new UserError(
      `no snapshot of etcd could be taken: ${error.message}`,
      `Mend that, or leave it out: npx opencenter backup ${target.stack} create --skip etcd`,
      ExitCode.failed,
    );
  } finally {
    empty();
    process.off("exit", empty);
  }
}

/** As `etcdutl snapshot restore` checks it: the database, then its SHA-256. @returns what is wrong */
export function snapshotProblem(content: Buffer): string | undefined {
  if (content.length % SECTOR !== DIGEST_BYTES || content.length === DIGEST_BYTES)
    return "it has no digest at its end";
  const database = content.subarray(0, -DIGEST_BYTES);
  const digest = content.subarray(-DIGEST_BYTES).toString("hex");
  return sha256(database) === digest ? undefined : "its digest is not that of its content";
}
