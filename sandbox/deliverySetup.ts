/** What the platform of a sandbox's cluster is made from: a Git server, charts, Flux's manifests. */
import { findFluxManifests, fluxManifests, startGitServer } from "./flux";
import type { Progress, Report } from "./progress";
import type { Pulumi } from "./pulumi";
import { type Delivery, hasKey, hasRepository, readOrganization, writeDelivery } from "./stackFile";
import type { Workspace } from "./workspace";

/**
 * Has everything running, and its addresses and the token of the Git server in the workspace's copy of the stack's file.
 * @returns nothing for a cluster without `gitops`
 */
export async function openDelivery(
  workspace: Workspace,
  pulumi: Pulumi,
  progress: Progress,
): Promise<Delivery | undefined> {
  const { stackFile } = workspace;
  if (!hasRepository(stackFile)) return undefined;
  return progress.step("Starting the Git server", async (report) => {
    const { url, charts, token } = await startGitServer(workspace.git, readOrganization(stackFile));
    report(url);
    const delivery = { repository: url, charts, fluxManifests: await manifests(report) };
    writeDelivery(stackFile, delivery);
    if (!hasKey(stackFile, "gitToken")) await pulumi.setSecret("gitToken", token);
    return delivery;
  });
}

/** Where there is no Go to fetch the controllers' modules with, the official release is left to the program. */
async function manifests(report: Report): Promise<string | undefined> {
  try {
    return findFluxManifests() ?? (await fluxManifests(report));
  } catch (error) {
    report(`Flux's manifests: ${error instanceof Error ? error.message.split("\n")[0] : String(error)}`);
    return undefined;
  }
}
