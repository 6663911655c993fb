/** Quotas of Designate. */
import { z } from "zod";
import { ApiError, type Request, type Route, type Store } from "../api";
import { isAdmin } from "../requests";
import { read } from "./shared";

const KIND = "dns.quotas";

const DEFAULTS = {
  zones: 100,
  zone_recordsets: 5000,
  zone_records: 5000,
  recordset_records: 20,
  api_export_size: 1000,
};

type Limits = typeof DEFAULTS;

const limit = z.int().min(-1).optional();
const schema = z.strictObject({
  zones: limit,
  zone_recordsets: limit,
  zone_records: limit,
  recordset_records: limit,
  api_export_size: limit,
});

function limitsOf(store: Store, projectId: string): Limits {
  return { ...DEFAULTS, ...(store.get(KIND, projectId)?.["limits"] as Partial<Limits> | undefined) };
}

/** @throws ApiError 413 in Designate's words when a count would pass the limit */
export function refuseOverQuota(store: Store, projectId: string, name: keyof Limits, count: number): void {
  const most = limitsOf(store, projectId)[name];
  if (most >= 0 && count > most) throw new ApiError(413, `Quota exceeded for ${name}.`, "over_quota");
}

function projectOf({ params, caller }: Request): string {
  const { project = "" } = params;
  if (project !== caller.projectId && !isAdmin(caller)) throw new ApiError(403, "Forbidden", "forbidden");
  return project;
}

export const quotaRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "/v2/quotas/:project",
    handler: (request, store) => ({ status: 200, body: limitsOf(store, projectOf(request)) }),
  },
  {
    method: "PATCH",
    pattern: "/v2/quotas/:project",
    handler: (request, store) => {
      if (!isAdmin(request.caller)) throw new ApiError(403, "Forbidden", "forbidden");
      const project = projectOf(request);
      const limits = { ...limitsOf(store, project), ...read(schema, request) };
      if (store.get(KIND, project) === undefined) store.insert(KIND, { id: project, limits });
      else store.update(KIND, project, { limits });
      return { status: 200, body: limits };
    },
  },
];
