/** A sandbox that is ready to work: tools found, cloud running, stack made. */
import { copyFileSync } from "node:fs";
import { openKubernetes, type KubernetesMode } from "./kubernetesSetup";
import { startCloud } from "./cloudProcess";
import { prepareCloud } from "./cloudSetup";
import { openDelivery } from "./deliverySetup";
import { progress as shared, type Progress } from "./progress";
import { Pulumi, type RunOptions } from "./pulumi";
import { ensureToolchain, type Toolchain } from "./toolchain";
import type { Delivery } from "./stackFile";
import type { Workspace } from "./workspace";

export interface Session {
  readonly workspace: Workspace;
  readonly progress: Progress;
  readonly toolchain: Toolchain;
  readonly pulumi: Pulumi;
  /** Address of the simulated cloud. */
  readonly cloud: string;
  readonly kubernetes: KubernetesMode;
  /** Git repository and charts; absent where the cluster has no `gitops`. */
  readonly delivery?: Delivery;
}

/**
 * Takes the workspace from whatever state it is in to a running session; every step may already be done.
 *
 * @param start has the workspace's cloud running and ready, and returns its address. @default a simulated one
 */
export async function openSession(
  workspace: Workspace,
  progress: Progress = shared,
  start: (workspace: Workspace) => Promise<string> = startSimulator,
): Promise<Session> {
  workspace.create();
  const toolchain = await ensureToolchain({ progress });
  const cloud = await progress.step("Starting the simulated OpenStack", async (report) => {
    const address = await start(workspace);
    report(address);
    return address;
  });
  if (!workspace.exists) copyFileSync(workspace.template, workspace.stackFile);
  const kubernetes = await openKubernetes(workspace);
  const pulumi = new Pulumi(workspace, toolchain);
  workspace.writeEnvFile(pulumi.environment);
  await progress.step(`Opening stack ${workspace.stack}`, () => pulumi.ensureStack());
  const delivery = await openDelivery(workspace, pulumi, progress);
  return { workspace, progress, toolchain, pulumi, cloud, kubernetes, delivery };
}

async function startSimulator(workspace: Workspace): Promise<string> {
  const address = await startCloud(workspace);
  await prepareCloud(workspace);
  return address;
}

/** One line per resource in Pulumi's plain output: ` +  openstack:…:Port sandbox-cp-1-port created (0.5s)`. */
const RESOURCE_LINE = /^\s*\S{1,2}\s+(\S+:\S+:\S+)\s+(\S+)\s+(\w+)/;

/** Most of an update is the provider's own pauses; the simulator does not mind many at once. */
export const UPDATE_FLAGS = ["--yes", "--skip-preview", "--parallel", "32"];

/**
 * Runs an update as a step that shows what Pulumi is at: how many resources are done and which is being waited for.
 */
export async function runUpdate(
  session: Session,
  title: string,
  args: string[],
  options: RunOptions = {},
): Promise<void> {
  await session.progress.step(title, async (report) => {
    const waiting = new Set<string>();
    let done = 0;
    const onLine = (line: string) => {
      const [, type, name, state] = RESOURCE_LINE.exec(line) ?? [];
      if (type === undefined || name === undefined || !/^(openstack|command):/.test(type)) return;
      if (/ing$/.test(state ?? "")) waiting.add(name);
      else if (waiting.delete(name)) done += 1;
      const [first] = waiting;
      report(`${done} done${first === undefined ? "" : `, waiting for ${first}`}`);
    };
    await session.pulumi.run([...args, ...UPDATE_FLAGS], { ...options, onLine });
  });
}
