/** What accounts, containers and objects have in common: metadata travels in headers, names are listed in order. */
import { ApiError, type Reply, type Request, type Resource, type Store } from "../api";

export const PREFIX = "/object-store";
export const KINDS = {
  accounts: "object-store.accounts",
  containers: "object-store.containers",
  objects: "object-store.objects",
} as const;

export type Headers = Record<string, string>;

export const HTML = "text/html; charset=UTF-8";

/** As Swift words what it has to say: the status, and its one sentence. */
export const page = (title: string, text: string) => `<html><h1>${title}</h1><p>${text}</p></html>`;

/** To a change of what is there. */
export const ACCEPTED: Reply = {
  status: 202,
  body: page("Accepted", "The request is accepted for processing."),
  headers: { "content-type": HTML },
};

/** The caller's own project: another account's is closed. @throws ApiError 403 */
export function accountOf({ params, caller }: Request): string {
  if (params["account"] !== `AUTH_${caller.projectId}`)
    throw new ApiError(403, "Access was denied to this resource.");
  return caller.projectId;
}

/** Kind of refusals whose words come without a page around them. */
export const PLAIN = "plain";

export function notFound(): ApiError {
  return new ApiError(404, "The resource could not be found.");
}

/** Seconds since the epoch, as Swift dates everything. */
export const timestamp = () => (Date.now() / 1000).toFixed(5);

export const lastModified = (seconds: unknown) => new Date(Number(seconds) * 1000).toUTCString();

/** The same in a list: `2026-01-31T00:00:00.000000`. */
export const listedTime = (seconds: unknown) =>
  new Date(Number(seconds) * 1000).toISOString().replace("Z", "000");

const REMOVE = /^x-remove-(.+)$/;

/** Headers that stay with an object after a request: empty or `X-Remove-…` takes one away. */
export function keptHeaders(request: Request, before: Headers, kept: RegExp): Headers {
  const after = { ...before };
  for (const [header, value = ""] of Object.entries(request.headers)) {
    const removed = REMOVE.exec(header)?.[1];
    if (removed !== undefined) Reflect.deleteProperty(after, `x-${removed}`);
    else if (kept.test(header) && value === "") Reflect.deleteProperty(after, header);
    else if (kept.test(header)) after[header] = value;
  }
  return after;
}

/** `X-Delete-At` takes an object away without anybody asking. */
function isAlive(object: Resource): boolean {
  const end = (object["headers"] as Headers)["x-delete-at"];
  return end === undefined || Number(end) * 1000 > Date.now();
}

/** What a container holds now. */
export function objectsOf(store: Store, container: Resource): Resource[] {
  return store
    .list(KINDS.objects)
    .filter((object) => object["container_id"] === container.id && isAlive(object));
}

/** Bytes of objects, or of containers, together. */
export const bytesOf = (things: readonly Readonly<Record<string, unknown>>[]) =>
  things.reduce((sum, { bytes }) => sum + Number(bytes), 0);

export interface Named {
  readonly name: string;
  readonly [key: string]: unknown;
}

const MOST = 10_000;

function limitOf(query: URLSearchParams): number {
  const given = query.get("limit");
  const limit = given === null ? MOST : Number(given);
  if (!Number.isInteger(limit) || limit < 0 || limit > MOST)
    throw new ApiError(412, `Maximum limit is ${MOST}`, PLAIN);
  return limit;
}

/** Names up to the delimiter become one entry, as a folder is shown. */
function folded(rows: readonly Named[], prefix: string, delimiter: string): object[] {
  const seen = new Set<string>();
  return rows.flatMap((row): object[] => {
    const end = delimiter === "" ? -1 : row.name.indexOf(delimiter, prefix.length);
    if (end === -1) return [row];
    const subdir = row.name.slice(0, end + delimiter.length);
    if (seen.has(subdir)) return [];
    seen.add(subdir);
    return [{ subdir }];
  });
}

/** A list of names: as JSON when asked for, else one name per line. Markers need not exist. */
export function listing(rows: readonly Named[], request: Request, headers: Headers): Reply {
  const { query } = request;
  const [prefix, delimiter] = [query.get("prefix") ?? "", query.get("delimiter") ?? ""];
  const [marker, endMarker] = [query.get("marker") ?? "", query.get("end_marker") ?? ""];
  const within = [...rows]
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .filter(
      ({ name }) =>
        name.startsWith(prefix) && (marker === "" || name > marker) && (endMarker === "" || name < endMarker),
    );
  const page = folded(within, prefix, delimiter).slice(0, limitOf(query));
  const asJson = query.get("format") === "json" || request.headers["accept"]?.includes("json") === true;
  if (asJson) {
    const type = { "content-type": "application/json; charset=utf-8" };
    return { status: 200, body: page, headers: { ...headers, ...type } };
  }
  const plain = { ...headers, "content-type": "text/plain; charset=utf-8" };
  if (page.length === 0) return { status: 204, headers: plain };
  const names = page.map((row) => ("subdir" in row ? row.subdir : (row as Named).name));
  return { status: 200, body: `${names.join("\n")}\n`, headers: plain };
}
