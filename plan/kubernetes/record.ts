/**
 * What a run leaves behind in the stack's outputs: enough for the next preview to say what would happen without asking
 * the cluster, and for the next run on another machine to know the nodes' host keys. It holds no secret.
 */
import { z } from "zod";
import { taintEffects } from "../../config/schema/infrastructure";
import type { ConvergeMark, ObservedCluster, ObservedNode } from "./types";

const taint = z.object({ key: z.string(), value: z.string(), effect: z.enum(taintEffects) });

/** {@link ConvergeMark}, here and in the cluster. */
export const convergeMark = z.object({
  kubesprayRef: z.string(),
  version: z.string(),
  variables: z.string(),
  surroundings: z.string(),
  credential: z.string(),
  controlPlane: z.array(z.string()),
  immutable: z.record(z.string(), z.json()),
  endpoint: z.object({ type: z.enum(["octavia", "kube-vip"]), vip: z.string() }).optional(),
  upgrading: z.object({ version: z.string(), kubesprayRef: z.string() }).optional(),
});

export const convergeRecord = z.object({
  version: z.string(),
  kubesprayRef: z.string(),
  nodes: z.array(
    z.object({
      name: z.string(),
      role: z.enum(["control-plane", "worker"]),
      address: z.string(),
      serverId: z.string().optional(),
      version: z.string(),
      /** Absent in records of before, when all members had numbers. */
      etcdMember: z.string().optional(),
      labels: z.record(z.string(), z.string()),
      taints: z.array(taint),
    }),
  ),
  mark: convergeMark,
  hostKeys: z.array(
    z.object({
      name: z.string(),
      serverId: z.string(),
      address: z.string(),
      booted: z.boolean(),
      hostKeys: z.array(z.string()),
    }),
  ),
});

export type ConvergeRecord = Omit<z.infer<typeof convergeRecord>, "mark"> & { readonly mark: ConvergeMark };

/** Nothing where no run has come to its end, or where an older program wrote something else. */
export function parseRecord(value: unknown): ConvergeRecord | undefined {
  const { success, data } = convergeRecord.safeParse(value);
  return success ? data : undefined;
}

/** The cluster as the last run left it, in the shape of one that was looked at. */
export function observedFrom(record: ConvergeRecord): ObservedCluster {
  const nodes = record.nodes.map(({ version, labels, taints, etcdMember: _, ...node }): ObservedNode => ({
    ...node,
    kubeletVersion: version,
    ...(node.role === "control-plane" ? { apiServerVersion: version } : {}),
    ready: true,
    unschedulable: false,
    labels,
    taints,
    owned: {
      labels: Object.keys(labels),
      taints: taints.map(({ key, effect }) => `${key}:${effect}`),
    },
    joined: true,
  }));
  return { nodes, mark: record.mark };
}
