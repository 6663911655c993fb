/** Sorting and paging, which all OpenStack lists share. */
import { ApiError, type Request } from "./api";

export type Row = Record<string, unknown>;

function compare(a: unknown, b: unknown): number {
  if (a === b) return 0;
  if (a === undefined || a === null) return -1;
  if (b === undefined || b === null) return 1;
  if (typeof a === "number" && typeof b === "number") return a - b;
  return String(a) < String(b) ? -1 : 1;
}

export interface SortOrder {
  readonly key: string;
  readonly descending: boolean;
}

/** Orders of `sort_key`/`sort_dir` and of `sort=name:asc,created_at:desc`. */
export function sortOrders(query: URLSearchParams): SortOrder[] {
  const directions = query.getAll("sort_dir");
  const keys = query
    .getAll("sort_key")
    .map((key, index) => ({ key, descending: directions[index] === "desc" }));
  const combined = query.get("sort")?.split(",") ?? [];
  return [
    ...keys,
    ...combined.map((part) => {
      const [key = "", direction] = part.split(":");
      return { key, descending: direction === "desc" };
    }),
  ];
}

export function sortRows<T extends Row>(rows: T[], orders: readonly SortOrder[]): T[] {
  if (orders.length === 0) return rows;
  return [...rows].sort((a, b) => {
    for (const { key, descending } of orders) {
      const order = compare(a[key], b[key]);
      if (order !== 0) return descending ? -order : order;
    }
    return 0;
  });
}

export interface PageRules {
  /** Rows of a page when the caller names no limit. @default all */
  readonly defaultLimit?: number;
  /** Most rows that a page may have. @default no bound */
  readonly maximum?: number;
  /** Key that `marker` names. @default "id" */
  readonly markerKey?: string;
}

export interface Page<T> {
  readonly rows: T[];
  /** Address of the following page, as a path with query below the simulator's address; absent on the last one. */
  readonly next?: string;
}

function readLimit(query: URLSearchParams, { defaultLimit, maximum = Infinity }: PageRules): number {
  const given = query.get("limit");
  if (given === null || given === "") return Math.min(defaultLimit ?? Infinity, maximum);
  const limit = Number(given);
  if (!Number.isInteger(limit) || limit < 0) {
    throw new ApiError(
      400,
      `Invalid input for limit: '${given}' is not a non-negative integer`,
      "BadRequest",
    );
  }
  return Math.min(limit, maximum);
}

/** @throws ApiError 400 for a limit that is no number and for a marker that names no row. */
export function pageOf<T extends Row>(
  rows: T[],
  request: Request,
  prefix: string,
  rules: PageRules = {},
): Page<T> {
  const { markerKey = "id" } = rules;
  const limit = readLimit(request.query, rules);
  const marker = request.query.get("marker");
  let start = 0;
  if (marker !== null && marker !== "") {
    start = rows.findIndex((row) => row[markerKey] === marker) + 1;
    if (start === 0) throw new ApiError(400, `marker [${marker}] not found`, "HTTPBadRequest");
  }
  const page = rows.slice(start, limit === 0 ? undefined : start + limit);
  const last = page.at(-1);
  if (last === undefined || start + page.length >= rows.length) return { rows: page };
  const query = new URLSearchParams(request.query);
  query.set("marker", String(last[markerKey]));
  return { rows: page, next: `${prefix}${request.path}?${query.toString()}` };
}
