/** Filters of Neutron's lists. */
import type { Store } from "../api";
import type { Row } from "../listing";
import { texts } from "../requests";
import { badRequest } from "./words";

export type Filter = (row: Row, wanted: string[], store: Store) => boolean;

export const LIST_PARAMETERS = ["limit", "marker", "page_reverse", "sort_key", "sort_dir", "fields"];

const split = (values: string[]) => values.flatMap((value) => value.split(","));

export const TAG_FILTERS: Readonly<Record<string, Filter>> = {
  tags: (row, wanted) => split(wanted).every((tag) => texts(row["tags"]).includes(tag)),
  "tags-any": (row, wanted) => split(wanted).some((tag) => texts(row["tags"]).includes(tag)),
  "not-tags": (row, wanted) => !split(wanted).every((tag) => texts(row["tags"]).includes(tag)),
  "not-tags-any": (row, wanted) => !split(wanted).some((tag) => texts(row["tags"]).includes(tag)),
};

export function equals(value: unknown, wanted: string): boolean {
  if (typeof value === "boolean") return value === ["true", "1", "yes"].includes(wanted.toLowerCase());
  if (Array.isArray(value)) return value.includes(wanted);
  return (value === null || value === undefined ? "" : String(value)) === wanted;
}

/** Neutron refuses what it does not know: ignoring a filter would return everything. */
export function refuseUnknown(keys: readonly string[], known: ReadonlySet<string>, purpose: string): void {
  const [unknown] = keys.filter((key) => !known.has(key));
  if (unknown !== undefined)
    throw badRequest("HTTPBadRequest", `['${unknown}'] is invalid attribute for ${purpose}`);
}

/** @throws ApiError 400 in Neutron's words for a limit that is none */
export function refuseLimit(query: URLSearchParams): void {
  const limit = query.get("limit") ?? "";
  if (!/^\d*$/.test(limit))
    throw badRequest(
      "BadRequest",
      `Bad limit request: Limit must be an integer 0 or greater and not '${limit}'.`,
    );
}
