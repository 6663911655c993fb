/** Cinder v3. */
import type { Reply, Request, Route, Service } from "../api";
import { quotaRoutes } from "./quotas";
import { seedTypes, typeRoutes } from "./types";
import { volumeRoutes, ZONES } from "./volumes";

const PREFIX = "/volume";

const version = ({ baseUrl }: Request) => ({
  id: "v3.0",
  status: "CURRENT",
  version: "3.70",
  min_version: "3.0",
  updated: "2023-08-31T00:00:00Z",
  links: [{ rel: "self", href: `${baseUrl}${PREFIX}/v3/` }],
});

const versions = (request: Request): Reply => ({ status: 300, body: { versions: [version(request)] } });

const zones = {
  availabilityZoneInfo: ZONES.map((zoneName) => ({ zoneName, zoneState: { available: true } })),
};

const routes: Route[] = [
  { method: "GET", pattern: "/", handler: versions, anonymous: true },
  {
    method: "GET",
    pattern: "/v3",
    handler: (request) => ({ status: 200, body: { versions: [version(request)] } }),
    anonymous: true,
  },
  ...volumeRoutes,
  ...typeRoutes,
  ...quotaRoutes,
  {
    method: "GET",
    pattern: "/v3/:project_id/os-availability-zone",
    handler: () => ({ status: 200, body: zones }),
  },
  {
    method: "GET",
    pattern: "/v3/:project_id/snapshots",
    handler: () => ({ status: 200, body: { snapshots: [] } }),
  },
  {
    method: "GET",
    pattern: "/v3/:project_id/snapshots/detail",
    handler: () => ({ status: 200, body: { snapshots: [] } }),
  },
];

/** Cinder names the envelope after the status. */
const ENVELOPES: Readonly<Record<number, string>> = {
  400: "badRequest",
  403: "forbidden",
  404: "itemNotFound",
  409: "conflictingRequest",
  413: "overLimit",
};

export const cinder: Service = {
  name: "cinderv3",
  type: "volumev3",
  prefix: PREFIX,
  endpoint: "/v3/%(project_id)s",
  routes,
  error: (status, message) => ({ [ENVELOPES[status] ?? "computeFault"]: { code: status, message } }),
  seed: seedTypes,
};
