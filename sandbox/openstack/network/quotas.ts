/** Quotas of Neutron. */
import { z } from "zod";
import { ApiError, type Reply, type Request, type Route, type Store } from "../api";
import { check, isAdmin, unwrap } from "../requests";
import { conflict, forbidden, inNeutronsWords, kindOf } from "./collection";

/** Limit and store kind of each resource. Roomier than Neutron's own, so that large clusters fit. */
const RESOURCES = {
  network: { limit: 100, plural: "networks" },
  subnet: { limit: 100, plural: "subnets" },
  port: { limit: 2000, plural: "ports" },
  router: { limit: 50, plural: "routers" },
  floatingip: { limit: 100, plural: "floatingips" },
  security_group: { limit: 200, plural: "security_groups" },
  security_group_rule: { limit: 2000, plural: "security_group_rules" },
  // Nobody can make one here; their limits are shown and taken all the same.
  rbac_policy: { limit: 10, plural: "rbac_policies" },
  subnetpool: { limit: -1, plural: "subnetpools" },
} as const;

export type QuotaName = keyof typeof RESOURCES;

const NAMES = Object.keys(RESOURCES) as QuotaName[];
const KIND = "network.quotas";

const limit = z.int().min(-1).optional();
const schema = z.strictObject({
  ...(Object.fromEntries(NAMES.map((name) => [name, limit])) as Record<QuotaName, typeof limit>),
});

function limits(store: Store, projectId: string): Record<QuotaName, number> {
  const own = store.get(KIND, projectId)?.["limits"] as Partial<Record<QuotaName, number>> | undefined;
  return Object.fromEntries(NAMES.map((name) => [name, own?.[name] ?? RESOURCES[name].limit])) as Record<
    QuotaName,
    number
  >;
}

function used(store: Store, projectId: string, name: QuotaName): number {
  return store.list(kindOf(RESOURCES[name].plural)).filter(({ project_id }) => project_id === projectId)
    .length;
}

/** @throws ApiError 409 OverQuota when one more would be too many. */
export function refuseOverQuota(store: Store, projectId: string, name: QuotaName, more = 1): void {
  const most = limits(store, projectId)[name];
  if (most >= 0 && used(store, projectId, name) + more > most) {
    throw conflict("OverQuota", `Quota exceeded for resources: ['${name}'].`);
  }
}

function projectOf({ caller, params }: Request): string {
  const { project = "" } = params;
  if (project !== caller.projectId && !isAdmin(caller)) throw forbidden("get_quota");
  return project;
}

function details(request: Request, store: Store): Reply {
  const project = projectOf(request);
  const all = limits(store, project);
  const quota = Object.fromEntries(
    NAMES.map((name) => [name, { limit: all[name], used: used(store, project, name), reserved: 0 }]),
  );
  return { status: 200, body: { quota } };
}

function update(request: Request, store: Store): Reply {
  const { project = "" } = request.params;
  if (!isAdmin(request.caller)) throw forbidden("update_quota");
  const { tenant_id: _, project_id: __, ...body } = unwrap(request, "quota") as Record<string, unknown>;
  const changes = check(schema, body, inNeutronsWords);
  if (Object.keys(changes).length === 0) throw new ApiError(400, "Request body is empty.", "HTTPBadRequest");
  const own = store.get(KIND, project)?.["limits"];
  store.insert(KIND, { id: project, limits: { ...(own as object | undefined), ...changes } });
  return { status: 200, body: { quota: limits(store, project) } };
}

export const quotaRoutes: Route[] = [
  {
    method: "GET",
    pattern: "/v2.0/quotas/:project",
    handler: (request, store) => ({ status: 200, body: { quota: limits(store, projectOf(request)) } }),
  },
  {
    method: "GET",
    pattern: "/v2.0/quotas/:project/default",
    handler: (_, store) => ({ status: 200, body: { quota: limits(store, "") } }),
  },
  { method: "GET", pattern: "/v2.0/quotas/:project/details", handler: details },
  { method: "GET", pattern: "/v2.0/quotas/:project/details.json", handler: details },
  { method: "PUT", pattern: "/v2.0/quotas/:project", handler: update },
  {
    method: "DELETE",
    pattern: "/v2.0/quotas/:project",
    handler: (request, store) => {
      if (!isAdmin(request.caller)) throw forbidden("delete_quota");
      store.remove(KIND, request.params["project"] ?? "");
      return { status: 204 };
    },
  },
];
