/** What the playbooks will do, in words, from the configuration and the last run alone. */
import type { ClusterConfig } from "../../config/resolve";
import { planRemoval } from "./removal";
import { nodeMetadataChanges } from "./labels";
import { placeholderFacts } from "./placeholders";
import type { ConvergeRecord } from "./record";
import { planRequest } from "./request";
import { planConvergence } from "./steps";
import type { ConvergeRequest, ObservedCluster, PlaybookStep, Refusal } from "./types";

export interface PreviewPlan {
  readonly refusals: readonly Refusal[];
  readonly steps: readonly PlaybookStep[];
  /** For people; empty when nothing will run. */
  readonly text: string;
}

/** The request as far as the configuration knows it, with the servers of the last run. */
function requestWithout(config: ClusterConfig, previous: ConvergeRecord | undefined): ConvergeRequest {
  const facts = placeholderFacts(config);
  const machines = Object.fromEntries(
    Object.entries(facts.machines).map(([name, machine]) => {
      const node = previous?.nodes.find((one) => one.name === name);
      return [name, node === undefined ? machine : { address: node.address, serverId: node.serverId ?? "" }];
    }),
  );
  return planRequest(config, { ...facts, machines });
}

export function planPreview(
  config: ClusterConfig,
  previous: ConvergeRecord | undefined,
  there: ObservedCluster | undefined,
): PreviewPlan {
  const request = requestWithout(config, previous);
  // What only a run can know is not compared here.
  const { refusals, steps, leaving } = planConvergence(request, { variables: request.variables }, there);
  const removals = there === undefined ? [] : planRemovals(request, afterSteps(there, steps), leaving);
  const lines = [
    ...steps.map((step) => describeStep(step)),
    ...metadataLines(request, there),
    ...removals.flatMap(({ node, steps: own }) =>
      own.map((step) => `${describeStep(step)} (before the machine of ${node} goes)`),
    ),
  ];
  // What stops converge stops the removal for the same reason: said once.
  const said = new Set(refusals.map(({ code }) => code));
  const all = [
    ...refusals,
    ...removals.flatMap((removal) => removal.refusals).filter(({ code }) => !said.has(code)),
  ];
  const numbered = lines.map((line, index) => `  ${index + 1}. ${line}`);
  const text = lines.length === 0 ? "" : ["Kubernetes will be changed by:", ...numbered].join("\n");
  return { refusals: all, steps: [...steps, ...removals.flatMap((removal) => removal.steps)], text };
}

/** Removals run when converge is over: in the order of the control plane that its playbooks prove. */
function afterSteps(there: ObservedCluster, steps: readonly PlaybookStep[]): ObservedCluster {
  const controlPlane = steps
    .flatMap(({ proves }) => (proves?.mark?.controlPlane ? [proves.mark.controlPlane] : []))
    .at(-1);
  if (there.mark === undefined || controlPlane === undefined) return there;
  return { ...there, mark: { ...there.mark, controlPlane } };
}

/** One after the other: each finds the nodes before it gone. */
function planRemovals(request: ConvergeRequest, there: ObservedCluster, leaving: readonly string[]) {
  return leaving.map((node, index) => {
    const gone = new Set(leaving.slice(0, index));
    const nodes = there.nodes.filter(({ name }) => !gone.has(name));
    return { node, ...planRemoval(request, { ...there, nodes }, node) };
  });
}

export function describeStep({ playbook, limit, tags, extraVars, why }: PlaybookStep): string {
  const node = extraVars?.node === undefined ? "" : ` for ${String(extraVars.node)}`;
  const where = limit === undefined ? "" : ` on ${limit.join(", ")}`;
  const only = tags === undefined ? "" : ` (only ${tags.join(", ")})`;
  return `${playbook}${node}${where}${only}: ${why}`;
}

function metadataLines(request: ConvergeRequest, there: ObservedCluster | undefined): string[] {
  if (there === undefined) return [];
  return nodeMetadataChanges(request.nodes, there.nodes).map(
    ({ node, setLabels, removeLabels, taints, taintsChange }) => {
      const parts = [
        ...Object.entries(setLabels).map(([key, value]) => `${key}=${value}`),
        ...removeLabels.map((key) => `without ${key}`),
        ...(taintsChange
          ? [`taints: ${taints.map(({ key, effect }) => `${key}:${effect}`).join(", ") || "none"}`]
          : []),
      ];
      return `labels and taints of ${node}: ${parts.join(", ")}`;
    },
  );
}
