/** What of an answer is compared: everything but what differs from run to run and from cloud to cloud. */
import type { Answer, ServiceName } from "./connection";

/** JSON in which ids, times and addresses are replaced by their kind. */
export type Normal =
  null | boolean | number | string | readonly Normal[] | { readonly [key: string]: Normal };

export interface Normalizer {
  readonly roots: Readonly<Partial<Record<ServiceName, string>>>;
  /** Texts of this run, by what stands for them. */
  readonly names: ReadonlyMap<string, string>;
  /** Only keys and types, for what every cloud has its own values of. */
  readonly typesOnly?: boolean;
  /** Keys that count what the service does by itself. */
  readonly counters?: readonly string[];
  /** Whether this is what a service says to a call that it refuses. */
  readonly isRefusal?: boolean;
}

const HEADERS = [
  "content-type",
  "location",
  "openstack-api-version",
  "www-authenticate",
  "x-openstack-nova-api-version",
] as const;

/** Swift's answers are these. What an account holds is counted later, with hidden containers of versions. */
const HEADERS_OF_A_STORE = /^(x-(container|object|versions)-.+|x-storage-policy|etag|accept-ranges)$/;

/** Their values say nothing: counters, digests of hosts and of images, what a cloud's operator chose. */
const TYPE_ONLY = new Set([
  "adminPass", "audit_ids", "fingerprint", "hostId", "mtu", "name_of_run", "os_hash_value", "private_key", "public_key",
  "resize_confirm_window", "revision_number",
  "standard_attr_id",
  "fqdn", "secret", "token", "user_data",
]); // prettier-ignore

const PATTERNS: readonly (readonly [RegExp, string])[] = [
  [/req-[0-9a-f-]{36}/g, "<request>"],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g, "<uuid>"],
  [/(?:\b|(?<=AUTH_))[0-9a-f]{32}\b/g, "<hex32>"],
  [/\b(?:[0-9a-f]{2}:){5}[0-9a-f]{2}\b/g, "<mac>"],
  [/gAAAA[\w=-]+/g, "<token>"],
  [/\bcompute:\w+$/g, "compute:<zone>"],
];

/** Addresses that the cloud chose; those that the scenario sent are compared. */
const CHOSEN = new Set([
  "addr",
  "fixed_ip_address",
  "floating_ip_address",
  "ip_address",
  "vip_address",
  "fqdn",
  "hostname",
]);

/** What a cloud calls its parts. */
const ZONES = new Set(["OS-EXT-AZ:availability_zone", "availability_zone"]);

function inText(value: string, { roots, names }: Normalizer): string {
  let text = value;
  // The longest first: a simulated service's address begins with that of the simulator.
  const addresses = Object.entries(roots).sort(([, a], [, b]) => b.length - a.length);
  for (const [service, root] of addresses) text = text.replaceAll(root, `<${service}>`);
  for (const [name, standing] of names) text = text.replaceAll(name, standing);
  for (const [pattern, standing] of PATTERNS) text = text.replace(pattern, standing);
  // The form of a time stays visible: clients parse it.
  return text.replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?/g, (time) => time.replace(/\d/g, "0"));
}

const withoutAddresses = (text: string) =>
  text
    .replace(/\bhost-[0-9a-f-]+/g, "host-<ip>")
    .replace(/\b\d{1,3}(\.\d{1,3}){3}\b/g, "<ip>")
    .replace(/\b[0-9a-f]{1,4}(:[0-9a-f]{0,4}){2,7}\b/g, "<ip6>");

/** The words of a refusal without the value, and what a schema's own library says of it: another one says it otherwise. */
const inSchemasWords = (text: string) =>
  withoutAddresses(text)
    .replace(/^(Invalid input for (?:field\/attribute|query parameters) [^.]+\.) Value: [\s\S]*$/, "$1 …")
    .replace(/\n\nFailed validating [\s\S]*$/, "");

