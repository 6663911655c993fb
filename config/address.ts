/**
 * The only module that knows about address families. Everything else asks questions about networks, so that
 * IPv6 and dual-stack clusters need a change here and nowhere else.
 */
import { Address4, Address6 } from "ip-address";

type Parsed = Address4 | Address6;

/** An inclusive range of addresses, for example a subnet's allocation pool. */
export interface AddressRange {
  readonly start: string;
  readonly end: string;
}

/** OpenStack's name for the family of an address or network. */
export type EtherType = "IPv4" | "IPv6";

/** The rules ask about the same few networks over and over, and parsing is the dearest part of a validation. */
const known = new Map<string, Parsed | undefined>();
const MOST_KNOWN = 10_000;

function parse(text: string): Parsed | undefined {
  if (known.has(text)) return known.get(text);
  if (known.size >= MOST_KNOWN) known.clear();
  const parsed = construct(text);
  known.set(text, parsed);
  return parsed;
}

/** The library has no way to parse that does not throw. */
function construct(text: string): Parsed | undefined {
  for (const Family of [Address4, Address6]) {
    try {
      return new Family(text);
    } catch {
      // Not of this family.
    }
  }
  return undefined;
}

function must(text: string): Parsed {
  const parsed = parse(text);
  if (parsed === undefined) throw new Error(`not an address or network: ${text}`);
  return parsed;
}

const family = (parsed: Parsed): EtherType => (parsed instanceof Address4 ? "IPv4" : "IPv6");
const bits = (parsed: Parsed): number => (parsed instanceof Address4 ? 32 : 128);
const size = (parsed: Parsed): bigint => 1n << BigInt(bits(parsed) - parsed.subnetMask);
const first = (parsed: Parsed): bigint => (parsed.bigInt() >> hostBits(parsed)) << hostBits(parsed);
const last = (parsed: Parsed): bigint => first(parsed) + size(parsed) - 1n;
const hostBits = (parsed: Parsed): bigint => BigInt(bits(parsed) - parsed.subnetMask);

function format(value: bigint, like: Parsed): string {
  return like instanceof Address4
    ? Address4.fromBigInt(value).correctForm()
    : Address6.fromBigInt(value).correctForm();
}

/** A single address without a prefix length. */
export function isAddress(text: string): boolean {
  return !text.includes("/") && parse(text) !== undefined;
}

/** A network in CIDR notation, host bits allowed; see {@link networkOf}. */
export function isCidr(text: string): boolean {
  return /\/\d+$/.test(text) && parse(text) !== undefined;
}

/** The network itself: `10.0.0.7/24` becomes `10.0.0.0/24`. */
export function networkOf(cidr: string): string {
  const parsed = must(cidr);
  return `${format(first(parsed), parsed)}/${parsed.subnetMask}`;
}

export function prefixLength(cidr: string): number {
  return must(cidr).subnetMask;
}

export function etherType(text: string): EtherType {
  return family(must(text));
}

/** Every address of the family: what "open to the world" means for a rule. */
export function isWorld(cidr: string): boolean {
  return prefixLength(cidr) === 0;
}

/** Whether two networks share an address. */
export function overlaps(a: string, b: string): boolean {
  const [x, y] = [must(a), must(b)];
  return family(x) === family(y) && first(x) <= last(y) && first(y) <= last(x);
}

/** Whether a network holds an address, or all of another network. */
export function contains(cidr: string, inner: string): boolean {
  const [outer, other] = [must(cidr), must(inner)];
  return family(outer) === family(other) && first(outer) <= first(other) && last(other) <= last(outer);
}

/** The n-th address of a network; 0 is the network address, -1 the last one. */
export function addressAt(cidr: string, n: number): string {
  const parsed = must(cidr);
  return format(n >= 0 ? first(parsed) + BigInt(n) : last(parsed) + 1n + BigInt(n), parsed);
}

/** How many addresses a network has, network and broadcast address included. */
export function addressCount(cidr: string): bigint {
  return size(must(cidr));
}

/** Orders addresses of one family: negative when `a` comes first. */
export function compareAddresses(a: string, b: string): number {
  const difference = must(a).bigInt() - must(b).bigInt();
  return difference < 0n ? -1 : difference > 0n ? 1 : 0;
}

export function inRange(range: AddressRange, address: string): boolean {
  return compareAddresses(range.start, address) <= 0 && compareAddresses(address, range.end) <= 0;
}

/** Addresses in a range, both ends included; 0 when the ends are the wrong way round. */
export function rangeSize(range: AddressRange): bigint {
  const difference = must(range.end).bigInt() - must(range.start).bigInt();
  return difference < 0n ? 0n : difference + 1n;
}

/** The prefix length that names one address, for rules about a single machine. */
export function hostCidr(address: string): string {
  return `${address}/${bits(must(address))}`;
}
