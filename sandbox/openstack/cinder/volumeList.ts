/** Lists of volumes. */
import { ApiError, type Reply, type Request, type Resource, type Store } from "../api";
import { pageOf, sortOrders, sortRows } from "../listing";
import { isAdmin } from "../requests";
import { VOLUMES } from "./quotas";
import { PREFIX, showVolume, summarize } from "./volumes";
import { invalidInput } from "./words";

const LISTING = ["limit", "marker", "sort", "sort_key", "sort_dir", "offset", "all_tenants", "with_count"];

/** Pairs of `metadata={'key':'value'}`, which Python writes and reads with single quotes. */
function pairsOf(filter: string): [string, string][] {
  try {
    return Object.entries(JSON.parse(filter.replaceAll("'", '"')) as Record<string, string>);
  } catch {
    throw invalidInput(`Could not evaluate value ${filter}, assuming string`);
  }
}

function matches(volume: Resource, query: URLSearchParams): boolean {
  return [...query].every(([key, wanted]) => {
    if (LISTING.includes(key)) return true;
    if (key === "metadata") {
      const has = volume["metadata"] as Record<string, string>;
      return pairsOf(wanted).every(([name, value]) => has[name] === value);
    }
    // Cinder leaves out a filter that it does not know, unlike Neutron.
    return !(key in volume) || String(volume[key] ?? "") === wanted;
  });
}

function wantsAll({ query, caller }: Request): boolean {
  return isAdmin(caller) && ["1", "true"].includes(query.get("all_tenants")?.toLowerCase() ?? "");
}

function listAs(show: (volume: Resource, request: Request) => Record<string, unknown>) {
  return (request: Request, store: Store): Reply => {
    const { caller, query, baseUrl } = request;
    if (query.get("limit") === "0") throw new ApiError(400, "limit must be an integer greater than 0");
    const volumes = store
      .list(VOLUMES)
      .filter((volume) => wantsAll(request) || volume.project_id === caller.projectId)
      .filter((volume) => matches(volume, query));
    const orders = sortOrders(query);
    // Newest first, as Cinder lists when nobody asks for an order.
    const sorted = orders.length === 0 ? [...volumes].reverse() : sortRows(volumes, orders);
    const { rows, next } = pageOf(sorted, request, PREFIX, { maximum: 1000 });
    const links = next === undefined ? {} : { volumes_links: [{ rel: "next", href: baseUrl + next }] };
    const count = query.get("with_count")?.toLowerCase() === "true" ? { count: volumes.length } : {};
    return {
      status: 200,
      body: { volumes: rows.map((volume) => show(volume, request)), ...links, ...count },
    };
  };
}

export const listVolumes = listAs(summarize);
export const listVolumeDetails = listAs(showVolume);
