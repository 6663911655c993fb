/** What a load balancer can be made of: providers, flavors and availability zones. */
import { ApiError, type Resource, type Route } from "../api";
import { invalid } from "./protocols";

const DEFAULT_PROVIDER = "amphora";

const PROVIDERS = [
  { name: "amphora", description: "The Octavia Amphora driver." },
  { name: "octavia", description: "Deprecated alias of the Octavia Amphora driver." },
  { name: "ovn", description: "Octavia OVN driver." },
];

/** Ids are fixed, so that a stack configuration may name a flavor by id. */
const FLAVORS: readonly (Resource & { name: string })[] = [
  {
    id: "3b6a1f0e-5c0d-4a63-9a53-6f6c1f0a0001",
    name: "single",
    description: "One machine for a load balancer",
    enabled: true,
    flavor_profile_id: "3b6a1f0e-5c0d-4a63-9a53-6f6c1f0b0001",
  },
  {
    id: "3b6a1f0e-5c0d-4a63-9a53-6f6c1f0a0002",
    name: "active-standby",
    description: "Two machines for a load balancer",
    enabled: true,
    flavor_profile_id: "3b6a1f0e-5c0d-4a63-9a53-6f6c1f0b0002",
  },
];

const ZONES = ["az1", "az2", "az3"].map((name) => ({
  name,
  description: "",
  enabled: true,
  availability_zone_profile_id: `3b6a1f0e-5c0d-4a63-9a53-6f6c1f0c000${name.slice(2)}`,
}));

/** The provider of a new load balancer. @throws ApiError 400 for what this cloud does not have */
export function chooseProvider(
  wanted: string | undefined,
  flavorId: string | null | undefined,
  zone: string | null | undefined,
): string {
  const provider = wanted ?? DEFAULT_PROVIDER;
  if (!PROVIDERS.some(({ name }) => name === provider))
    throw new ApiError(400, `Provider '${provider}' is not enabled.`);
  if (flavorId != null) {
    if (!FLAVORS.some(({ id }) => id === flavorId)) throw invalid("Invalid flavor_id.");
    if (provider === "ovn")
      throw new ApiError(400, `Flavor '${flavorId}' is not compatible with provider 'ovn'`);
  }
  if (zone != null && !ZONES.some(({ name }) => name === zone)) throw invalid("Invalid availability_zone.");
  return provider;
}

function byName<T extends { name: string }>(rows: readonly T[], query: URLSearchParams): T[] {
  const wanted = query.get("name");
  return rows.filter(({ name }) => wanted === null || name === wanted);
}

export const catalogueRoutes: readonly Route[] = [
  {
    method: "GET",
    pattern: "/lbaas/providers",
    handler: ({ query }) => ({ status: 200, body: { providers: byName(PROVIDERS, query) } }),
  },
  {
    method: "GET",
    pattern: "/lbaas/flavors",
    handler: ({ query }) => ({ status: 200, body: { flavors: byName(FLAVORS, query), flavors_links: [] } }),
  },
  {
    method: "GET",
    pattern: "/lbaas/flavors/:id",
    handler: ({ params }) => {
      const flavor = FLAVORS.find(({ id }) => id === params["id"]);
      if (flavor === undefined) throw new ApiError(404, `Flavor ${params["id"]} not found.`);
      return { status: 200, body: { flavor } };
    },
  },
  {
    method: "GET",
    pattern: "/lbaas/availabilityzones",
    handler: ({ query }) => ({
      status: 200,
      body: { availability_zones: byName(ZONES, query), availability_zones_links: [] },
    }),
  },
];