function leaf(value: unknown, key: string, context: Normalizer): Normal {
  if (value === null) return null;
  // A number for an id is a database's.
  const isCounter = key === "id" && typeof value === "number";
  const typesOnly =
    context.typesOnly === true || isCounter || context.counters?.includes(key) === true || TYPE_ONLY.has(key);
  if (typeof value === "string") {
    const text = inText(value, context);
    if (ZONES.has(key) && text !== "") return "<zone>";
    if (context.isRefusal === true) return inSchemasWords(text);
    // The form of a time is no matter of taste.
    if (typesOnly) return /^0000-00-00/.test(text) || text === "" ? text : "<text>";
    return CHOSEN.has(key) ? withoutAddresses(text) : text;
  }
  return typesOnly ? `<${typeof value}>` : (value as boolean | number);
}

const ONE_OF = "one of";

const isRow = (value: Normal | undefined): value is Record<string, Normal> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** All values that a key has in some rows; those that are several already count one by one. */
function alternatives(values: readonly Normal[]): Normal {
  const each = values.flatMap((value) =>
    isRow(value) && ONE_OF in value ? (value[ONE_OF] as Normal[]) : [value],
  );
  const distinct = [...new Set(each.map((value) => JSON.stringify(value)))].sort();
  const parsed = distinct.map((value) => JSON.parse(value) as Normal);
  return parsed.length === 1 ? (parsed[0] ?? null) : { [ONE_OF]: parsed };
}

/** A list of objects becomes one object with all values that a key has, so that its order does not matter. */
function merged(rows: readonly Record<string, Normal>[]): Normal {
  const keys = [...new Set(rows.flatMap((row) => Object.keys(row)))].sort();
  const entries = keys.map((key) => {
    const values = rows.map((row) => row[key] ?? (key in row ? null : "<absent>"));
    const nested = values.filter((value) => isRow(value) && !(ONE_OF in value));
    const whole =
      nested.length === values.length ? merged(nested as Record<string, Normal>[]) : alternatives(values);
    return [key, whole] as const;
  });
  return Object.fromEntries(entries);
}

export function normal(value: unknown, context: Normalizer, key = ""): Normal {
  if (Array.isArray(value)) {
    const items = value.map((item) => normal(item, context, key));
    if (items.length > 0 && items.every(isRow)) {
      return { "#": context.typesOnly === true ? "some" : items.length, each: merged(items) };
    }
    if (context.typesOnly === true) return [...new Set(items.map((item) => JSON.stringify(item)))];
    return [...items].sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1));
  }
  if (typeof value === "object" && value !== null) {
    const entries = Object.entries(value).map(
      ([name, inner]) => [inText(name, context), normal(inner, context, name)] as const,
    );
    return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)));
  }
  return leaf(value, key, context);
}

/** One answer, as it is kept and compared. */
export interface Recorded {
  readonly step: string;
  /** `GET network /v2.0/ports/<uuid>` */
  readonly call: string;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Normal;
}

function headersOf(call: string, { headers, body }: Answer): [string, string][] {
  const isStore = call.split(" ")[1] === "object-store";
  const counts = (name: string) =>
    (HEADERS as readonly string[]).includes(name) ||
    (isStore && HEADERS_OF_A_STORE.test(name)) ||
    // The size of an object; of other bodies it says what is compared anyway.
    (isStore && name === "content-length" && headers.has("etag"));
  return (
    [...headers]
      .filter(([name]) => counts(name))
      // What is not there has no type.
      .filter(([name]) => !(name === "content-type" && body === ""))
  );
}

export function recorded(step: string, call: string, answer: Answer, context: Normalizer): Recorded {
  const headers = Object.fromEntries(
    headersOf(call, answer).map(([name, value]) => [name, inText(value, context)]),
  );
  const isRefusal = answer.status >= 400;
  return {
    step,
    call: withoutAddresses(inText(decodeURIComponent(call), context)),
    status: answer.status,
    headers,
    body: normal(answer.body, isRefusal ? { ...context, typesOnly: false, isRefusal } : context),
  };
}
