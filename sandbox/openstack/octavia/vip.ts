/** The address of a load balancer: a port of the network, and the security group that guards it. */
import { ApiError, type Request, type Resource, type Store } from "../api";
import { contains, parseAddress, parseCidr } from "../network/addresses";
import { born } from "../network/collection";
import { fixedIpsOf } from "../network/fixedIps";
import { makePort, PORTS } from "../network/ports";
import { insertRule, rulesOf, SECURITY_GROUP_RULES, SECURITY_GROUPS } from "../network/securityGroups";
import { owns, text, texts } from "../requests";
import { invalid, transportOf } from "./protocols";
import { under } from "./tree";

/** Octavia's own project: the group on a VIP port does not belong to whom the load balancer belongs. */
const OCTAVIAS_PROJECT = "0c7a71a0000000000000000000000000";

export interface VipWish {
  readonly vip_port_id?: string | null;
  readonly vip_subnet_id?: string | null;
  readonly vip_network_id?: string | null;
  readonly vip_address?: string | null;
}

/** An object that the caller may use. @throws ApiError 400, since Octavia calls an unknown one a fault of the request */
export function usable(store: Store, kind: string, id: string, title: string, request: Request): Resource {
  const object = store.get(kind, id);
  if (object === undefined || !(owns(request.caller, object) || object["shared"] === true))
    throw new ApiError(400, `${title} ${id} not found.`);
  return object;
}

/** A subnet that the caller may use: shared with its network. @throws ApiError 400 */
export function usableSubnet(store: Store, id: string, request: Request): Resource {
  const subnet = store.get("network.subnets", id);
  const network = subnet && store.get("network.networks", text(subnet["network_id"]));
  if (subnet !== undefined && network?.["shared"] === true) return subnet;
  return usable(store, "network.subnets", id, "Subnet", request);
}

function chooseSubnet(store: Store, request: Request, networkId: string, wish: VipWish): Resource {
  usable(store, "network.networks", networkId, "Network", request);
  const subnets = store.list("network.subnets").filter(({ network_id }) => network_id === networkId);
  if (wish.vip_subnet_id != null) {
    const named = subnets.find(({ id }) => id === wish.vip_subnet_id);
    if (named === undefined) throw new ApiError(400, `Subnet ${wish.vip_subnet_id} not found.`);
    return named;
  }
  const address = parseAddress(wish.vip_address ?? "");
  if (address !== undefined) {
    const holding = subnets.find((subnet) => {
      const range = parseCidr(text(subnet["cidr"]));
      return range !== undefined && contains(range, address);
    });
    if (holding === undefined)
      throw invalid("Supplied network does not contain a subnet for VIP address specified.");
    return holding;
  }
  const chosen = subnets.find(({ ip_version }) => ip_version === 4) ?? subnets[0];
  if (chosen === undefined) throw invalid("Supplied network does not contain a subnet.");
  return chosen;
}

/** The caller's own port, which stays when the load balancer goes. */
function takePort(store: Store, request: Request, portId: string, wish: VipWish): Record<string, unknown> {
  const port = usable(store, PORTS, portId, "Port", request);
  if (text(port["device_id"]) !== "")
    throw invalid(`Port ${port.id} is already used by device ${text(port["device_id"])} `);
  const candidates = fixedIpsOf(port).filter(
    ({ subnet_id, ip_address }) =>
      (wish.vip_subnet_id == null || subnet_id === wish.vip_subnet_id) &&
      (wish.vip_address == null || ip_address === wish.vip_address),
  );
  const [fixed] = candidates;
  if (fixed === undefined) throw invalid("Specified VIP address not found on the specified VIP port.");
  if (candidates.length > 1)
    throw invalid(
      "VIP port's subnet could not be determined. Please specify either a VIP subnet or address.",
    );
  return { vip_port_id: port.id, vip_network_id: port["network_id"], ...vipOf(fixed), _owns_port: false };
}

const vipOf = ({ subnet_id, ip_address }: { subnet_id: string; ip_address: string }) => ({
  vip_subnet_id: subnet_id,
  vip_address: ip_address,
});

/**
 * The port that carries the address of a load balancer: the caller's, or one that Octavia makes and owns.
 * @throws ApiError 400 for what does not exist, and what Neutron answers when there is no such address
 */
