/** Nova 2.1 with microversions. */
import { ApiError, type Request, type Route, type Service } from "../api";
import { isAdmin } from "../requests";
import { COMPUTE_PREFIX, flavorRoutes, seedFlavors } from "./flavors";
import { keypairRoutes } from "./keypairs";
import { MAXIMUM, microversion, MINIMUM } from "./microversions";
import { quotaRoutes } from "./quotas";
import { serverActionRoutes } from "./serverActions";
import { serverDeviceRoutes } from "./serverDevices";
import { serverGroupRoutes } from "./serverGroups";
import { serverLabelRoutes } from "./serverLabels";
import { serverRoutes } from "./servers";
import { ZONES } from "./zones";

function version({ baseUrl }: Request) {
  return {
    id: "v2.1",
    status: "CURRENT",
    version: `2.${MAXIMUM}`,
    min_version: `2.${MINIMUM}`,
    updated: "2013-07-23T11:33:21Z",
    links: [{ rel: "self", href: `${baseUrl}${COMPUTE_PREFIX}/v2.1/` }],
  };
}

const documents: Route[] = [
  {
    method: "GET",
    pattern: "/",
    anonymous: true,
    handler: (request) => ({ status: 200, body: { versions: [version(request)] } }),
  },
  {
    method: "GET",
    pattern: "/v2.1",
    anonymous: true,
    handler: (request) => ({ status: 200, body: { version: version(request) } }),
  },
  {
    method: "GET",
    pattern: "/v2.1/os-availability-zone",
    handler: () => ({
      status: 200,
      body: {
        availabilityZoneInfo: ZONES.map((zoneName) => ({
          zoneName,
          zoneState: { available: true },
          hosts: null,
        })),
      },
    }),
  },
  {
    method: "GET",
    pattern: "/v2.1/os-availability-zone/detail",
    handler: ({ caller }) => {
      if (!isAdmin(caller)) {
        throw new ApiError(
          403,
          "Policy doesn't allow os_compute_api:os-availability-zone:detail to be performed.",
        );
      }
      return {
        status: 200,
        body: {
          availabilityZoneInfo: ZONES.map((zoneName) => ({
            zoneName,
            zoneState: { available: true },
            hosts: {},
          })),
        },
      };
    },
  },
  { method: "GET", pattern: "/v2.1/extensions", handler: () => ({ status: 200, body: { extensions: [] } }) },
];

/** Every answer says which version it speaks, and a version that is not supported is refused first. */
function withMicroversion(route: Route): Route {
  return {
    ...route,
    handler: (request, store) => {
      const spoken = `2.${microversion(request)}`;
      const reply = route.handler(request, store);
      return {
        ...reply,
        headers: {
          "openstack-api-version": `compute ${spoken}`,
          "x-openstack-nova-api-version": spoken,
          vary: "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
          ...reply.headers,
        },
      };
    },
  };
}

/** Name of the one key in Nova's errors. */
const ERROR_KEYS: Readonly<Record<number, string>> = {
  400: "badRequest",
  401: "unauthorized",
  403: "forbidden",
  404: "itemNotFound",
  405: "badMethod",
  409: "conflictingRequest",
  413: "overLimit",
  429: "overLimit",
  501: "notImplemented",
  503: "serviceUnavailable",
};

export const nova: Service = {
  name: "nova",
  type: "compute",
  prefix: COMPUTE_PREFIX,
  endpoint: "/v2.1",
  error: (status, message) => ({ [ERROR_KEYS[status] ?? "computeFault"]: { code: status, message } }),
  seed: seedFlavors,
  routes: [
    ...documents,
    ...[
      ...flavorRoutes,
      ...keypairRoutes,
      ...quotaRoutes,
      ...serverGroupRoutes,
      ...serverRoutes,
      ...serverActionRoutes,
      ...serverLabelRoutes,
      ...serverDeviceRoutes,
    ].map(withMicroversion),
  ],
};
