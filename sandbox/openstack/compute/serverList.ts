/** Lists of servers with their filters. */
import { ApiError, type Reply, type Request, type Resource, type Store } from "../api";
import { pageOf, sortOrders, sortRows, type Row } from "../listing";
import { isAdmin, text, texts } from "../requests";
import { COMPUTE_PREFIX } from "./flavors";
import { SERVERS, viewServer } from "./serverView";

const MAX_PAGE = 1000;

/** A `name` is a regular expression, as in Nova's database. */
function nameMatches(name: string, pattern: string): boolean {
  try {
    return new RegExp(pattern).test(name);
  } catch {
    throw new ApiError(400, `Invalid filter: ${pattern} is not a regular expression`);
  }
}

function matches(row: Row, server: Resource, query: URLSearchParams): boolean {
  const split = (key: string) => query.get(key)?.split(",") ?? [];
  const has = (tag: string) => texts(server["tags"]).includes(tag);
  const tests: Record<string, (value: string) => boolean> = {
    name: (value) => nameMatches(text(server["name"]), value),
    status: () => query.getAll("status").some((status) => status.toUpperCase() === server["status"]),
    flavor: (value) => server["_flavor_id"] === value,
    image: (value) => server["image"] === value,
    uuid: (value) => server.id === value,
    key_name: (value) => server["key_name"] === value,
    availability_zone: (value) => server["OS-EXT-AZ:availability_zone"] === value,
    tags: () => split("tags").every(has),
    "tags-any": () => split("tags-any").some(has),
    "not-tags": () => !split("not-tags").every(has),
    "not-tags-any": () => !split("not-tags-any").some(has),
    "changes-since": (value) => new Date(text(server["updated"])) >= new Date(value),
    ip: (value) => JSON.stringify(row["addresses"]).includes(value.replace(/[\^$\\]/g, "")),
  };
  return [...new Set(query.keys())].every((key) => tests[key]?.(query.get(key) ?? "") ?? true);
}

function nextOf({ query, path, baseUrl }: Request, rows: readonly Row[]): string {
  const following = new URLSearchParams(query);
  following.set("marker", text(rows.at(-1)?.["id"]));
  return `${baseUrl}${COMPUTE_PREFIX}${path}?${following.toString()}`;
}

export function listServers(request: Request, store: Store, detailed: boolean): Reply {
  const { query } = request;
  const everybody = ["1", "true"].includes((query.get("all_tenants") ?? "").toLowerCase());
  if (everybody && !isAdmin(request.caller)) {
    throw new ApiError(
      403,
      "Policy doesn't allow os_compute_api:servers:index:get_all_tenants to be performed.",
    );
  }
  const limit = query.get("limit") ?? "";
  if (!/^\d*$/.test(limit))
    throw new ApiError(
      400,
      `Invalid input for query parameters limit. Value: ${limit}. '${limit}' does not match '^[0-9]*$'`,
    );
  const servers = store
    .list(SERVERS)
    .filter(({ project_id }) => everybody || project_id === request.caller.projectId)
    .map((server) => ({ server, row: viewServer(request, store, server) }))
    .filter(({ server, row }) => matches(row, server, query))
    .map(({ row }) => row);
  const orders = sortOrders(query).map(({ key, descending }) => ({
    key: key === "created_at" ? "created" : key,
    descending,
  }));
  // Newest first, unless the caller has another wish.
  const sorted = orders.length > 0 ? sortRows(servers, orders) : servers.reverse();
  const page = pageOf(sorted, request, request.baseUrl + COMPUTE_PREFIX, { maximum: MAX_PAGE });
  const rows = detailed ? page.rows : page.rows.map(({ id, name, links }) => ({ id, name, links }));
  // Nova has a following page whenever this one is full.
  const next =
    page.next ??
    (page.rows.length > 0 && String(page.rows.length) === limit ? nextOf(request, page.rows) : undefined);
  const links = next === undefined ? {} : { servers_links: [{ rel: "next", href: next }] };
  return { status: 200, body: { servers: rows, ...links } };
}
