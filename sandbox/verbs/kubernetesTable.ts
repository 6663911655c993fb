/** What `kubectl get nodes` says, or who answers in its place. */
import { join } from "node:path";
import { statePaths } from "../../plan/names";
import { runCommand } from "../process";
import type { Session } from "../session";
import { readCluster, readOrganization } from "../stackFile";
import { projectRoot } from "../workspace";

/** Lines of text; empty when there is no cluster. */
export async function kubernetesTable(session: Session): Promise<string> {
  if (session.kubernetes.kubectl === undefined) return "";
  const nodes = await kubectl(session, ["get", "nodes"]);
  if (session.delivery === undefined) return nodes;
  const columns = "NAME:.metadata.name,READY:.status.conditions[?(@.type=='Ready')].status";
  const stages = ["get", "kustomizations", "--namespace", "flux-system", "--output"];
  return `${nodes}\n\n${await kubectl(session, [...stages, `custom-columns=${columns}`])}`;
}

/** A command as a user would type it, and what it says. */
export async function kubectl({ kubernetes, pulumi, workspace }: Session, args: string[]): Promise<string> {
  const { name } = readCluster(workspace.stackFile);
  const paths = statePaths({ organization: readOrganization(workspace.stackFile), name });
  const { stdout, code, output } = await runCommand(kubernetes.kubectl!, args, {
    cwd: projectRoot,
    env: { ...process.env, ...pulumi.environment, KUBECONFIG: join(projectRoot, paths.kubeconfig) },
    log: workspace.log("kubectl"),
  });
  return `$ kubectl ${args.join(" ")}\n${(code === 0 ? stdout : output).trimEnd()}`;
}
