/** Secrets that hold a value, the workloads that read them, and their restart. */
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";

const KINDS = ["Deployment", "DaemonSet", "StatefulSet"] as const;
/** On the pods: for which generation of credentials they were started. */
export const RESTART_ANNOTATION = "opencenter.io/cloud-credential";

export interface SecretName {
  readonly namespace: string;
  readonly name: string;
}

/** Secrets with one of the values somewhere in their content. */
export async function holders(api: ClusterObjects, values: readonly string[]): Promise<SecretName[]> {
  return holdersIn(await api.list("v1", "Secret"), values);
}

export function holdersIn(secrets: readonly AnyObject[], values: readonly string[]): SecretName[] {
  const holds = (secret: AnyObject) =>
    Object.values((secret["data"] ?? {}) as Record<string, string>).some((encoded) => {
      const text = Buffer.from(encoded, "base64").toString();
      return values.some((value) => text.includes(value));
    });
  return secrets
    .filter(holds)
    .map(({ metadata }) => ({ namespace: metadata?.namespace ?? "", name: metadata?.name ?? "" }));
}

/** Workloads whose pods mount one of the Secrets, or have it in their environment. */
export async function consumers(api: ClusterObjects, secrets: readonly SecretName[]): Promise<AnyObject[]> {
  const lists = await Promise.all(
    KINDS.map(async (kind) => {
      const apiVersion = "apps/v1";
      // Items of a list do not say what they are.
      return (await api.list(apiVersion, kind)).map((item) => ({ ...item, apiVersion, kind }));
    }),
  );
  return consumersIn(lists.flat(), secrets);
}

export function consumersIn(workloads: readonly AnyObject[], secrets: readonly SecretName[]): AnyObject[] {
  return workloads.filter((workload) => {
    const names = namesIn((workload.spec?.["template"] as { spec?: unknown } | undefined)?.spec);
    return secrets.some(
      ({ namespace, name }) => namespace === workload.metadata?.namespace && names.has(name),
    );
  });
}

/** Names below the fields by which a pod refers to a Secret: volumes, projected volumes, the environment. */
function namesIn(value: unknown, found = new Set<string>()): Set<string> {
  if (Array.isArray(value)) for (const item of value) namesIn(item, found);
  else if (typeof value === "object" && value !== null)
    for (const [key, item] of Object.entries(value)) {
      const name: unknown = key === "secretName" ? item : (item as { name?: unknown } | null)?.name;
      const refers = ["secretName", "secret", "secretRef", "secretKeyRef"].includes(key);
      if (refers && typeof name === "string") found.add(name);
      namesIn(item, found);
    }
  return found;
}

interface Progress {
  readonly observedGeneration?: number;
  readonly replicas?: number;
  readonly updatedReplicas?: number;
  readonly availableReplicas?: number;
  readonly desiredNumberScheduled?: number;
  readonly updatedNumberScheduled?: number;
  readonly numberAvailable?: number;
}

/** Whether all its pods were made after the restart, and are available. */
export function restarted(workload: AnyObject, mark: string): boolean {
  const template = workload.spec?.["template"] as
    { metadata?: { annotations?: Record<string, string> } } | undefined;
  if (template?.metadata?.annotations?.[RESTART_ANNOTATION] !== mark) return false;
  const status = (workload.status ?? {}) as Progress;
  if ((status.observedGeneration ?? 0) < (workload.metadata?.generation ?? 0)) return false;
  if (workload.kind === "DaemonSet") {
    const { desiredNumberScheduled: wanted = 0, updatedNumberScheduled, numberAvailable } = status;
    return (updatedNumberScheduled ?? 0) >= wanted && (numberAvailable ?? 0) >= wanted;
  }
  const wanted = Number(workload.spec?.["replicas"] ?? 1);
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0 } = status;
  return updatedReplicas >= wanted && availableReplicas >= wanted && replicas <= updatedReplicas;
}

export async function restart(api: ClusterObjects, workload: AnyObject, mark: string): Promise<void> {
  const { apiVersion = "", kind = "", metadata } = workload;
  const ref = { apiVersion, kind, namespace: metadata?.namespace, name: metadata?.name ?? "" };
  const annotations = { [RESTART_ANNOTATION]: mark };
  await api.merge(ref, {
    metadata: { name: ref.name, namespace: ref.namespace },
    spec: { template: { metadata: { annotations } } },
  });
}
