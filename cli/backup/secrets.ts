/** Secrets of the cluster, as a part of their own: Velero would keep them readable for everybody who can read the store. */
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { z } from "zod";

/** Made anew by the cluster itself, and of no use elsewhere. */
const OWN_TYPES = ["kubernetes.io/service-account-token", "bootstrap.kubernetes.io/token"];

const secret = z.object({
  metadata: z.object({
    name: z.string(),
    namespace: z.string(),
    labels: z.record(z.string(), z.string()).optional(),
    annotations: z.record(z.string(), z.string()).optional(),
  }),
  type: z.string().optional(),
  immutable: z.boolean().optional(),
  data: z.record(z.string(), z.string()).optional(),
});

export type SavedSecret = z.infer<typeof secret>;

export async function readSecrets(api: ClusterObjects): Promise<SavedSecret[]> {
  const all = await api.list("v1", "Secret");
  return all.filter(({ type }) => !OWN_TYPES.includes(String(type))).map((object) => secret.parse(object));
}

export function parseSecrets(text: string): SavedSecret[] {
  return z.array(secret).parse(JSON.parse(text));
}

export const writeSecrets = (secrets: readonly SavedSecret[]) => JSON.stringify(secrets);

/** Those of some namespaces, under other names of them where they are mapped. */
export function placedSecrets(
  secrets: readonly SavedSecret[],
  namespaces: readonly string[] | undefined,
  mapping: Readonly<Record<string, string>> = {},
): SavedSecret[] {
  return secrets
    .filter(({ metadata }) => namespaces === undefined || namespaces.includes(metadata.namespace))
    .map((saved) => {
      const { metadata } = saved;
      const namespace = mapping[metadata.namespace] ?? metadata.namespace;
      return { ...saved, metadata: { ...metadata, namespace } };
    });
}

export interface PlacedCount {
  readonly made: number;
  /** There already, and left as they are. */
  readonly kept: number;
}

/** Makes what is not there; namespaces too. */
export async function restoreSecrets(
  api: ClusterObjects,
  secrets: readonly SavedSecret[],
): Promise<PlacedCount> {
  const namespaces = [...new Set(secrets.map(({ metadata }) => metadata.namespace))];
  for (const name of namespaces)
    await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name } });
  let made = 0;
  for (const saved of secrets) {
    const object: AnyObject = { apiVersion: "v1", kind: "Secret", ...saved };
    if (await api.create(object)) made += 1;
  }
  return { made, kept: secrets.length - made };
}
