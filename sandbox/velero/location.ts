/** Where a played Velero keeps its backups: the real container, with the login that the real one would be given. */
import { parse } from "yaml";
import { accessOf, settingsOfEnvironment } from "../../cli/cloud/access";
import { OpenStackClient } from "../../cli/cloud/client";
import { swiftStore } from "../../cli/backup/store/swift";
import type { BackupStore } from "../../cli/backup/store";
import type { ApiClient } from "../kubernetes/apiClient";

const NAMESPACE = "/api/v1/namespaces/velero";

type Client = Pick<ApiClient, "find">;

export interface LocationSettings {
  readonly name: string;
  readonly provider: string;
  readonly bucket: string;
  readonly prefix: string;
}

/** What the chart was told; undefined before it is installed. */
export async function locationSettings(client: Client): Promise<LocationSettings | undefined> {
  const map = await client.find(`${NAMESPACE}/configmaps/velero-values`);
  const values = (map?.["data"] as Record<string, string> | undefined)?.["values.yaml"];
  if (values === undefined) return undefined;
  type Values = { configuration?: { backupStorageLocation?: LocationSettings[] } };
  return (parse(values) as Values).configuration?.backupStorageLocation?.[0];
}

/** @throws CloudError as logging in does */
export async function openLocation(client: Client, bucket: string): Promise<BackupStore | undefined> {
  const secret = await client.find(`${NAMESPACE}/secrets/cloud-credentials`);
  const data = (secret?.["data"] ?? {}) as Readonly<Record<string, string>>;
  const decoded = Object.entries(data).map(([name, value]) => [
    name,
    Buffer.from(value, "base64").toString(),
  ]);
  const environment = Object.fromEntries(decoded) as NodeJS.ProcessEnv;
  // Of an S3 store, the sandbox has none.
  if (environment["OS_AUTH_URL"] === undefined) return undefined;
  const access = accessOf(settingsOfEnvironment(environment), "Secret velero/cloud-credentials");
  return swiftStore(await OpenStackClient.connect(access), bucket);
}
