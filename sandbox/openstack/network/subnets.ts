/** Subnets: address ranges, gateways and allocation pools. */
import { z } from "zod";
import { ApiError, type Resource, type Store } from "../api";
import { owns, text } from "../requests";
import {
  contains,
  formatAddress,
  formatCidr,
  overlap,
  parseAddress,
  parseCidr,
  type Cidr,
} from "./addresses";
import {
  badRequest,
  born,
  commonChanges,
  commonFields,
  conflict,
  given,
  type Collection,
} from "./collection";
import { NETWORKS, subnetsOf } from "./networks";
import { refuseOverQuota } from "./quotas";

export const SUBNETS = "network.subnets";

const address = z.string().refine((value) => parseAddress(value) !== undefined, {
  error: ({ input }) => `'${String(input)}' is not a valid IP address`,
});
const cidr = z.string().refine((value) => value.includes("/") && parseCidr(value) !== undefined, {
  error: ({ input }) => `'${String(input)}' is not a valid IP subnet`,
});
const nameservers = z
  .array(
    z.string().refine((value) => parseAddress(value) !== undefined, {
      error: ({ input }) =>
        `'${String(input)}' is not a valid nameserver. '${String(input)}' is not a valid IP address`,
    }),
  )
  .max(5)
  .refine((servers) => new Set(servers).size === servers.length, {
    error: ({ input }) => {
      const servers = input as string[];
      return `Duplicate nameserver '${servers.find((server, index) => servers.indexOf(server) < index)}'`;
    },
  });
const pool = z.strictObject({ start: address, end: address });

const changeable = {
  gateway_ip: address.nullable(),
  allocation_pools: z.array(pool),
  dns_nameservers: nameservers,
  host_routes: z.array(z.strictObject({ destination: cidr, nexthop: address })).max(20),
  enable_dhcp: z.boolean(),
  service_types: z.array(z.string()),
  dns_publish_fixed_ip: z.boolean(),
};

const createSchema = z.strictObject({
  ...commonFields,
  network_id: z.string(),
  cidr: cidr.optional(),
  ip_version: z.union([z.literal(4), z.literal(6)]),
  gateway_ip: changeable.gateway_ip.optional(),
  allocation_pools: changeable.allocation_pools.optional(),
  dns_nameservers: changeable.dns_nameservers.default([]),
  host_routes: changeable.host_routes.default([]),
  enable_dhcp: changeable.enable_dhcp.default(true),
  service_types: changeable.service_types.default([]),
  dns_publish_fixed_ip: changeable.dns_publish_fixed_ip.default(false),
  ipv6_address_mode: z.enum(["slaac", "dhcpv6-stateful", "dhcpv6-stateless"]).nullable().default(null),
  ipv6_ra_mode: z.enum(["slaac", "dhcpv6-stateful", "dhcpv6-stateless"]).nullable().default(null),
  subnetpool_id: z.null().default(null),
  segment_id: z.null().default(null),
});

const updateSchema = z.strictObject({ ...commonChanges, ...z.object(changeable).partial().shape });

type Pool = z.output<typeof pool>;

function invalid(message: string): ApiError {
  return badRequest("InvalidInput", `Invalid input for operation: ${message}`);
}

/** The gateway that a subnet gets: IPv6 keeps the first address of all for routers. */
function defaultGateway(range: Cidr): string {
  const value = range.version === 6 ? range.first : usable(range).start;
  return formatAddress({ version: range.version, value });
}

/** First and last address that a machine may have. IPv6 has no broadcast address. */
function usable({ version, first, last, prefixLength }: Cidr): { start: bigint; end: bigint } {
  const bits = version === 4 ? 32 : 128;
  if (bits - prefixLength < 2) return { start: first, end: last };
  return { start: first + 1n, end: version === 4 ? last - 1n : last };
}

/** Everything that is usable except the gateway. */
function defaultPools(range: Cidr, gateway: string | null): Pool[] {
  const { start, end } = usable(range);
  const middle = gateway === null ? undefined : parseAddress(gateway)?.value;
  const parts =
    middle === undefined || middle < start || middle > end
      ? [[start, end]]
      : [
          [start, middle - 1n],
          [middle + 1n, end],
        ];
  const format = (value: bigint) => formatAddress({ version: range.version, value });
  return parts.flatMap(([from = 0n, to = -1n]) =>
    from > to ? [] : [{ start: format(from), end: format(to) }],
  );
}

function rangeOfPool({ start, end }: Pool): Cidr | undefined {
  const [from, to] = [parseAddress(start), parseAddress(end)];
  if (!from || !to || from.version !== to.version || from.value > to.value) return undefined;
  return { version: from.version, first: from.value, last: to.value, prefixLength: 0 };
}

