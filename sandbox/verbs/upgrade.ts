/** `npm run sandbox -- upgrade`: one minor version further, through the product's own verb. */
import { join } from "node:path";
import { kubesprayReleases } from "../../config/compatibility";
import { parseRecord } from "../../plan/kubernetes/record";
import { planHops } from "../../plan/kubernetes/hops";
import { runCommand } from "../process";
import type { Session } from "../session";
import { projectRoot } from "../workspace";
import { kubernetesTable } from "./kubernetesTable";

/** The version that one hop leads to; undefined at the end of the table. */
function nextVersion(from: { ref: string; version: string }): string | undefined {
  const targets = kubesprayReleases.map(({ kubernetes }) => kubernetes.max);
  return targets.find((target) => {
    const plan = planHops(from, target);
    return "hops" in plan && plan.hops.length === 1;
  });
}

export async function upgrade(session: Session): Promise<void> {
  const { pulumi, progress, workspace } = session;
  const record = parseRecord((await pulumi.outputs()).kubernetes);
  if (record === undefined) throw new Error("the sandbox has no Kubernetes cluster yet: npm run sandbox");
  const { kubesprayRef: ref, version } = record.mark;
  const target = nextVersion({ ref, version });
  if (target === undefined) {
    console.log(`\nKubernetes ${version} is the newest that this program knows.`);
    return;
  }
  console.log(`\n${await kubernetesTable(session)}\n`);
  const verb = ["upgrade", workspace.stack, "--to", target];
  const command = (flags: readonly string[]) =>
    runCommand(process.execPath, [join(projectRoot, "cli/opencenter.mjs"), ...verb, ...flags], {
      cwd: projectRoot,
      env: { ...process.env, ...pulumi.environment },
      log: workspace.log("upgrade"),
    });
  const plan = await command(["--plan"]);
  console.log(plan.stdout);
  await progress.step(`npx opencenter ${verb.join(" ")} --yes`, async () => {
    const { code, output } = await command(["--yes"]);
    if (code !== 0) throw new Error(`the upgrade stopped:\n${output.split("\n").slice(-30).join("\n")}`);
  });
  console.log(`\n${await kubernetesTable(session)}`);
}
