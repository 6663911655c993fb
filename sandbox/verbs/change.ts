/** `npm run sandbox -- change`: a service gets other values, the way such a change travels once Flux is at work. */
import { setTimeout as sleep } from "node:timers/promises";
import { runUpdate, type Session } from "../session";
import { editCluster, readCluster } from "../stackFile";
import { kubectl } from "./kubernetesTable";
import { git, mergeProposal } from "./proposal";

const SERVICE = "metrics-server";
const FIRST = 2;
const FLUX = ["--namespace", "flux-system"];
const POLL_MS = 1_000;
const LIMIT_MS = 180_000;

export async function change(session: Session): Promise<void> {
  const { delivery, kubernetes, workspace } = session;
  if (delivery === undefined) throw new Error("the cluster of this stack file has no gitops part");
  const replicas = (readCluster(workspace.stackFile).services?.[SERVICE]?.values?.replicas ?? FIRST) + 1;
  const path = ["services", SERVICE, "values", "replicas"];
  editCluster(workspace.stackFile, [{ path, value: replicas }]);
  await runUpdate(session, `pulumi up: ${SERVICE} gets ${replicas} replicas`, ["up"]);
  await mergeProposal(session);
  if (!kubernetes.real || kubernetes.whyNoFlux !== undefined)
    return console.log("\nFlux is played here: it would apply the commit now.");
  await applied(session, await git(session, "rev-parse", "main"));
  console.log(`\nFlux has applied the commit; Pulumi touched nothing in the cluster.`);
}

/** Flux looks at once when it is asked to; it would within a minute anyhow. */
async function applied(session: Session, commit: string): Promise<void> {
  const now = `reconcile.fluxcd.io/requestedAt=${Date.now()}`;
  for (const root of ["gitrepository/flux-system", "kustomization/flux-system"])
    await kubectl(session, ["annotate", root, ...FLUX, "--overwrite", now]);
  const output = ["--output", "jsonpath={.status.lastAppliedRevision}"];
  await session.progress.step(`Waiting until Flux has applied ${commit.slice(0, 12)}`, async (report) => {
    for (const until = Date.now() + LIMIT_MS; ; await sleep(POLL_MS)) {
      const said = await kubectl(session, ["get", `kustomization/${SERVICE}`, ...FLUX, ...output]);
      if (said.endsWith(commit)) return;
      report(said.split("\n").at(-1) ?? "");
      if (Date.now() > until) throw new Error(`Flux did not apply it:\n${said}`);
    }
  });
}
