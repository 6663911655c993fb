/** What the last run of this stack left in its outputs, and what a change from there means. */
import * as pulumi from "@pulumi/pulumi";
import type { ClusterConfig } from "../config/resolve";
import { type ConvergeRecord, observedFrom, parseRecord } from "../plan/kubernetes/record";
import { planPreview } from "../plan/kubernetes/preview";
import { renderTree } from "../gitops";
import { type DeliveryResult, fileDigests, proposalPrefix } from "../plan/delivery";
import { changedFiles, parseDelivery } from "../plan/deliveryRecord";

/** What a stack knows of itself; nothing of it before the first run. */
export interface PreviousRun {
  /** Nodes and versions, once Kubernetes is there. */
  readonly kubernetes?: ConvergeRecord;
  /** Whether converge has ever come to its end: there is a cluster then, whatever else is known of it. @default false */
  readonly converged?: boolean;
  /** Whether the stack has servers already, of an adopted cluster or a run that failed too. @default assumed */
  readonly servers?: boolean;
  /** Whether Flux is at work. */
  readonly lifecycle: "day-1" | "day-2";
  /** What was published last. */
  readonly delivery?: DeliveryResult;
}

/**
 * What the last run of this stack left in its outputs.
 *
 * A StackReference to the stack itself would show as a change in every `pulumi refresh`; the engine's own function
 * under it does not.
 */
export async function readPreviousRun(): Promise<PreviousRun> {
  const name = `${pulumi.getOrganization()}/${pulumi.getProject()}/${pulumi.getStack()}`;
  const { outputs = {} } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackOutputs", { name })) as {
    readonly outputs?: Readonly<Record<string, unknown>>;
  };
  const known = parseRecord(outputs.kubernetes);
  // The state is large where there is a cluster: it is asked only where the outputs do not tell of one.
  const about =
    known === undefined ? await readState(name) : { kubernetes: known, servers: true, converged: true };
  return {
    ...about,
    lifecycle: outputs.lifecycle === "day-2" ? "day-2" : "day-1",
    delivery: parseDelivery(outputs.gitops),
  };
}

const CONVERGE = /\bopencenter:kubernetes:Kubernetes\$command:local:Command::[^:]+-kubernetes-converge$/;

/**
 * A first run that fails behind converge, as at Flux, leaves no outputs, and a cluster all the same: what converge
 * printed is in its Command. Without it the next preview would plan an installation, and refuse nothing.
 */
async function readState(
  stackName: string,
): Promise<Pick<PreviousRun, "kubernetes" | "servers" | "converged">> {
  const { outputs = {} } = (await pulumi.runtime.invoke("pulumi:pulumi:readStackResourceOutputs", {
    stackName,
  })) as { readonly outputs?: Readonly<Record<string, StateResource>> };
  const converge = Object.entries(outputs).find(([urn]) => CONVERGE.test(urn))?.[1];
  return {
    kubernetes: converge && parsePrinted(converge.outputs?.stdout),
    servers: Object.values(outputs).some(({ type }) => type === "openstack:compute/instance:Instance"),
    converged: converge !== undefined,
  };
}

interface StateResource {
  readonly type: string;
  readonly outputs?: { readonly stdout?: unknown };
}

function parsePrinted(stdout: unknown): ConvergeRecord | undefined {
  try {
    return parseRecord(JSON.parse(String(stdout)));
  } catch {
    return undefined;
  }
}

/**
 * Says in a preview what the playbooks will do, and stops at what must not be done: nothing was changed yet.
 * @throws pulumi.RunError with every reason
 */
export function announceChanges(config: ClusterConfig, { kubernetes: previous }: PreviousRun): string {
  const { refusals, text } = planPreview(config, previous, previous && observedFrom(previous));
  if (refusals.length === 0) return text;
  const reasons = refusals.map(({ code, path, message }) => `${path ?? "cluster"}: ${message} [${code}]`);
  throw new pulumi.RunError(
    `The running cluster ${config.name} cannot be changed like this:\n${reasons.join("\n")}`,
  );
}

/** More lines than that nobody reads; the pull request has them all. */
const MOST_FILES = 25;

/** Says in a preview which files of the repository will change. */
export function announceDelivery(config: ClusterConfig, { delivery, lifecycle }: PreviousRun): string {
  if (config.gitops === undefined) return "";
  const changes = changedFiles(delivery?.files ?? {}, fileDigests(renderTree(config)));
  if (changes.length === 0) return "";
  const where =
    lifecycle === "day-1"
      ? `pushed to ${config.gitops.repository.branch}`
      : `proposed on a branch ${proposalPrefix(config.name)}…`;
  const shown = changes.slice(0, MOST_FILES).map((line) => `  ${line}`);
  const more = changes.length > MOST_FILES ? [`  … and ${changes.length - MOST_FILES} more`] : [];
  return [`Files that will be ${where}:`, ...shown, ...more].join("\n");
}