function checkPools(pools: readonly Pool[], range: Cidr, gateway: string | null): void {
  const name = ({ start, end }: Pool) => `${start}-${end}`;
  const allowed = usable(range);
  const gatewayAddress = gateway === null ? undefined : parseAddress(gateway);
  const seen: { pool: Pool; range: Cidr }[] = [];
  for (const pool of pools) {
    const inPool = rangeOfPool(pool);
    if (inPool === undefined)
      throw badRequest("InvalidAllocationPool", `The allocation pool ${name(pool)} is not valid.`);
    if (inPool.version !== range.version || inPool.first < allowed.start || inPool.last > allowed.end) {
      throw badRequest(
        "OutOfBoundsAllocationPool",
        `The allocation pool ${name(pool)} spans beyond the subnet cidr ${formatCidr(range)}.`,
      );
    }
    const other = seen.find((earlier) => overlap(earlier.range, inPool));
    if (other !== undefined) {
      throw conflict(
        "OverlappingAllocationPools",
        `Found overlapping allocation pools: ${name(other.pool)} ${name(pool)} for subnet ${formatCidr(range)}.`,
      );
    }
    if (gatewayAddress !== undefined && contains(inPool, gatewayAddress)) {
      throw conflict(
        "GatewayConflictWithAllocationPools",
        `Gateway ip ${gateway} conflicts with allocation pool ${name(pool)}.`,
      );
    }
    seen.push({ pool, range: inPool });
  }
}

function checkGateway(gateway: string | null, range: Cidr): void {
  const at = gateway === null ? undefined : parseAddress(gateway);
  if (at === undefined) return;
  const { start, end } = usable(range);
  const lowest = range.version === 6 ? range.first : start;
  if (at.version !== range.version || (contains(range, at) && (at.value < lowest || at.value > end))) {
    throw invalid("Gateway is not valid on subnet.");
  }
}

/** The gateway stays while machines use it: moving it cuts them off. */
function refuseGatewayInUse(store: Store, subnet: Resource): void {
  const ports = store
    .list("network.ports")
    .filter(({ device_owner }) => device_owner === "network:router_interface");
  const using = ports.find(({ fixed_ips }) =>
    (fixed_ips as { subnet_id: string; ip_address: string }[]).some(
      (fixed) => fixed.subnet_id === subnet.id && fixed.ip_address === subnet["gateway_ip"],
    ),
  );
  if (using !== undefined) {
    throw conflict(
      "GatewayIpInUse",
      `Current gateway ip ${text(subnet["gateway_ip"])} already in use by port ${using.id}. Unable to update.`,
    );
  }
}

export const subnets: Collection<typeof createSchema, typeof updateSchema> = {
  plural: "subnets",
  singular: "subnet",
  type: "Subnet",
  notFound: (id) => `Subnet ${id} could not be found.`,
  createSchema,
  updateSchema,
  // Of extensions that this cloud does not have.
  view: () => ({ dns_publish_fixed_ip: undefined, segment_id: undefined }),
  isShared: (subnet, store) => store.get(NETWORKS, text(subnet["network_id"]))?.["shared"] === true,

  create({ tenant_id: _, project_id: __, ...values }, request, store, projectId) {
    const network = store.get(NETWORKS, values.network_id);
    const isVisible = network?.["shared"] === true || network?.["router:external"] === true;
    if (network === undefined || !(owns(request.caller, network) || isVisible)) {
      throw new ApiError(404, `Network ${values.network_id} could not be found.`, "NetworkNotFound");
    }
    if (!owns(request.caller, network)) {
      const message = `Tenant ${projectId} not allowed to create subnet on this network`;
      throw new ApiError(403, message, "HTTPForbidden");
    }
    const range = values.cidr === undefined ? undefined : parseCidr(values.cidr);
    if (range === undefined)
      throw badRequest(
        "BadRequest",
        "Bad subnets request: a subnetpool must be specified in the absence of a cidr.",
      );
    if (range.version !== values.ip_version) {
      throw invalid(`cidr '${values.cidr}' does not match the ip_version '${values.ip_version}'.`);
    }
    const gateway = values.gateway_ip === undefined ? defaultGateway(range) : values.gateway_ip;
    checkGateway(gateway, range);
    if (values.allocation_pools !== undefined) checkPools(values.allocation_pools, range, gateway);
    const rival = subnetsOf(store, network.id).find((other) => {
      const taken = parseCidr(text(other["cidr"]));
      return taken !== undefined && overlap(taken, range);
    });
    if (rival !== undefined) {
      throw invalid(
        `Requested subnet with cidr: ${values.cidr} for network: ${network.id} overlaps with another subnet.`,
      );
    }
    refuseOverQuota(store, projectId, "subnet");
    return store.insert(SUBNETS, {
      ...values,
      ...born(projectId),
      cidr: formatCidr(range),
      gateway_ip: gateway,
      allocation_pools: values.allocation_pools ?? defaultPools(range, gateway),
    });
  },

  update(subnet, values, _, store) {
    const range = parseCidr(text(subnet["cidr"]));
    if (range === undefined) throw new Error(`subnet ${subnet.id} is stored without a cidr`);
    const gateway =
      values.gateway_ip === undefined ? (subnet["gateway_ip"] as string | null) : values.gateway_ip;
    if (gateway !== subnet["gateway_ip"]) refuseGatewayInUse(store, subnet);
    checkGateway(gateway, range);
    checkPools(values.allocation_pools ?? (subnet["allocation_pools"] as Pool[]), range, gateway);
    return given(values);
  },

  remove(subnet, _, store) {
    const used = store
      .list("network.ports")
      .some(({ fixed_ips }) =>
        (fixed_ips as { subnet_id: string }[]).some(({ subnet_id }) => subnet_id === subnet.id),
      );
    if (used) {
      throw conflict(
        "SubnetInUse",
        `Unable to complete operation on subnet ${subnet.id}: One or more ports have an IP allocation from this subnet.`,
      );
    }
    store.remove(SUBNETS, subnet.id);
  },
};
