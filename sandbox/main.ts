/** The sandbox's command line: `npm run sandbox [-- VERB]`. */
import { Command, CommanderError } from "commander";
import { stopCloud } from "./cloudProcess";
import { stopGitServer } from "./flux";
import { stopControlPlanes } from "./kubernetes";
import { PulumiError } from "./pulumi";
import { openSession, type Session } from "./session";
import { ToolchainError } from "./toolchain/errors";
import { tour } from "./tour";
import { buildKubernetes, type BuildKubernetesOptions } from "./verbs/buildKubernetes";
import { change } from "./verbs/change";
import { destroy } from "./verbs/destroy";
import { drift } from "./verbs/drift";
import { scale } from "./verbs/scale";
import { shell } from "./verbs/shell";
import { upgrade } from "./verbs/upgrade";
import { summarize, up } from "./verbs/up";
import { Workspace } from "./workspace";

const program = new Command("npm run sandbox --")
  .description("A whole cluster lifecycle on this machine: a simulated OpenStack, and everything else real.")
  .option("--dir <folder>", "where the sandbox keeps its files", ".sandbox")
  .exitOverride();

function workspace(): Workspace {
  return new Workspace(program.opts<{ dir: string }>().dir);
}

/** A verb on a session; those that need a cluster build it first when there is none. */
function verb(
  name: string,
  description: string,
  work: (session: Session) => void | Promise<void>,
  needsCluster = true,
) {
  return program
    .command(name, { isDefault: name === "up" })
    .description(description)
    .action(async () => {
      const session = await openSession(workspace());
      const { progress, pulumi } = session;
      if (needsCluster && (await progress.step("Reading the state", () => pulumi.resources())).length === 0)
        await up(session);
      await work(session);
    });
}

verb("up", "build the cluster of the sandbox's stack file (default)", up, false);
verb("status", "show what exists and where things lie", summarize);
verb("drift", "change the cloud behind Pulumi's back, find it, repair it", drift);
verb("scale", "add a pool, add a node, remove a middle node", scale);
verb("upgrade", "bring Kubernetes one minor version further", upgrade);
verb("change", "give a service other values: proposed in Git, merged, applied by Flux", change);
verb(
  "tour",
  "a cluster's whole life in one go, told as it happens, from configuration to removal",
  tour,
  false,
);
verb("shell", "a shell in which plain pulumi commands work", shell);
verb("destroy", "take everything down and prove that nothing is left", destroy, false);
program
  .command("stop")
  .description("stop the simulated cloud, its control planes and the Git server; their state stays")
  .action(async () => {
    await stopControlPlanes(workspace().kubernetes);
    await stopGitServer(workspace().git);
    await stopCloud(workspace());
  });
program
  .command("build-kubernetes")
  .description(
    "get the programs of the control plane and of Flux: downloaded, or built once in about 25 minutes",
  )
  .option("--no-download", "do not ask for the official releases")
  .option("--retry", "ask again for releases that could not be downloaded within the last day", false)
  .action((options: BuildKubernetesOptions) => buildKubernetes(options));

// Ctrl-C reaches every process of the terminal by itself. Pulumi must have the time to finish what it is at.
process.on("SIGINT", () =>
  console.error("\nInterrupted: waiting for Pulumi to stop cleanly. Run the same command to go on."),
);

program.parseAsync().catch((error: unknown) => {
  process.exitCode = 1;
  if (error instanceof CommanderError) {
    process.exitCode = error.exitCode === 0 ? 0 : 2;
  } else if (error instanceof PulumiError) {
    console.error(`\n${error.message}\n${error.reason}\n\nAll of it: ${workspace().show(error.log)}`);
    console.error("Nothing is lost: mend the cause and run the same command again.");
  } else if (error instanceof ToolchainError) {
    console.error(`\n${error.message}`);
  } else {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    if (process.env["DEBUG"] !== undefined) console.error(error);
  }
});
