/** What a played backup holds: the objects of the cluster, in Velero's layout. */
import { buffer } from "node:stream/consumers";
import { createGzip } from "node:zlib";
import { pack } from "tar-stream";
import type { ArchivedObject } from "../../cli/backup/archive";
import type { ApiClient } from "../kubernetes/apiClient";
import type { AnyObject } from "../../runner/kubernetes/objects";
import { objectsOf, resourceKinds } from "./resources";

export interface Selection {
  readonly includedNamespaces?: readonly string[];
  readonly excludedResources?: readonly string[];
}

export async function collect(
  client: Pick<ApiClient, "send" | "list">,
  { includedNamespaces = ["*"], excludedResources = [] }: Selection,
): Promise<ArchivedObject[]> {
  const wanted = (namespace: string) =>
    includedNamespaces.includes("*") || includedNamespaces.includes(namespace);
  const found: ArchivedObject[] = [];
  for (const kind of await resourceKinds(client)) {
    if (excludedResources.includes(kind.resource)) continue;
    for (const object of await objectsOf(client, kind)) {
      const { name, namespace = "" } = object.metadata;
      if (wanted(namespace))
        found.push({ resource: kind.resource, namespace, name, object: object as unknown as AnyObject });
    }
  }
  return found;
}

export function packed(objects: readonly ArchivedObject[]): Promise<Buffer> {
  const archive = pack();
  for (const { resource, namespace, name, object } of objects)
    archive.entry(
      { name: `resources/${resource}/namespaces/${namespace}/${name}.json` },
      JSON.stringify(object),
    );
  archive.finalize();
  return buffer(archive.pipe(createGzip()));
}
