/** What a played restore makes: objects that are not there, in their namespaces or in those that they are mapped to. */
import { readArchive, type ArchivedObject } from "../../cli/backup/archive";
import type { ApiClient, ApiObject } from "../kubernetes/apiClient";
import { type ResourceKind, resourceKinds } from "./resources";

export interface RestoreSpec {
  readonly backupName: string;
  readonly includedNamespaces?: readonly string[];
  readonly includedResources?: readonly string[];
  readonly namespaceMapping?: Readonly<Record<string, string>>;
}

export interface RestoreCount {
  readonly restored: number;
  readonly warnings: number;
  readonly errors: number;
}

type Client = Pick<ApiClient, "send" | "list" | "find" | "create">;

export async function restoreObjects(
  client: Client,
  restore: string,
  spec: RestoreSpec,
  archive: Uint8Array,
): Promise<RestoreCount> {
  const { includedNamespaces = ["*"], includedResources = ["*"], namespaceMapping = {} } = spec;
  const matches = (list: readonly string[], value: string) => list.includes("*") || list.includes(value);
  const kinds = new Map((await resourceKinds(client)).map((kind) => [kind.resource, kind]));
  const count = { restored: 0, warnings: 0, errors: 0 };
  for (const archived of await readArchive(archive)) {
    const kind = kinds.get(archived.resource);
    // What has an owner is made by it again.
    const owned = (archived.object.metadata?.ownerReferences ?? []).length > 0;
    const wanted =
      matches(includedNamespaces, archived.namespace) && matches(includedResources, archived.resource);
    if (kind === undefined || owned || !wanted) continue;
    const namespace = namespaceMapping[archived.namespace] ?? archived.namespace;
    const status = await makeObject(client, kind, namespace, restored(archived, restore, spec));
    if (status === 409) count.warnings += 1;
    else if (status >= 400) count.errors += 1;
    else count.restored += 1;
  }
  return count;
}

async function makeObject(
  client: Client,
  { root, plural }: ResourceKind,
  namespace: string,
  object: ApiObject,
): Promise<number> {
  if ((await client.find(`/api/v1/namespaces/${namespace}`)) === undefined)
    await client.create("/api/v1/namespaces", {
      apiVersion: "v1",
      kind: "Namespace",
      metadata: { name: namespace },
    });
  const { status } = await client.send("POST", `${root}/namespaces/${namespace}/${plural}`, object);
  return status;
}

/** As Velero resets it: what a cluster gives, and the state, do not come along. */
function restored(
  { object }: ArchivedObject,
  restore: string,
  { backupName, namespaceMapping = {} }: RestoreSpec,
): ApiObject {
  const { status: _, metadata, spec, ...rest } = object;
  const { name = "", labels, annotations, finalizers } = metadata ?? {};
  const own = { "velero.io/backup-name": backupName, "velero.io/restore-name": restore };
  const { clusterIP, clusterIPs: __, ...others } = (spec ?? {}) as Record<string, unknown>;
  const kept = object.kind === "Service" && clusterIP !== "None" ? others : spec;
  return {
    ...rest,
    metadata: { name, labels: { ...labels, ...own }, annotations, finalizers },
    ...(spec === undefined ? {} : { spec: kept }),
    ...(object.kind === "RoleBinding" ? { subjects: mapped(object["subjects"], namespaceMapping) } : {}),
  };
}

function mapped(subjects: unknown, mapping: Readonly<Record<string, string>>): unknown {
  return ((subjects ?? []) as { namespace?: string }[]).map((subject) => ({
    ...subject,
    ...(subject.namespace === undefined
      ? {}
      : { namespace: mapping[subject.namespace] ?? subject.namespace }),
  }));
}
