/** What must be true before and after an upgrade: nodes that take pods, and a snapshot of etcd to go back to. */
import { setTimeout as sleep } from "node:timers/promises";
import { type AnsibleSurroundings, runPlaybook } from "./ansible/playbook";
import type { PlaybookStep } from "../plan/kubernetes/types";
import { RunFailure } from "../runner/errors";
import type { ClusterApi } from "../runner/kubernetes/client";
import { observeNodes } from "./kubernetes/nodes";
import { status } from "../runner/output";

/** How long kubelets may take to report after their restart, in milliseconds. */
const READY_LIMIT = 300_000;
const POLL = 5_000;

async function notReady(api: ClusterApi, names: readonly string[]): Promise<string[]> {
  const nodes = await observeNodes(api);
  return nodes.filter(({ name, ready }) => names.includes(name) && !ready).map(({ name }) => name);
}

/** @throws RunFailure: an upgrade drains node after node, and its pods need somewhere to go */
export async function requireReady(api: ClusterApi, names: readonly string[]): Promise<void> {
  const sick = await notReady(api, names);
  if (sick.length === 0) return;
  throw new RunFailure(`Before an upgrade every node must be Ready, and ${sick.join(", ")} is not.`, [
    `See why: kubectl describe node ${sick[0]}. A node that is gone for good: take it out of the configuration first.`,
  ]);
}

export async function awaitReady(api: ClusterApi, names: readonly string[]): Promise<void> {
  for (const until = Date.now() + READY_LIMIT; ; await sleep(POLL)) {
    const sick = await notReady(api, names);
    if (sick.length === 0) return;
    if (Date.now() > until)
      throw new RunFailure(`After the upgrade ${sick.join(", ")} did not become Ready.`, [
        `See why: kubectl describe node ${sick[0]}. Then run pulumi up again.`,
      ]);
    status(`waiting for ${sick.join(", ")} to be Ready`);
  }
}

export async function snapshotEtcd(
  { inventory }: PlaybookStep,
  version: string,
  surroundings: AnsibleSurroundings,
): Promise<void> {
  const name = `before-${version}-${new Date().toISOString().replace(/[-:]|\.\d+/g, "")}.db`;
  await runPlaybook(
    {
      playbook: "opencenter/snapshot.yml",
      extraVars: { snapshot_name: name },
      why: `snapshot ${name} below /var/backups/opencenter on the first control-plane node`,
      inventory,
    },
    surroundings,
  );
}
