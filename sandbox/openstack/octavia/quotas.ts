/** Quotas of Octavia. */
import { ApiError, type Request, type Route, type Store } from "../api";
import { isAdmin } from "../requests";
import { KINDS, type Noun } from "./tree";

const KIND = "load-balancer.quotas";

/** Octavia's keys; -1 is without bound. */
const DEFAULTS: Readonly<Record<Noun, number>> = {
  loadbalancer: 100,
  listener: 500,
  pool: 500,
  member: 5000,
  healthmonitor: 500,
};

function limits(store: Store, projectId: string): Record<Noun, number> {
  return {
    ...DEFAULTS,
    ...(store.get(KIND, projectId)?.["limits"] as Partial<Record<Noun, number>> | undefined),
  };
}

/** @throws ApiError 403 in Octavia's words */
export function refuseOverQuota(store: Store, projectId: string, noun: Noun): void {
  const limit = limits(store, projectId)[noun];
  const used = store.list(KINDS[noun]).filter(({ project_id }) => project_id === projectId).length;
  if (limit >= 0 && used >= limit) throw new ApiError(403, "Quota has been met for resources: " + noun);
}

function shown(store: Store, project: string) {
  const { loadbalancer, healthmonitor, ...rest } = limits(store, project);
  return {
    status: 200,
    // Octavia answers with both spellings of the two.
    body: {
      quota: {
        ...rest,
        loadbalancer,
        load_balancer: loadbalancer,
        healthmonitor,
        health_monitor: healthmonitor,
      },
    },
  };
}

function projectOf({ caller, params }: Request): string {
  const { project = "" } = params;
  if (project !== caller.projectId && !isAdmin(caller))
    throw new ApiError(403, "Policy does not allow this request to be performed.");
  return project;
}

export const quotaRoutes: readonly Route[] = [
  { method: "GET", pattern: "/lbaas/quotas/defaults", handler: (_, store) => shown(store, "") },
  {
    method: "GET",
    pattern: "/lbaas/quotas/:project",
    handler: (request, store) => shown(store, projectOf(request)),
  },
  {
    method: "PUT",
    pattern: "/lbaas/quotas/:project",
    handler: (request, store) => {
      if (!isAdmin(request.caller))
        throw new ApiError(403, "Policy does not allow this request to be performed.");
      const { project = "" } = request.params;
      const { quota } = request.body as { quota: Partial<Record<Noun, number>> };
      const merged = { ...(store.get(KIND, project)?.["limits"] as object | undefined), ...quota };
      if (store.get(KIND, project) === undefined) store.insert(KIND, { id: project, limits: merged });
      else store.update(KIND, project, { limits: merged });
      return { ...shown(store, project), status: 202 };
    },
  },
];
