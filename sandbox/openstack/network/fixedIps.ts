/** Which addresses a port gets. */
import { ApiError, type Resource, type Store } from "../api";
import { text } from "../requests";
import { contains, formatAddress, parseAddress, parseCidr, type Address } from "./addresses";
import { badRequest, conflict } from "./collection";
import { subnetsOf } from "./networks";

export interface FixedIp {
  readonly subnet_id: string;
  readonly ip_address: string;
}

export interface FixedIpWish {
  readonly subnet_id?: string;
  readonly ip_address?: string;
}

export function fixedIpsOf(port: Resource): FixedIp[] {
  return (port["fixed_ips"] as FixedIp[] | undefined) ?? [];
}

function takenIn(store: Store, networkId: string, exceptPort?: string): Set<string> {
  const ports = store
    .list("network.ports")
    .filter(({ id, network_id }) => network_id === networkId && id !== exceptPort);
  return new Set(ports.flatMap(fixedIpsOf).map(({ subnet_id, ip_address }) => `${subnet_id} ${ip_address}`));
}

function firstFree(subnet: Resource, taken: ReadonlySet<string>): string | undefined {
  for (const { start, end } of subnet["allocation_pools"] as { start: string; end: string }[]) {
    const [from, to] = [parseAddress(start), parseAddress(end)];
    if (from === undefined || to === undefined) continue;
    for (let value = from.value; value <= to.value; value += 1n) {
      const candidate = formatAddress({ version: from.version, value });
      if (!taken.has(`${subnet.id} ${candidate}`)) return candidate;
    }
  }
  return undefined;
}

function exhausted(networkId: string): ApiError {
  return conflict("IpAddressGenerationFailure", `No more IP addresses available on network ${networkId}.`);
}

function inSubnet(subnet: Resource, address: Address): boolean {
  const range = parseCidr(text(subnet["cidr"]));
  return range !== undefined && contains(range, address);
}

function given(
  wish: FixedIpWish,
  subnet: Resource | undefined,
  subnets: Resource[],
  taken: Set<string>,
): FixedIp {
  const address = parseAddress(wish.ip_address ?? "");
  if (address === undefined) {
    throw badRequest(
      "HTTPBadRequest",
      `Invalid input for fixed_ips. Reason: '${wish.ip_address}' is not a valid IP address.`,
    );
  }
  const home = (subnet === undefined ? subnets : [subnet]).find((candidate) => inSubnet(candidate, address));
  if (home === undefined) {
    throw subnet === undefined
      ? badRequest(
          "InvalidIpForNetwork",
          `IP address ${wish.ip_address} is not a valid IP for any of the subnets on the specified network.`,
        )
      : badRequest(
          "InvalidIpForSubnet",
          `IP address ${wish.ip_address} is not a valid IP for the specified subnet.`,
        );
  }
  const fixed = { subnet_id: home.id, ip_address: formatAddress(address) };
  if (taken.has(`${home.id} ${fixed.ip_address}`)) {
    throw conflict(
      "IpAddressAlreadyAllocated",
      `IP address ${fixed.ip_address} already allocated in subnet ${home.id}`,
    );
  }
  return fixed;
}

const isSubnet = (store: Store, id: string) => store.get("network.subnets", id) !== undefined;

/** One address of each IP version, as a port gets that asks for nothing. */
function anyOfEachVersion(subnets: Resource[], taken: Set<string>, networkId: string): FixedIp[] {
  const chosen: FixedIp[] = [];
  for (const version of [4, 6]) {
    const candidates = subnets.filter(({ ip_version }) => ip_version === version);
    const found = candidates
      .map((subnet) => ({ subnet_id: subnet.id, ip_address: firstFree(subnet, taken) }))
      .find((fixed): fixed is FixedIp => fixed.ip_address !== undefined);
    if (found !== undefined) chosen.push(found);
    else if (candidates.length > 0) throw exhausted(networkId);
  }
  return chosen;
}

/**
 * The addresses of a port of a network.
 * @param wishes undefined: one of each IP version; empty: none
 * @param portId the port itself when it has addresses already, which it may keep
 * @throws ApiError 400 for an address or subnet that is not of this network, 409 when taken or exhausted
 */
export function chooseFixedIps(
  store: Store,
  networkId: string,
  wishes: readonly FixedIpWish[] | undefined,
  portId?: string,
): FixedIp[] {
  const subnets = subnetsOf(store, networkId);
  const taken = takenIn(store, networkId, portId);
  if (wishes === undefined) return anyOfEachVersion(subnets, taken, networkId);
  const kept = portId === undefined ? [] : fixedIpsOf(store.get("network.ports", portId) ?? { id: portId });
  // Given addresses first, so that a free choice does not take one of them.
  const ordered = [...wishes].sort(
    (a, b) => Number(b.ip_address !== undefined) - Number(a.ip_address !== undefined),
  );
  return ordered.map((wish) => {
    const subnet = subnets.find(({ id }) => id === wish.subnet_id);
    if (wish.subnet_id !== undefined && subnet === undefined) {
      if (isSubnet(store, wish.subnet_id))
        throw badRequest(
          "InvalidInput",
          `Invalid input for operation: Failed to create port on network ${networkId}, because fixed_ips included invalid subnet ${wish.subnet_id}.`,
        );
      throw new ApiError(404, `Subnet ${wish.subnet_id} could not be found.`, "SubnetNotFound");
    }
    const fixed = wish.ip_address === undefined ? choose(subnet) : given(wish, subnet, subnets, taken);
    taken.add(`${fixed.subnet_id} ${fixed.ip_address}`);
    return fixed;
  });

  function choose(subnet: Resource | undefined): FixedIp {
    const old = kept.find(
      ({ subnet_id, ip_address }) => subnet_id === subnet?.id && !taken.has(`${subnet_id} ${ip_address}`),
    );
    const address = old?.ip_address ?? (subnet && firstFree(subnet, taken));
    if (subnet === undefined || address === undefined) throw exhausted(networkId);
    return { subnet_id: subnet.id, ip_address: address };
  }
}
