/** Quotas and limits of Cinder. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Route, type Store } from "../api";
import { check, isAdmin, unwrap } from "../requests";
import { typeNames } from "./types";
import { forbidden, inCindersWords } from "./words";

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
type Limits = Record<QuotaName, number>;

const NAMES = Object.keys(DEFAULTS) as QuotaName[];

const limit = z.int().min(-1).nullish();
/** Per-type quotas (`gigabytes_fast`) are taken and kept out of sight: nothing here depends on them. */
const schema = z
  .object(Object.fromEntries(NAMES.map((name) => [name, limit])) as Record<QuotaName, typeof limit>)
  .loose();

function limitsOf(store: Store, projectId: string): Limits {
  return { ...DEFAULTS, ...(store.get(KIND, projectId)?.["limits"] as Partial<Limits> | undefined) };
}

interface Usage {
  readonly volumes: number;
  readonly gigabytes: number;
}

function usedBy(store: Store, projectId: string): Usage {
  const volumes = store.list(VOLUMES).filter(({ project_id }) => project_id === projectId);
  return { volumes: volumes.length, gigabytes: volumes.reduce((sum, { size }) => sum + Number(size), 0) };
}

/** @throws ApiError 413 in Cinder's words */
export function refuseOverQuota(store: Store, projectId: string, more: Usage): void {
  const [most, now] = [limitsOf(store, projectId), usedBy(store, projectId)];
  if (most.volumes >= 0 && now.volumes + more.volumes > most.volumes)
    throw new ApiError(
      413,
      `VolumeLimitExceeded: Maximum number of volumes allowed (${most.volumes}) exceeded for quota 'volumes'.`,
    );
  if (most.gigabytes >= 0 && now.gigabytes + more.gigabytes > most.gigabytes)
    throw new ApiError(
      413,
      `VolumeSizeExceedsAvailableQuota: Requested volume or snapshot exceeds allowed gigabytes quota. Requested ${more.gigabytes}G, quota is ${most.gigabytes}G and ${now.gigabytes}G has been consumed.`,
    );
  if (most.per_volume_gigabytes >= 0 && more.gigabytes > most.per_volume_gigabytes)
    throw new ApiError(
      413,
      `VolumeSizeExceedsLimit: Requested volume size ${more.gigabytes}G is larger than maximum allowed limit ${most.per_volume_gigabytes}G.`,
    );
}

function showQuota(request: Request, store: Store): Reply {
  const { project = "" } = request.params;
  if (project !== request.caller.projectId && !isAdmin(request.caller))
    throw forbidden("volume_extension:quotas:show");
  const [most, now] = [limitsOf(store, project), usedBy(store, project)];
  const used: Partial<Limits> = { ...now };
  const withUsage = request.query.get("usage")?.toLowerCase() === "true";
  const entry = (name: QuotaName) =>
    withUsage ? { limit: most[name], in_use: used[name] ?? 0, reserved: 0 } : most[name];
  const entries = Object.fromEntries(NAMES.map((name) => [name, entry(name)]));
  const none = withUsage ? { limit: -1, in_use: 0, reserved: 0 } : -1;
  // Cinder counts by type, too; here no type has a limit of its own.
  const byType = typeNames(store).flatMap((type) =>
    ["volumes", "gigabytes", "snapshots"].map((name) => [`${name}_${type}`, none] as const),
  );
  return {
    status: 200,
    body: { quota_set: { id: project, ...entries, ...Object.fromEntries(byType) } },
  };
}

function changeQuota(request: Request, store: Store): Reply {
  if (!isAdmin(request.caller)) throw forbidden("volume_extension:quotas:update");
  const { project = "" } = request.params;
  const values = check(schema, unwrap(request, "quota_set"), inCindersWords);
  const changes = Object.fromEntries(
    NAMES.filter((name) => values[name] != null).map((name) => [name, values[name]]),
  );
  const limits = { ...(store.get(KIND, project)?.["limits"] as Partial<Limits> | undefined), ...changes };
  if (store.get(KIND, project) === undefined) store.insert(KIND, { id: project, limits });
  else store.update(KIND, project, { limits });
  return { status: 200, body: { quota_set: limitsOf(store, project) } };
}

function forgetQuota(request: Request, store: Store): Reply {
  if (!isAdmin(request.caller)) throw forbidden("volume_extension:quotas:delete");
  store.remove(KIND, request.params["project"] ?? "");
  return { status: 200 };
}

function showLimits({ caller }: Request, store: Store): Reply {
  const [most, now] = [limitsOf(store, caller.projectId), usedBy(store, caller.projectId)];
  const absolute = {
    maxTotalVolumes: most.volumes,
    maxTotalVolumeGigabytes: most.gigabytes,
    maxTotalSnapshots: most.snapshots,
    maxTotalBackups: most.backups,
    maxTotalBackupGigabytes: most.backup_gigabytes,
    totalVolumesUsed: now.volumes,
    totalGigabytesUsed: now.gigabytes,
    totalSnapshotsUsed: 0,
    totalBackupsUsed: 0,
    totalBackupGigabytesUsed: 0,
  };
  return { status: 200, body: { limits: { rate: [], absolute } } };
}

/** @param project path of a project's API: `/v3/:project_id` */
export function quotaRoutes(project: string): Route[] {
  const path = `${project}/os-quota-sets/:project`;
  return [
    { method: "GET", pattern: path, handler: showQuota },
    { method: "PUT", pattern: path, handler: changeQuota },
    { method: "DELETE", pattern: path, handler: forgetQuota },
    {
      method: "GET",
      pattern: `${path}/defaults`,
      handler: ({ params }) => ({
        status: 200,
        body: { quota_set: { id: params["project"], ...DEFAULTS } },
      }),
    },
    { method: "GET", pattern: `${project}/limits`, handler: showLimits },
  ];
}
