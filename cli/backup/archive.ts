/** Velero's archive of a backup: `resources/<plural.group>/namespaces/<namespace>/<name>.json` in a .tar.gz. */
import { text } from "node:stream/consumers";
import { gunzipSync } from "node:zlib";
import { extract } from "tar-stream";
import type { AnyObject } from "../../runner/kubernetes/objects";

export interface ArchivedObject {
  /** `plural.group`, or only the plural of the core's. */
  readonly resource: string;
  readonly namespace: string;
  readonly name: string;
  readonly object: AnyObject;
}

/** Velero keeps some kinds once more under each of their versions, in folders beside these. */
const ENTRY =
  /^(?:\.\/)?resources\/(?<resource>[^/]+)\/namespaces\/(?<namespace>[^/]+)\/(?<name>[^/]+)\.json$/;

/** Where the archive of a backup is, below the bucket. */
export const archiveName = (prefix: string, backup: string) =>
  `${prefix === "" ? "" : `${prefix}/`}backups/${backup}/${backup}.tar.gz`;

/** Its objects that are in a namespace. */
export async function readArchive(content: Uint8Array): Promise<ArchivedObject[]> {
  const tar = extract();
  tar.end(gunzipSync(content));
  const found: ArchivedObject[] = [];
  for await (const entry of tar) {
    const { resource, namespace, name } = ENTRY.exec(entry.header.name)?.groups ?? {};
    const json = await text(entry);
    if (resource === undefined || namespace === undefined || name === undefined) continue;
    found.push({ resource, namespace, name, object: JSON.parse(json) as AnyObject });
  }
  return found;
}
