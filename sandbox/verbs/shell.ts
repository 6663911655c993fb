/** `npm run sandbox -- shell`: a shell in which plain `pulumi` commands work on the sandbox. */
import { spawnSync } from "node:child_process";
import { delimiter, dirname, join } from "node:path";
import { statePaths } from "../../plan/names";
import { readCluster, readOrganization } from "../stackFile";
import { projectRoot } from "../workspace";
import type { Session } from "../session";

export function shell({ pulumi, workspace, kubernetes }: Session): void {
  console.log(`
A shell for stack ${workspace.stack}; leave it with "exit". For example:
  pulumi preview
  pulumi refresh --preview-only --expect-no-changes
  pulumi stack output nodes
  pulumi stack output sshPrivateKey --show-secrets
  kubectl get nodes
`);
  const program = process.env["SHELL"] ?? "/bin/sh";
  const organization = readOrganization(workspace.stackFile);
  const { name } = readCluster(workspace.stackFile);
  const { PATH = "", ...rest } = pulumi.environment;
  const environment = {
    ...process.env,
    ...rest,
    PATH: kubernetes.kubectl === undefined ? PATH : [dirname(kubernetes.kubectl), PATH].join(delimiter),
    KUBECONFIG: join(projectRoot, statePaths({ organization, name }).kubeconfig),
    PS1: "(sandbox) \\w \\$ ",
  };
  const result = spawnSync(program, [], { cwd: projectRoot, stdio: "inherit", env: environment });
  process.exitCode = result.status ?? 1;
}
