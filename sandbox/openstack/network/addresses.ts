/** Address arithmetic for both IP versions; the only place that knows how an address is written. */
import { Address4, Address6 } from "ip-address";

export type IpVersion = 4 | 6;

export interface Address {
  readonly version: IpVersion;
  readonly value: bigint;
}

export interface Cidr {
  readonly version: IpVersion;
  readonly first: bigint;
  readonly last: bigint;
  readonly prefixLength: number;
}

function parse(text: string): Address4 | Address6 | undefined {
  if (Address4.isValid(text)) return new Address4(text);
  return Address6.isValid(text) ? new Address6(text) : undefined;
}

/** An address without a prefix; undefined for anything else. */
export function parseAddress(text: string): Address | undefined {
  const address = text.includes("/") ? undefined : parse(text);
  return address && { version: address.v4 ? 4 : 6, value: address.bigInt() };
}

/** A network; a bare address is a network of one. Undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const address = parse(text);
  return (
    address && {
      version: address.v4 ? 4 : 6,
      first: address.startAddress().bigInt(),
      last: address.endAddress().bigInt(),
      prefixLength: address.subnetMask,
    }
  );
}

export function formatAddress({ version, value }: Address): string {
  return version === 4 ? Address4.fromBigInt(value).correctForm() : Address6.fromBigInt(value).correctForm();
}

export function formatCidr({ version, first, prefixLength }: Cidr): string {
  return `${formatAddress({ version, value: first })}/${prefixLength}`;
}

export function overlap(a: Cidr, b: Cidr): boolean {
  return a.version === b.version && a.first <= b.last && b.first <= a.last;
}

export function contains(cidr: Cidr, address: Address): boolean {
  return cidr.version === address.version && cidr.first <= address.value && address.value <= cidr.last;
}
