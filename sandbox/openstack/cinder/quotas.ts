/** Quotas and limits of Cinder. */
import { ApiError, type Reply, type Request, type Route, type Store } from "../api";
import { isAdmin } from "../requests";

const KIND = "volume.quotas";
export const VOLUMES = "volume.volumes";

/** Roomier than Cinder's own, so that large clusters fit. -1 is without bound. */
const DEFAULTS = {
  volumes: 5000,
  gigabytes: 500_000,
  snapshots: 1000,
  per_volume_gigabytes: -1,
  backups: 100,
  backup_gigabytes: 10_000,
  groups: 10,
};

type QuotaName = keyof typeof DEFAULTS;

export function limits(store: Store, projectId: string): Record<QuotaName, number> {
  return {
    ...DEFAULTS,
    ...(store.get(KIND, projectId)?.["limits"] as Partial<Record<QuotaName, number>> | undefined),
  };
}

function used(store: Store, projectId: string): Partial<Record<QuotaName, number>> {
  const volumes = store.list(VOLUMES).filter(({ project_id }) => project_id === projectId);
  return { volumes: volumes.length, gigabytes: volumes.reduce((sum, { size }) => sum + Number(size), 0) };
}

/** @throws ApiError 413 in Cinder's words */
export function refuseOverQuota(
  store: Store,
  projectId: string,
  more: { volumes: number; gigabytes: number },
): void {
  const [most, now] = [limits(store, projectId), used(store, projectId)];
  if (most.volumes >= 0 && (now.volumes ?? 0) + more.volumes > most.volumes)
    throw new ApiError(
      413,
      `VolumeLimitExceeded: Maximum number of volumes allowed (${most.volumes}) exceeded for quota 'volumes'.`,
    );
  if (most.gigabytes >= 0 && (now.gigabytes ?? 0) + more.gigabytes > most.gigabytes)
    throw new ApiError(
      413,
      `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${more.gigabytes}G, quota is ${most.gigabytes}G and ${now.gigabytes ?? 0}G has been consumed.`,
    );
}

function showQuota(request: Request, store: Store): Reply {
  const { project = "" } = request.params;
  if (project !== request.caller.projectId && !isAdmin(request.caller))
    throw new ApiError(403, "Policy doesn't allow volume_extension:quotas:show to be performed.");
  const [most, now] = [limits(store, project), used(store, project)];
  const withUsage = request.query.get("usage")?.toLowerCase() === "true";
  const entry = (name: QuotaName) =>
    withUsage ? { limit: most[name], in_use: now[name] ?? 0, reserved: 0, allocated: 0 } : most[name];
  const names = Object.keys(DEFAULTS) as QuotaName[];
  return {
    status: 200,
    body: { quota_set: { id: project, ...Object.fromEntries(names.map((name) => [name, entry(name)])) } },
  };
}

function changeQuota(request: Request, store: Store): Reply {
  if (!isAdmin(request.caller))
    throw new ApiError(403, "Policy doesn't allow volume_extension:quotas:update to be performed.");
  const { project = "" } = request.params;
  const { quota_set } = request.body as { quota_set: object };
  const merged = { ...(store.get(KIND, project)?.["limits"] as object | undefined), ...quota_set };
  if (store.get(KIND, project) === undefined) store.insert(KIND, { id: project, limits: merged });
  else store.update(KIND, project, { limits: merged });
  return { status: 200, body: { quota_set: limits(store, project) } };
}

function showLimits({ caller }: Request, store: Store): Reply {
  const [most, now] = [limits(store, caller.projectId), used(store, caller.projectId)];
  const absolute = {
    maxTotalVolumes: most.volumes,
    maxTotalVolumeGigabytes: most.gigabytes,
    maxTotalSnapshots: most.snapshots,
    maxTotalBackups: most.backups,
    maxTotalBackupGigabytes: most.backup_gigabytes,
    totalVolumesUsed: now.volumes ?? 0,
    totalGigabytesUsed: now.gigabytes ?? 0,
    totalSnapshotsUsed: 0,
    totalBackupsUsed: 0,
    totalBackupGigabytesUsed: 0,
  };
  return { status: 200, body: { limits: { rate: [], absolute } } };
}

export const quotaRoutes: readonly Route[] = [
  { method: "GET", pattern: "/v3/:project_id/os-quota-sets/:project", handler: showQuota },
  { method: "PUT", pattern: "/v3/:project_id/os-quota-sets/:project", handler: changeQuota },
  { method: "GET", pattern: "/v3/:project_id/limits", handler: showLimits },
];
