/** Nova 2.1 with microversions. */
import { ApiError, type Request, type Route, type Service } from "../api";
import { isAdmin } from "../requests";
import { COMPUTE_PREFIX, flavorRoutes, seedFlavors } from "./flavors";
import { keypairRoutes } from "./keypairs";
import { askedVersion, MAXIMUM, microversion, MINIMUM } from "./microversions";
import { quotaRoutes } from "./quotas";
import { serverActionRoutes } from "./serverActions";
import { serverDeviceRoutes } from "./serverDevices";
import { serverGroupRoutes } from "./serverGroups";
import { serverLabelRoutes } from "./serverLabels";
import { serverSecurityGroupRoutes } from "./serverSecurityGroups";
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
];

const zones: Route[] = [
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

/** A version that is not supported is refused first. */
function withMicroversion(route: Route): Route {
  return {
    ...route,
    handler: (request, store) => {
      microversion(request);
      return route.handler(request, store);
    },
  };
}

/** Every answer says which version it speaks, also one that Nova does not know; refusals say how they are written. */
function headers({ path, headers: asked }: Pick<Request, "path" | "headers">, status: number) {
  const isRefusal = status >= 400;
  const spoken = askedVersion({ headers: asked });
  const type: Record<string, string> = isRefusal ? { "content-type": "application/json; charset=UTF-8" } : {};
  if (path === "/" || spoken === undefined) return type;
  return {
    ...type,
    "openstack-api-version": `compute ${spoken}`,
    "x-openstack-nova-api-version": spoken,
    vary: "OpenStack-API-Version, X-OpenStack-Nova-API-Version",
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
  headers,
  seed: seedFlavors,
  routes: [
    ...documents,
    ...zones,
    ...flavorRoutes,
    ...keypairRoutes,
    ...quotaRoutes,
    ...serverGroupRoutes,
    ...serverRoutes,
    ...serverActionRoutes,
    ...serverLabelRoutes,
    ...serverDeviceRoutes,
    ...serverSecurityGroupRoutes,
  ].map(withMicroversion),
};
