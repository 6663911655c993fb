/** The live cluster, as the plan wants to know it. */
import type { ObservedCluster } from "../plan/kubernetes/types";
import { RunFailure } from "../runner/errors";
import { writeInventory } from "./inventory";
import { apiUrl, type ClusterApi, connect, statusOf } from "../runner/kubernetes/client";
import { completeMark, readMark } from "./kubernetes/mark";
import { observeNodes } from "./kubernetes/nodes";
import { readKnown } from "./known";
import { type KeysOnNodes, probe, type Probe } from "./probe";
import type { Run } from "./run";

export interface Observation extends KeysOnNodes {
  /** Nothing when no cluster was ever installed. */
  readonly cluster?: ObservedCluster;
  readonly api?: ClusterApi;
  /** Secret. */
  readonly adminConf?: string;
  /** Why the API could not be asked, where that need not mean anything yet. */
  readonly silence?: RunFailure;
}

/** @throws RunFailure when it cannot be told whether there is a cluster, or one that was there does not answer */
export async function observe(run: Run): Promise<Observation> {
  const { request, ansible, paths } = run;
  const controlPlane = request.nodes.filter(({ role }) => role === "control-plane").map(({ name }) => name);
  const workers = request.nodes.filter(({ role }) => role === "worker").map(({ name }) => name);
  writeInventory(run, [], { controlPlane, workers });
  const seen = await probe(controlPlane, workers, ansible);
  const { rotating, encryptingMore } = seen;
  const { converged } = readKnown(paths.known);
  if (seen.adminConf === undefined) return nothingThere(seen, converged);
  const api = connect(seen.adminConf, request.api);
  try {
    const [nodes, mark] = await Promise.all([observeNodes(api), readMark(api)]);
    const { etcd, etcdServers, encrypts } = seen;
    const cluster = { nodes, etcd, etcdServers, encrypts, mark: completeMark(mark) };
    return { cluster, api, adminConf: seen.adminConf, rotating, encryptingMore };
  } catch (error) {
    const silence = new RunFailure(
      `The Kubernetes API at ${apiUrl(request.api)} does not answer: ${reason(error)}`,
      [
        "access.apiAllowedCidrs must contain the address of the machine that runs pulumi up, and it must resolve the " +
          "endpoint's name; through a proxy, set HTTPS_PROXY.",
      ],
    );
    // kubeadm writes the file before the API answers: an installation that stopped there goes on.
    if (!converged && statusOf(error) === undefined)
      return { cluster: { nodes: [] }, silence, rotating, encryptingMore };
    throw silence;
  }
}

function reason(error: unknown): string {
  return error instanceof Error ? error.message.split("\n")[0]! : String(error);
}

function nothingThere({ unreachable }: Probe, converged: boolean): Observation {
  if (unreachable.length > 0) {
    throw new RunFailure(
      `SSH does not reach ${unreachable.join(", ")}, and no other control-plane node has a cluster: ` +
        "whether there is one cannot be told, so nothing is installed over it.",
      ["access.sshAllowedCidrs must contain the address of the machine that runs pulumi up."],
    );
  }
  if (converged) {
    throw new RunFailure(
      "There was a cluster on these machines, and no control-plane node knows of it any more. " +
        "Installing a new one would end the old one for good.",
      ["Restore it from a backup: docs/operations/control-plane.md."],
    );
  }
  return { rotating: [], encryptingMore: [] };
}
