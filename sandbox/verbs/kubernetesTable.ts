/** What `kubectl get nodes` says, or who answers in its place. */
import { join } from "node:path";
import { statePaths } from "../../plan/names";
import { runCommand } from "../process";
import type { Session } from "../session";
import { readCluster, readOrganization } from "../stackFile";
import { projectRoot } from "../workspace";

/** Lines of text; empty when there is no cluster. */
export async function kubernetesTable({ kubernetes, pulumi, workspace }: Session): Promise<string> {
  const { name } = readCluster(workspace.stackFile);
  const paths = statePaths({ organization: readOrganization(workspace.stackFile), name });
  if (kubernetes.kubectl === undefined) return "";
  const { stdout, code, output } = await runCommand(kubernetes.kubectl, ["get", "nodes"], {
    cwd: projectRoot,
    env: { ...process.env, ...pulumi.environment, KUBECONFIG: join(projectRoot, paths.kubeconfig) },
    log: workspace.log("kubectl"),
  });
  return `$ kubectl get nodes\n${(code === 0 ? stdout : output).trimEnd()}`;
}
