/** `npm run sandbox -- destroy`: everything down, and proof that nothing is left. */
import { rmSync } from "node:fs";
import { stopCloud } from "../cloudProcess";
import { stopGitServer } from "../flux";
import { stopControlPlanes } from "../kubernetes";
import { whatIsLeft } from "../cloudSetup";
import { runUpdate, type Session } from "../session";
import type { Workspace } from "../workspace";

export async function destroy(session: Session): Promise<void> {
  const { progress, pulumi, workspace } = session;
  await runUpdate(session, "pulumi destroy", ["destroy"]);
  const left = await progress.step("Looking for leftovers in the simulated cloud", () =>
    whatIsLeft(workspace),
  );
  if (left.length > 0)
    throw new Error(`the cloud still holds:\n${left.map((line) => `  ${line}`).join("\n")}`);
  await pulumi.run(["stack", "rm", workspace.stack, "--yes", "--preserve-config"]);
  // The next sandbox begins with the file as it is in the repository.
  rmSync(workspace.stackFile, { force: true });
  await stopEverything(workspace);
  console.log("\nThe simulated cloud is empty: nothing of the cluster is left. The simulator has stopped.");
}

/** Also what the control planes and the Git server kept: nothing of a cluster that is gone may greet the next one. */
export async function stopEverything(workspace: Workspace): Promise<void> {
  await stopControlPlanes(workspace.kubernetes);
  rmSync(workspace.kubernetes, { recursive: true, force: true });
  await stopGitServer(workspace.git);
  rmSync(workspace.git, { recursive: true, force: true });
  await stopCloud(workspace);
}
