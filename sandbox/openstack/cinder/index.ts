/** Cinder v3. */
import { ApiError, type Handler, type Reply, type Request, type Route, type Service } from "../api";
import { quotaRoutes } from "./quotas";
import { seedTypes, typeRoutes } from "./types";
import { act, minorVersion } from "./volumeActions";
import { listVolumeDetails, listVolumes } from "./volumeList";
import { metadataRoutes } from "./volumeMetadata";
import { createVolume, deleteVolume, findVolume, PREFIX, showVolume, updateVolume, ZONES } from "./volumes";

const PROJECT = "/v3/:project_id";
const VOLUMES = `${PROJECT}/volumes`;

const version = ({ baseUrl }: Request) => ({
  id: "v3.0",
  status: "CURRENT",
  version: "3.70",
  min_version: "3.0",
  updated: "2023-08-31T00:00:00Z",
  links: [{ rel: "self", href: `${baseUrl}${PREFIX}/v3/` }],
});

/** Cinder answers its list of versions as a choice. */
const versions =
  (status: number): Handler =>
  (request): Reply => ({ status, body: { versions: [version(request)] } });

const zones = {
  availabilityZoneInfo: ZONES.map((zoneName) => ({ zoneName, zoneState: { available: true } })),
};

/** Nobody can make a snapshot here. */
const noSnapshots: Handler = () => ({ status: 200, body: { snapshots: [] } });

const noSnapshot: Handler = ({ params }) => {
  throw new ApiError(404, `Snapshot ${params["id"]} could not be found.`);
};

const projectRoutes: Route[] = [
  { method: "POST", pattern: VOLUMES, handler: createVolume },
  { method: "GET", pattern: VOLUMES, handler: listVolumes },
  { method: "GET", pattern: `${VOLUMES}/detail`, handler: listVolumeDetails },
  {
    method: "GET",
    pattern: `${VOLUMES}/:id`,
    handler: (request, store) => ({
      status: 200,
      body: { volume: showVolume(findVolume(request, store), request) },
    }),
  },
  { method: "PUT", pattern: `${VOLUMES}/:id`, handler: updateVolume },
  { method: "DELETE", pattern: `${VOLUMES}/:id`, handler: deleteVolume },
  { method: "POST", pattern: `${VOLUMES}/:id/action`, handler: act },
  ...metadataRoutes(`${VOLUMES}/:id`),
  ...typeRoutes(`${PROJECT}/types`),
  ...quotaRoutes(PROJECT),
  {
    method: "GET",
    pattern: `${PROJECT}/os-availability-zone`,
    handler: () => ({ status: 200, body: zones }),
  },
  { method: "GET", pattern: `${PROJECT}/snapshots`, handler: noSnapshots },
  { method: "GET", pattern: `${PROJECT}/snapshots/detail`, handler: noSnapshots },
  { method: "GET", pattern: `${PROJECT}/snapshots/:id`, handler: noSnapshot },
];

/** The project in the path has to be the token's: Cinder has it in the catalogue URL, and trusts only the token. */
function inOwnProject(route: Route): Route {
  const handler: Handler = (request, store) => {
    if (request.params["project_id"] !== request.caller.projectId)
      throw new ApiError(400, "Malformed request url");
    return route.handler(request, store);
  };
  return { ...route, handler };
}

/** Cinder names the envelope after the status. */
const ENVELOPES: Readonly<Record<number, string>> = {
  400: "badRequest",
  401: "unauthorized",
  403: "forbidden",
  404: "itemNotFound",
  405: "badMethod",
  409: "conflictingRequest",
  413: "overLimit",
};

export const cinder: Service = {
  name: "cinderv3",
  type: "volumev3",
  prefix: PREFIX,
  endpoint: "/v3/%(project_id)s",
  routes: [
    { method: "GET", pattern: "/", handler: versions(300), anonymous: true },
    { method: "GET", pattern: "/v3", handler: versions(200) },
    ...projectRoutes.map(inOwnProject),
  ],
  error: (status, message) => ({
    [ENVELOPES[status] ?? "computeFault"]: {
      code: status,
      message,
      ...(status === 413 ? { retryAfter: "0" } : {}),
    },
  }),
  headers: ({ headers }) => ({
    "openstack-api-version": `volume 3.${minorVersion({ headers })}`,
    vary: "OpenStack-API-Version",
  }),
  seed: seedTypes,
};
