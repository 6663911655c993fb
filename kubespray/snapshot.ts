/** A snapshot of etcd for a backup: taken on the first control-plane node, and brought here. */
import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { RunFailure } from "../runner/errors";
import { status } from "../runner/output";
import { runPlaybook } from "./ansible/playbook";
import { writeInventory } from "./inventory";
import { observe } from "./observe";
import { nodesOf } from "./ownPlaybook";
import type { Run } from "./run";

/**
 * @param file absolute path of the file to write; its folder is made private, because etcd holds every Secret
 * @throws RunFailure when there is no cluster, or no etcd that answers
 */
export async function fetchSnapshot(run: Run, file: string): Promise<void> {
  if (!file.startsWith("/"))
    throw new RunFailure("OPENCENTER_SNAPSHOT must name a file by its absolute path.");
  const { cluster } = await observe(run);
  if (cluster === undefined) throw new RunFailure("There is no cluster that a snapshot could be taken of.");
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 });
  chmodSync(dirname(file), 0o700);
  const inventory = nodesOf(run);
  writeInventory(run, cluster.nodes, inventory);
  const name = `backup-${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}.db`;
  try {
    await runPlaybook(
      {
        playbook: "opencenter/snapshot.yml",
        extraVars: { snapshot_name: name, snapshot_out: file },
        why: "snapshot of etcd for a backup",
        inventory,
      },
      run.ansible,
    );
  } catch (error) {
    // Half of a snapshot is of no use to anybody, and full of Secrets.
    rmSync(file, { force: true });
    throw error;
  }
  if (!existsSync(file)) throw new RunFailure("The playbook ended well, and its snapshot is not here.");
  chmodSync(file, 0o600);
  status(`snapshot of etcd: ${statSync(file).size} bytes`);
}
