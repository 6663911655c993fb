/** Restoring etcd is a procedure for a person: it takes every object back in time, also what controllers rely on. */
import { input } from "@inquirer/prompts";
import { rmSync } from "node:fs";
import { join } from "node:path";
import { writePrivate } from "../../runner/files";
import { scratchFolder, snapshotProblem } from "../backup/etcd";
import { ExitCode, UserError } from "../errors";
import type { Target } from "../operation";

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

/** Writes the snapshot in clear where the procedure reads it. */
export function placeSnapshot(target: Target, content: Buffer): string {
  const problem = snapshotProblem(content);
  if (problem !== undefined)
    throw new UserError(`the snapshot of etcd is none: ${problem}.`, undefined, ExitCode.failed);
  const folder = scratchFolder(target);
  rmSync(folder, { recursive: true, force: true });
  const file = join(folder, "etcd.db");
  writePrivate(file, content);
  return file;
}

/** What a person does then; every path is filled in. */
export function procedure(target: Target, snapshot: string): string {
  const { name, kubespray } = target.config;
  const inventory = join(target.project, target.paths.inventory);
  return `The snapshot is decrypted at ${snapshot} (0600). etcd is restored by hand, because it cannot be undone:

1. Stop everything that changes ${name}: no pulumi up, and flux suspend kustomization flux-system.
2. Write the inventory:       npx opencenter inventory ${target.stack} --out ${inventory}
3. In hosts.yaml, leave the control-plane node that is to live first in kube_control_plane and etcd, and add the groups
   broken_etcd and broken_kube_control_plane with all the others, under their old names and etcd_member_name.
4. In a checkout of Kubespray ${kubespray.ref}, with its own Ansible:
   ansible-playbook -b -i ${inventory}/hosts.yaml --limit etcd,kube_control_plane \\
     -e etcd_retries=10 -e etcd_snapshot=${snapshot} recover-control-plane.yml
   It restores only where etcd has lost its quorum: on a healthy one, stop etcd on every node but the first before.
5. kubectl get nodes,pods -A, then pulumi up --stack ${target.stack}, then flux resume kustomization flux-system.
6. Delete the snapshot: rm ${snapshot}

What was made since the backup is unknown to the cluster then: load balancers and volumes of that time stay in the cloud
(npx opencenter drift ${target.stack} names what carries its tag).`;
}