export function chooseVip(
  store: Store,
  request: Request,
  balancer: { id: string; projectId: string },
  wish: VipWish,
): Record<string, unknown> {
  if (wish.vip_port_id != null) return takePort(store, request, wish.vip_port_id, wish);
  const named = wish.vip_subnet_id == null ? undefined : usableSubnet(store, wish.vip_subnet_id, request);
  const networkId = wish.vip_network_id ?? text(named?.["network_id"]);
  if (networkId === "") throw invalid("VIP must contain one of: vip_port_id, vip_network_id, vip_subnet_id.");
  const subnet = chooseSubnet(store, request, networkId, wish);
  const port = makePort(store, balancer.projectId, {
    network_id: networkId,
    name: `octavia-lb-${balancer.id}`,
    admin_state_up: false,
    device_id: `lb-${balancer.id}`,
    device_owner: "Octavia",
    fixed_ips: [
      { subnet_id: subnet.id, ...(wish.vip_address == null ? {} : { ip_address: wish.vip_address }) },
    ],
  });
  const [fixed] = fixedIpsOf(port);
  if (fixed === undefined) throw new Error(`VIP port ${port.id} was made without an address`);
  return { vip_port_id: port.id, vip_network_id: networkId, ...vipOf(fixed), _owns_port: true };
}

/** Machines of the amphora provider stand behind a security group; OVN needs none. */
export function guardVip(store: Store, balancer: Resource): void {
  const port = store.get(PORTS, text(balancer["vip_port_id"]));
  if (port === undefined || balancer["provider"] === "ovn" || port["port_security_enabled"] === false) return;
  const group = store.insert(SECURITY_GROUPS, {
    name: `lb-${balancer.id}`,
    description: "",
    stateful: true,
    shared: false,
    ...born(OCTAVIAS_PROJECT),
  });
  const kept = balancer["_owns_port"] === true ? [] : texts(port["security_groups"]);
  store.update(PORTS, port.id, { security_groups: [...kept, group.id] });
}

function groupOf(store: Store, balancer: Resource): Resource | undefined {
  return store
    .list(SECURITY_GROUPS)
    .find(({ name, project_id }) => name === `lb-${balancer.id}` && project_id === OCTAVIAS_PROJECT);
}

/** Opens the ports of the listeners to those who may use them. */
export function openListeners(store: Store, balancer: Resource): void {
  const group = groupOf(store, balancer);
  if (group === undefined) return;
  for (const rule of rulesOf(store, group.id)) store.remove(SECURITY_GROUP_RULES, rule.id);
  const listeners = under(store, "listener", balancer.id).filter(
    ({ provisioning_status }) => provisioning_status !== "PENDING_DELETE",
  );
  const world = text(balancer["vip_address"]).includes(":") ? "::/0" : "0.0.0.0/0";
  for (const listener of listeners) {
    const cidrs = texts(listener["allowed_cidrs"]);
    for (const cidr of cidrs.length > 0 ? cidrs : [world]) {
      insertRule(store, OCTAVIAS_PROJECT, {
        security_group_id: group.id,
        direction: "ingress",
        ethertype: cidr.includes(":") ? "IPv6" : "IPv4",
        protocol: transportOf(text(listener["protocol"])).toLowerCase(),
        port_range_min: listener["protocol_port"],
        port_range_max: listener["protocol_port"],
        remote_ip_prefix: cidr,
      });
    }
  }
}

/** Takes the address away when the load balancer is gone, `afterMs` from now. */
export function releaseVip(store: Store, balancer: Resource, afterMs: number): void {
  const group = groupOf(store, balancer);
  const port = store.get(PORTS, text(balancer["vip_port_id"]));
  if (port !== undefined && balancer["_owns_port"] === true) {
    for (const floating of store.list("network.floatingips")) {
      if (floating["port_id"] !== port.id) continue;
      const free = { port_id: null, fixed_ip_address: null, router_id: null, status: "DOWN" };
      store.later("network.floatingips", floating.id, afterMs, free);
    }
    store.later(PORTS, port.id, afterMs, null);
  } else if (port !== undefined) {
    const others = texts(port["security_groups"]).filter((id) => id !== group?.id);
    store.update(PORTS, port.id, { security_groups: others });
  }
  if (group === undefined) return;
  for (const rule of rulesOf(store, group.id)) store.later(SECURITY_GROUP_RULES, rule.id, afterMs, null);
  store.later(SECURITY_GROUPS, group.id, afterMs, null);
}
