/** What a cluster was last converged with, kept in a ConfigMap of its own. */
import { PatchStrategy, setHeaderOptions } from "@kubernetes/client-node";
import { z } from "zod";
import { convergeMark } from "../../plan/kubernetes/record";
import type { ConvergeMark } from "../../plan/kubernetes/types";
import { type ClusterApi, statusOf } from "../../runner/kubernetes/client";

const NAMESPACE = "kube-system";
const NAME = "opencenter-converge";

const stored = convergeMark.partial().extend({
  schedulable: z.array(z.string()).optional(),
  ofUpgrade: z.boolean().optional(),
});

export interface StoredMark extends Partial<ConvergeMark> {
  /** Nodes that took pods before an upgrade began; Kubespray leaves what it finds cordoned as it is. */
  readonly schedulable?: readonly string[];
  /** Whether that was an upgrade of all nodes, with its gate and its snapshot. @default true, where schedulable is there */
  readonly ofUpgrade?: boolean;
}

/** What stands there; empty when nothing does. */
export async function readMark({ core }: ClusterApi): Promise<StoredMark> {
  try {
    const { data } = await core.readNamespacedConfigMap({ namespace: NAMESPACE, name: NAME });
    return stored.parse(JSON.parse(data?.mark ?? "{}"));
  } catch (error) {
    if (statusOf(error) === 404) return {};
    throw error;
  }
}

/** A mark with everything in it; an installation that stopped half-way has none. */
export function completeMark(found: StoredMark): ConvergeMark | undefined {
  return convergeMark.safeParse(found).success ? (found as ConvergeMark) : undefined;
}

export async function writeMark(api: ClusterApi, change: StoredMark): Promise<void> {
  const next = JSON.stringify({ ...(await readMark(api)), ...change });
  const body = {
    metadata: { name: NAME, namespace: NAMESPACE, labels: { "app.kubernetes.io/managed-by": "opencenter" } },
    data: { mark: next },
  };
  try {
    await api.core.createNamespacedConfigMap({ namespace: NAMESPACE, body });
  } catch (error) {
    if (statusOf(error) !== 409) throw error;
    await api.core.patchNamespacedConfigMap(
      { namespace: NAMESPACE, name: NAME, body },
      setHeaderOptions("Content-Type", PatchStrategy.MergePatch),
    );
  }
}
