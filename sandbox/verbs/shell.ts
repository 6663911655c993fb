/** `npm run sandbox -- shell`: a shell in which plain `pulumi` commands work on the sandbox. */
import { spawnSync } from "node:child_process";
import { projectRoot } from "../workspace";
import type { Session } from "../session";

export function shell({ pulumi, workspace }: Session): void {
  console.log(`
A shell for stack ${workspace.stack}; leave it with "exit". For example:
  pulumi preview
  pulumi refresh --preview-only --expect-no-changes
  pulumi stack output nodes
  pulumi stack output sshPrivateKey --show-secrets
`);
  const program = process.env["SHELL"] ?? "/bin/sh";
  const environment = { ...process.env, ...pulumi.environment, PS1: "(sandbox) \\w \\$ " };
  const result = spawnSync(program, [], { cwd: projectRoot, stdio: "inherit", env: environment });
  process.exitCode = result.status ?? 1;
}
