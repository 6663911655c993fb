/** Does what a plan says, layer by layer: what stands on another comes after it. */
import { ExitCode, UserError } from "../errors";
import type { Operation } from "../operation";
import { repairCloud } from "./cloud";
import { repairFlux } from "./flux";
import { repairNodes } from "./nodes";
import type { Action, Means, ReconcilePlan } from "./plan";

/**
 * @param targets URNs that Pulumi keeps to
 * @throws UserError that says how far it came, and how to go on
 */
export async function carryOut(
  operation: Operation,
  { actions }: ReconcilePlan,
  targets: readonly string[],
): Promise<void> {
  const { target } = operation;
  const of = (means: Means) => actions.filter((action) => action.means === means);
  if (of("pulumi").length > 0)
    await operation.step("pulumi up --refresh", async () => {
      const common = ["up", "--refresh", "--yes", "--skip-preview", "--non-interactive"];
      const code = await target.showPulumi([...common, ...targets.flatMap((urn) => ["--target", urn])]);
      target.forget();
      if (code === 0) return;
      throw new UserError(
        `pulumi up --refresh ended with exit code ${code}; what it had repaired by then is in the state.`,
        `Mend the cause that it names, then: npx opencenter reconcile ${target.stack}`,
        ExitCode.failed,
      );
    });
  await direct(of("cloud"), "Setting again in the cloud", async (own) =>
    repairCloud(await target.cloud(), await target.state(), own),
  );
  await direct(of("nodes"), "Labels, taints and cordons", (own) => repairNodes(target, own));
  await direct(of("flux"), "Flux", async (own) => repairFlux(await target.api(), own));

  async function direct(
    own: readonly Action[],
    title: string,
    work: (own: readonly Action[]) => Promise<void>,
  ) {
    if (own.length > 0) await operation.step(title, () => work(own));
  }
}
