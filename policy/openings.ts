/** Reading security rules: what they open, and to whom. */
import { contains, etherType, isCidr, prefixLength } from "../config/address";
import { isGiven, number, text, TYPE, UNKNOWN, type Resource } from "./graph";
import { byEnvironment, integer } from "./rule";

const PRIVATE = ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "fc00::/7"];
export const NODE_PORTS = { from: 30000, to: 32767 };

export function isPrivate(cidr: string): boolean {
  return PRIVATE.some((range) => etherType(range) === etherType(cidr) && contains(range, cidr));
}

/** The ports that a rule opens; all of them where it names none, and none for protocols that have no ports. */
export function portsOf(resource: Resource): { from: number; to: number } | undefined {
  const protocol = text(resource, "protocol");
  if (protocol !== undefined && protocol !== "" && !["tcp", "udp", "6", "17"].includes(protocol))
    return undefined;
  const [min, max] = [number(resource, "portRangeMin"), number(resource, "portRangeMax")];
  if (min === undefined && max === undefined) return { from: 1, to: 65535 };
  return { from: min ?? max ?? 1, to: max ?? min ?? 65535 };
}

export function opens(resource: Resource, from: number, to = from): boolean {
  if (resource.type !== TYPE.rule || text(resource, "direction") !== "ingress") return false;
  const ports = portsOf(resource);
  return ports !== undefined && ports.from <= to && from <= ports.to;
}

/** From where a rule lets in: a network, or undefined for a group (and for what is not known yet). */
export function networkOf(resource: Resource): string | undefined {
  if (isGiven(resource, "remoteGroupId")) return undefined;
  const prefix = resource.props["remoteIpPrefix"];
  if (prefix === UNKNOWN) return undefined;
  const everywhere = text(resource, "ethertype") === "IPv6" ? "::/0" : "0.0.0.0/0";
  return typeof prefix === "string" && isCidr(prefix) ? prefix : everywhere;
}

interface Widest {
  readonly widestIpv4: number;
  readonly widestIpv6: number;
}

export const widest = {
  widestIpv4: integer("Shortest prefix of an IPv4 network that may be allowed.", byEnvironment(1, 8, 8), 1),
  widestIpv6: integer("Shortest prefix of an IPv6 network that may be allowed.", byEnvironment(1, 16, 16), 1),
};

function isTooWide(cidr: string, { widestIpv4, widestIpv6 }: Widest): boolean {
  return prefixLength(cidr) < (etherType(cidr) === "IPv4" ? widestIpv4 : widestIpv6);
}

/** Findings for networks that are wider than allowed. */
export function tooWide(what: string, cidr: string | undefined, options: Widest): string[] {
  return cidr !== undefined && isTooWide(cidr, options) ? [`lets ${cidr} reach ${what}.`] : [];
}
