/** A node leaves the cluster before its machine goes. */
import { planRemoval } from "../plan/kubernetes/removal";
import { isOfControlPlane } from "../plan/names";
import type { PlaybookStep } from "../plan/kubernetes/types";
import { runPlaybook } from "./ansible/playbook";
import { RunFailure } from "../runner/errors";
import { refuseToLoseKeys } from "./encryption";
import { writeInventory } from "./inventory";
import { writeMark } from "./kubernetes/mark";
import { observe } from "./observe";
import { status } from "../runner/output";
import type { Run } from "./run";

/**
 * @param run its request is what is wanted: without the node
 * @throws RunFailure when the node may not be removed now, or its pods do not leave
 */
export async function removeNode(run: Run, node: string): Promise<void> {
  if (run.request.nodes.some(({ name }) => name === node)) {
    // A replacement of the Command and no removal of the node; converge sees what becomes of the machine.
    status(`${node} stays in the configuration: nothing to remove`);
    return;
  }
  const { cluster, api, silence, ...keys } = await observe(run);
  // Its machine may be a member of etcd: that it is none, only a cluster can say.
  if (silence !== undefined) throw silence;
  if (cluster === undefined || api === undefined)
    return status(`there is no cluster that ${node} could be in`);
  if (cluster.etcd === undefined && isOfControlPlane(run.request.cluster, node)) {
    throw new RunFailure(
      `No control-plane node says which members etcd has: whether ${node} is one cannot be told, so its machine stays.`,
      ["See why: systemctl status etcd on a control-plane node. Then run pulumi up again."],
    );
  }
  const { refusals, steps, nodes } = planRemoval(run.request, cluster, node);
  if (refusals.length > 0) throw new RunFailure(refusals.map(({ message }) => message).join("\n"));
  // Also before the first of several goes: the last one's playbook writes the file, and all of them must be able to go.
  const worker = cluster.nodes.some(({ name, role }) => name === node && role === "worker");
  if (steps.length > 0 && !worker) refuseToLoseKeys(keys);
  if (steps.length === 0) status(`${node} is in the cluster no more`);
  const take = async (step: PlaybookStep) => {
    writeInventory(run, nodes, step.inventory, cluster.etcd);
    await runPlaybook(step, run.ansible);
    if (step.proves?.mark !== undefined) await writeMark(api, step.proves.mark);
  };
  for (const step of steps) await take(step);
}
