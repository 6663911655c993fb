/** Quotas of Octavia. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Route, type Store } from "../api";
import { check, isAdmin, unwrap } from "../requests";
import { inOctaviasWords } from "./schemas";
import { KINDS, TITLES, type Noun } from "./tree";

const KIND = "load-balancer.quotas";

type Limits = Readonly<Record<Noun, number>>;

/** Octavia's keys; -1 is without bound. */
const DEFAULTS: Limits = { loadbalancer: 100, listener: 500, pool: 500, member: 5000, healthmonitor: 500 };

const limit = z.int().min(-1).nullish();
/** Octavia takes two of its resources by two spellings, and shows one. */
const SPELLINGS = { load_balancer: "loadbalancer", health_monitor: "healthmonitor" } as const;
const schema = z.strictObject({
  loadbalancer: limit,
  load_balancer: limit,
  listener: limit,
  pool: limit,
  member: limit,
  healthmonitor: limit,
  health_monitor: limit,
  l7policy: limit,
  l7rule: limit,
});

function limits(store: Store, projectId: string): Limits {
  return { ...DEFAULTS, ...(store.get(KIND, projectId)?.["limits"] as Partial<Limits> | undefined) };
}

/** @throws ApiError 403 in Octavia's words */
export function refuseOverQuota(store: Store, projectId: string, noun: Noun, more = 1): void {
  const most = limits(store, projectId)[noun];
  const used = store.list(KINDS[noun]).filter(({ project_id }) => project_id === projectId).length;
  if (most >= 0 && used + more > most)
    throw new ApiError(403, `Quota has been met for resources: ${TITLES[noun]}`);
}

function shown(all: Limits, status = 200): Reply {
  const { loadbalancer, healthmonitor, ...others } = all;
  const spelled = { load_balancer: loadbalancer, health_monitor: healthmonitor };
  return { status, body: { quota: { ...others, ...spelled, l7policy: -1, l7rule: -1 } } };
}

const forbidden = () => new ApiError(403, "Policy does not allow this request to be performed.");

function projectOf({ caller, params }: Request): string {
  const { project = "" } = params;
  if (project !== caller.projectId && !isAdmin(caller)) throw forbidden();
  return project;
}

function change(request: Request, store: Store): Reply {
  if (!isAdmin(request.caller)) throw forbidden();
  const { project = "" } = request.params;
  const values = check(schema, unwrap(request, "quota"), inOctaviasWords("quota"));
  const own = { ...(store.get(KIND, project)?.["limits"] as Partial<Limits> | undefined) };
  for (const [key, value] of Object.entries(values)) {
    const noun = key in SPELLINGS ? SPELLINGS[key as keyof typeof SPELLINGS] : (key as Noun);
    // Null takes a limit back to the default.
    if (value === null) Reflect.deleteProperty(own, noun);
    else if (value !== undefined && noun in DEFAULTS) Object.assign(own, { [noun]: value });
  }
  if (store.get(KIND, project) === undefined) store.insert(KIND, { id: project, limits: own });
  else store.update(KIND, project, { limits: own });
  return shown(limits(store, project), 202);
}

export const quotaRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "/lbaas/quotas/defaults",
    handler: ({ caller }) => {
      if (!isAdmin(caller)) throw forbidden();
      return shown(DEFAULTS);
    },
  },
  { method: "GET", pattern: "/lbaas/quotas/:project/default", handler: () => shown(DEFAULTS) },
  {
    method: "GET",
    pattern: "/lbaas/quotas/:project",
    handler: (request, store) => shown(limits(store, projectOf(request))),
  },
  { method: "PUT", pattern: "/lbaas/quotas/:project", handler: change },
  {
    method: "DELETE",
    pattern: "/lbaas/quotas/:project",
    handler: (request, store) => {
      if (!isAdmin(request.caller)) throw forbidden();
      store.remove(KIND, request.params["project"] ?? "");
      return { status: 204 };
    },
  },
];
