/**
 * Velero, played: it acts on Backup, Restore and DeleteBackupRequest for real, with the objects of the cluster and the
 * container of the simulated cloud. Volumes it has none: there is no CSI driver whose snapshots it could ask for.
 */
import { archiveName } from "../../cli/backup/archive";
import type { BackupStore } from "../../cli/backup/store";
import { type ApiClient, type ApiObject, KubernetesError } from "../kubernetes/apiClient";
import { collect, packed } from "./backup";
import { locationSettings, openLocation, type LocationSettings } from "./location";
import { type RestoreSpec, restoreObjects } from "./restore";

const API = "/apis/velero.io/v1/namespaces/velero";
const DEPLOYMENT = "/apis/apps/v1/namespaces/velero/deployments/velero";

interface BackupSpec {
  readonly ttl?: string;
  readonly includedNamespaces?: readonly string[];
  readonly excludedResources?: readonly string[];
}

export class Player {
  constructor(private readonly client: ApiClient) {}

  /** One look at what was asked for. */
  async look(): Promise<void> {
    const deployment = await this.client.find(DEPLOYMENT);
    if (Number(deployment?.status?.["availableReplicas"] ?? 0) === 0) return;
    const settings = await locationSettings(this.client);
    if (settings === undefined) return;
    await this.showLocation(settings);
    for (const backup of await this.waiting("backups"))
      await this.act("backups", backup, () => this.backUp(backup, settings));
    for (const restore of await this.waiting("restores"))
      await this.act("restores", restore, () => this.restore(restore, settings));
    for (const request of await this.client.list(`${API}/deletebackuprequests`))
      await this.remove(request, settings);
  }

  private async waiting(plural: string): Promise<ApiObject[]> {
    const all = await this.client.list(`${API}/${plural}`);
    return all.filter(({ status }) => status?.phase === undefined || status.phase === "New");
  }

  private async showLocation({ name, provider, bucket, prefix }: LocationSettings): Promise<void> {
    const path = `${API}/backupstoragelocations`;
    if ((await this.client.find(`${path}/${name}`)) !== undefined) return;
    const spec = { provider, default: true, objectStorage: { bucket, prefix } };
    await this.client.create(path, {
      apiVersion: "velero.io/v1",
      kind: "BackupStorageLocation",
      metadata: { name },
      spec,
    });
    await this.client.patch(`${path}/${name}/status`, { status: { phase: "Available" } });
  }

  /** A failure is told in the object, as Velero does: the next look has to go on with others. */
  private async act(plural: string, object: ApiObject, work: () => Promise<object>): Promise<void> {
    const path = `${API}/${plural}/${object.metadata.name}/status`;
    const startTimestamp = now();
    await this.client.patch(path, { status: { phase: "InProgress", startTimestamp } });
    try {
      const status = await work();
      await this.client.patch(path, {
        status: { phase: "Completed", completionTimestamp: now(), ...status },
      });
    } catch (error) {
      const failureReason = error instanceof Error ? error.message : String(error);
      await this.client.patch(path, {
        status: { phase: "Failed", failureReason, completionTimestamp: now() },
      });
    }
  }

  private async backUp({ metadata, spec }: ApiObject, { bucket, prefix }: LocationSettings): Promise<object> {
    const store = await this.store(bucket);
    const objects = await collect(this.client, spec as BackupSpec);
    const name = metadata.name;
    const archive = archiveName(prefix, name);
    await store.write(archive, await packed(objects));
    const described = {
      apiVersion: "velero.io/v1",
      kind: "Backup",
      metadata: { name, namespace: "velero" },
      spec,
    };
    await store.write(
      archive.replace(/[^/]+$/, "velero-backup.json"),
      Buffer.from(JSON.stringify(described)),
    );
    const progress = { itemsBackedUp: objects.length, totalItems: objects.length };
    return { progress, version: 1, formatVersion: "1.1.0" };
  }

  private async restore(
    { metadata, spec }: ApiObject,
    { bucket, prefix }: LocationSettings,
  ): Promise<object> {
    const order = spec as unknown as RestoreSpec;
    const archive = await (await this.store(bucket)).read(archiveName(prefix, order.backupName));
    if (archive === undefined || (await this.client.find(`${API}/backups/${order.backupName}`)) === undefined)
      throw new Error(`backup "${order.backupName}" not found`);
    const { restored, errors, warnings } = await restoreObjects(this.client, metadata.name, order, archive);
    const progress = { itemsRestored: restored, totalItems: restored };
    return { progress, warnings, errors, ...(errors > 0 ? { phase: "PartiallyFailed" } : {}) };
  }

  private async remove({ metadata, spec }: ApiObject, { bucket, prefix }: LocationSettings): Promise<void> {
    const name = String(spec?.["backupName"]);
    const store = await this.store(bucket);
    const folder = archiveName(prefix, name).replace(/[^/]+$/, "");
    for (const object of await store.list(folder)) await store.remove(object.name);
    await this.client.remove(`${API}/backups/${name}`);
    await this.client.remove(`${API}/deletebackuprequests/${metadata.name}`);
  }

  private async store(bucket: string): Promise<BackupStore> {
    const store = await openLocation(this.client, bucket);
    if (store === undefined) throw new Error("the sandbox's Velero knows no store but Swift");
    return store;
  }
}

const now = () => new Date().toISOString();

/** Before its CRDs are there, there is nothing to do. */
export async function lookForVelero(player: Player): Promise<void> {
  try {
    await player.look();
  } catch (error) {
    if (!(error instanceof KubernetesError) || error.status !== 404) throw error;
  }
}
