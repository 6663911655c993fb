/** Machines that were never seen: their first boot must be over before anything is installed on them. */
import { RunFailure } from "../runner/errors";
import { runPlaybook } from "./ansible/playbook";
import { learnHostKeys, writeInventory } from "./inventory";
import { readKnown } from "./known";
import type { Run } from "./run";

/** How long first boots may take, in seconds. */
const BOOT_SECONDS = 900;

/** A machine that was never seen gets its time; one that was must answer at once. */
export async function waitForFirstBoots(run: Run): Promise<void> {
  const { request, paths, ansible } = run;
  const known = readKnown(paths.known).nodes.filter(({ booted }) => booted);
  const wasSeen = (name: string) =>
    known.some((node) => node.name === name && node.serverId === request.facts.machines[name]?.serverId);
  const limit = request.nodes.map(({ name }) => name).filter((name) => !wasSeen(name));
  if (limit.length === 0) return;
  const named = (role: string) => request.nodes.filter((node) => node.role === role).map(({ name }) => name);
  const inventory = { controlPlane: named("control-plane"), workers: named("worker") };
  writeInventory(run, [], inventory);
  await runPlaybook(
    {
      playbook: "opencenter/wait.yml",
      limit,
      extraVars: { wait_seconds: BOOT_SECONDS },
      why: `the first boot of ${limit.length} machine(s) must be over; their host keys are learnt now, and pinned`,
      inventory,
    },
    ansible,
  )
    .catch(nameServerInError)
    .finally(() => learnHostKeys(run));
  learnHostKeys(run, limit);
}

/** A run goes on past a server that an earlier one left in ERROR: to the engine it is made. */
function nameServerInError(failure: unknown): never {
  if (!(failure instanceof RunFailure)) throw failure;
  throw new RunFailure(failure.message, [
    ...failure.hints,
    "A machine that does not answer may be a server in ERROR, which never boots: npx opencenter recover <stack> names it and has the next pulumi up make it anew.",
  ]);
}
