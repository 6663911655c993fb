/** What the last run of this stack left in its outputs, and what a change from there means. */
import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig } from "../config/resolve";
import { type ConvergeRecord, observedFrom, parseRecord } from "../plan/kubernetes/record";
import { planPreview } from "../plan/kubernetes/preview";

/**
 * The record of the last run that came to its end; nothing before the first.
 *
 * A StackReference to the stack itself would show as a change in every `pulumi refresh`; the engine's own function
 * under it does not.
 */
export async function readPreviousRun(): Promise<ConvergeRecord | undefined> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const result = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
    readonly outputs?: Readonly<Record<string, unknown>>;
  };
  return parseRecord(result.outputs?.kubernetes);
}

/**
 * Says in a preview what the playbooks will do, and stops at what must not be done: nothing was changed yet.
 * @throws pulumi.RunError with every reason
 */
export function announceChanges(config: ClusterConfig, previous: ConvergeRecord | undefined): string {
  const { refusals, text } = planPreview(config, previous, previous && observedFrom(previous));
  if (refusals.length === 0) return text;
  const reasons = refusals.map(({ code, path, message }) => `${path ?? "cluster"}: ${message} [${code}]`);
  throw new pulumi.RunError(
    `The running cluster ${config.name} cannot be changed like this:\n${reasons.join("\n")}`,
  );
}
