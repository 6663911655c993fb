/** Pieces of pod templates that many charts take under the same names. */

export interface Resources {
  readonly requests: { readonly cpu: string; readonly memory: string };
  readonly limits: { readonly memory: string };
}

/**
 * Processor time is not limited: a limit slows a pod down while the node is idle.
 * @param memory requested
 * @param limit of memory @default what is requested
 */
export function resources(cpu: string, memory: string, limit = memory): Resources {
  return { requests: { cpu, memory }, limits: { memory: limit } };
}

const CONTROL_PLANE = "node-role.kubernetes.io/control-plane";

/** For what must go on while every worker is being replaced. */
export const controlPlaneToleration = {
  key: CONTROL_PLANE,
  operator: "Exists",
  effect: "NoSchedule",
} as const;

/** A node that no cloud controller has looked at yet. */
export const uninitializedToleration = {
  key: "node.cloudprovider.kubernetes.io/uninitialized",
  operator: "Exists",
  effect: "NoSchedule",
} as const;

export const onControlPlane = {
  nodeSelector: { [CONTROL_PLANE]: "" },
  tolerations: [controlPlaneToleration],
} as const;

/** Different nodes where there are several; with a single one they share it. */
export function spread(matchLabels: Readonly<Record<string, string>>) {
  return [
    {
      maxSkew: 1,
      topologyKey: "kubernetes.io/hostname",
      whenUnsatisfiable: "ScheduleAnyway",
      labelSelector: { matchLabels },
    },
  ];
}

/** What a namespace with level `restricted` asks of every container. */
export const restrictedContainer = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ["ALL"] },
  readOnlyRootFilesystem: true,
  runAsNonRoot: true,
  seccompProfile: { type: "RuntimeDefault" },
} as const;
