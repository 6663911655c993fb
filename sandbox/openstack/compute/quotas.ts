/** Quotas and limits of Nova. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Route, type Store } from "../api";
import { check, isAdmin, unwrap } from "../requests";
import type { FlavorSize } from "./flavors";
import { microversion } from "./microversions";

/** Roomier than Nova's own, so that large clusters fit. -1 is without bound. */
const DEFAULTS = {
  instances: 500,
  cores: 4000,
  ram: 16 * 1024 * 1024,
  key_pairs: 100,
  metadata_items: 128,
  server_groups: 100,
  server_group_members: 100,
};

type QuotaName = keyof typeof DEFAULTS;

const NAMES = Object.keys(DEFAULTS) as QuotaName[];
const KIND = "compute.quotas";
const limit = z.int().min(-1);
const schema = z
  .object(Object.fromEntries(NAMES.map((name) => [name, limit])) as Record<QuotaName, typeof limit>)
  .partial();

export function limits(store: Store, projectId: string): Record<QuotaName, number> {
  return {
    ...DEFAULTS,
    ...(store.get(KIND, projectId)?.["limits"] as Partial<Record<QuotaName, number>> | undefined),
  };
}

function used(store: Store, projectId: string): Partial<Record<QuotaName, number>> {
  const servers = store.list("compute.servers").filter(({ project_id }) => project_id === projectId);
  const sum = (key: keyof FlavorSize) =>
    servers.reduce((total, { _size }) => total + (_size as FlavorSize)[key], 0);
  return {
    instances: servers.length,
    cores: sum("vcpus"),
    ram: sum("ram"),
    server_groups: store.list("compute.server_groups").filter(({ project_id }) => project_id === projectId)
      .length,
  };
}

/** @throws ApiError 403 in Nova's words when this many more would be too many. */
export function refuseOverQuota(
  store: Store,
  projectId: string,
  more: Partial<Record<QuotaName, number>>,
): void {
  const [most, now] = [limits(store, projectId), used(store, projectId)];
  const asked = NAMES.filter((name) => (more[name] ?? 0) > 0);
  const over = asked.filter((name) => most[name] >= 0 && (now[name] ?? 0) + (more[name] ?? 0) > most[name]);
  if (over.length === 0) return;
  if (over.includes("server_groups")) throw new ApiError(403, "Quota exceeded, too many server groups.");
  over.sort();
  const list = (value: (name: QuotaName) => string) => over.map(value).join(", ");
  const what =
    over.includes("instances") || over.includes("cores") || over.includes("ram") ? "instances" : "";
  throw new ApiError(
    403,
    `Quota exceeded for ${list((name) => name)}: Requested ${list((name) => String(more[name]))}, but already used ${list((name) => String(now[name] ?? 0))} of ${list((name) => String(most[name]))} ${list((name) => name) || what}`,
  );
}

function projectOf({ caller, params }: Request): string {
  const { project = "" } = params;
  if (project !== caller.projectId && !isAdmin(caller)) {
    throw new ApiError(403, "Policy doesn't allow os_compute_api:os-quota-sets:show to be performed.");
  }
  return project;
}

function show(request: Request, store: Store): Reply {
  const project = projectOf(request);
  return { status: 200, body: { quota_set: { id: project, ...limits(store, project), ...legacy(request) } } };
}

/** What Nova once counted itself, and the files that it once put into machines, by the version that ended it. */
const LEGACY: Readonly<Record<string, readonly [limit: number, until: number]>> = {
  fixed_ips: [-1, 36],
  floating_ips: [-1, 36],
  security_groups: [-1, 36],
  security_group_rules: [-1, 36],
  injected_files: [5, 57],
  injected_file_content_bytes: [10_240, 57],
  injected_file_path_bytes: [255, 57],
};

function legacy(request: Request): Record<string, number> {
  const version = microversion(request);
  const known = Object.entries(LEGACY).filter(([, [, until]]) => version < until);
  return Object.fromEntries(known.map(([name, [limit]]) => [name, limit]));
}

function detail(request: Request, store: Store): Reply {
  const project = projectOf(request);
  const [most, now] = [limits(store, project), used(store, project)];
  const entry = (name: QuotaName) => ({ limit: most[name], in_use: now[name] ?? 0, reserved: 0 });
  const entries = Object.fromEntries(NAMES.map((name) => [name, entry(name)]));
  for (const [name, limit] of Object.entries(legacy(request)))
    Object.assign(entries, { [name]: { limit, in_use: 0, reserved: 0 } });
  return { status: 200, body: { quota_set: { id: project, ...entries } } };
}

function update(request: Request, store: Store): Reply {
  const { project = "" } = request.params;
  if (!isAdmin(request.caller)) {
    throw new ApiError(403, "Policy doesn't allow os_compute_api:os-quota-sets:update to be performed.");
  }
  const own = store.get(KIND, project)?.["limits"] as object | undefined;
  store.insert(KIND, { id: project, limits: { ...own, ...check(schema, unwrap(request, "quota_set")) } });
  return { status: 200, body: { quota_set: { ...limits(store, project), ...legacy(request) } } };
}

function legacyLimits(version: number): Record<string, number> {
  return {
    ...(version < 36
      ? {
          maxSecurityGroups: -1,
          maxSecurityGroupRules: -1,
          maxTotalFloatingIps: -1,
          totalFloatingIpsUsed: 0,
          totalSecurityGroupsUsed: 0,
        }
      : {}),
    ...(version < 39 ? { maxImageMeta: DEFAULTS.metadata_items } : {}),
    ...(version < 57 ? { maxPersonality: 5, maxPersonalitySize: 10_240 } : {}),
  };
}

function absoluteLimits(request: Request, store: Store): Reply {
  const { projectId } = request.caller;
  const [most, now] = [limits(store, projectId), used(store, projectId)];
  const absolute = {
    maxTotalInstances: most.instances,
    maxTotalCores: most.cores,
    maxTotalRAMSize: most.ram,
    maxTotalKeypairs: most.key_pairs,
    maxServerMeta: most.metadata_items,
    maxServerGroups: most.server_groups,
    maxServerGroupMembers: most.server_group_members,
    totalInstancesUsed: now.instances,
    totalCoresUsed: now.cores,
    totalRAMUsed: now.ram,
    totalServerGroupsUsed: now.server_groups,
    ...legacyLimits(microversion(request)),
  };
  return { status: 200, body: { limits: { rate: [], absolute } } };
}

const OF_PROJECT = "/v2.1/os-quota-sets/:project";

export const quotaRoutes: Route[] = [
  { method: "GET", pattern: "/v2.1/limits", handler: absoluteLimits },
  { method: "GET", pattern: OF_PROJECT, handler: show },
  { method: "GET", pattern: `${OF_PROJECT}/detail`, handler: detail },
  {
    method: "GET",
    pattern: `${OF_PROJECT}/defaults`,
    handler: ({ params }) => ({ status: 200, body: { quota_set: { id: params["project"], ...DEFAULTS } } }),
  },
  { method: "PUT", pattern: OF_PROJECT, handler: update },
  {
    method: "DELETE",
    pattern: OF_PROJECT,
    handler: (request, store) => {
      if (!isAdmin(request.caller)) {
        throw new ApiError(403, "Policy doesn't allow os_compute_api:os-quota-sets:delete to be performed.");
      }
      store.remove(KIND, request.params["project"] ?? "");
      return { status: 202 };
    },
  },
];
