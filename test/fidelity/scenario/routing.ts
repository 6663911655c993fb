/** Neutron: routers with their interfaces and routes, floating IPs, security groups with their rules. */
import { NO_ID } from "../recorder";
import { below, type Area, type Caller } from "./scene";

async function routers(api: Caller, external: string, network: string, subnet: string): Promise<string> {
  const make = (step: string, values: object) => api.post(step, "/routers", { router: values });
  const router = await api.made("router", "/routers", { router: { name: "router", admin_state_up: true } });
  await api.get("router itself", `/routers/${router}`);
  await api.get("routers", "/routers");
  await api.get("routers by name", "/routers?name=router");
  const change = (step: string, values: object) => api.put(step, `/routers/${router}`, { router: values });
  await change("router with a gateway", { external_gateway_info: { network_id: external } });
  await change("router without SNAT by a member", {
    external_gateway_info: { network_id: external, enable_snat: false },
  });
  await change("router with an inner network as gateway", { external_gateway_info: { network_id: network } });
  await change("router with an unknown network as gateway", { external_gateway_info: { network_id: NO_ID } });
  const attach = (step: string, body: object, verb = "add") =>
    api.put(step, `/routers/${router}/${verb}_router_interface`, body);
  await attach("interface", { subnet_id: subnet });
  await attach("interface twice", { subnet_id: subnet });
  await attach("interface of an unknown subnet", { subnet_id: NO_ID });
  await attach("interface of an unknown port", { port_id: NO_ID });
  await attach("interface of nothing", {});
  await attach("interface of both", { subnet_id: subnet, port_id: NO_ID });
  await api.put("interface of no router", `/routers/${NO_ID}/add_router_interface`, { subnet_id: subnet });
  const { body } = await api.get("ports of a router", `/ports?device_id=${router}`);
  const ports = (body as { ports?: { id: string; device_owner: string }[] }).ports ?? [];
  const own = ports.find(({ device_owner }) => device_owner === "network:router_interface")?.id ?? NO_ID;
  await api.delete("port of a router deleted", `/ports/${own}`);
  await api.get("port of a router", `/ports/${own}`);
  await change("router with a route", { routes: [{ destination: "10.99.0.0/16", nexthop: "10.20.0.9" }] });
  await change("router with a route to nowhere", {
    routes: [{ destination: "10.99.0.0/16", nexthop: "10.77.0.9" }],
  });
  await change("router with a wrong route", { routes: [{ destination: "nonsense", nexthop: "10.20.0.9" }] });
  await attach("interface that a route needs removed", { subnet_id: subnet }, "remove");
  await change("router without routes", { routes: [] });
  await api.delete("subnet of a router deleted", `/subnets/${subnet}`);
  await api.delete("router in use", `/routers/${router}`);
  await make("router with a gateway from the start", {
    name: "other",
    external_gateway_info: { network_id: external },
    description: "d",
  });
  await make("router with an unknown gateway", { external_gateway_info: { network_id: NO_ID } });
  await make("router that is distributed", { name: "d", distributed: true });
  await make("router with an unknown attribute", { colour: "blue" });
  await api.put("router with tags", `/routers/${router}/tags`, { tags: ["a"] });
  await api.get("routers by tag", "/routers?tags=a");
  await change("router renamed", { name: "router-2", description: "d", admin_state_up: false });
  await change("router up", { admin_state_up: true });
  await api.get("unknown router", `/routers/${NO_ID}`);
  await api.delete("unknown router deleted", `/routers/${NO_ID}`);
  return router;
}

async function floatingIps(api: Caller, external: string, network: string, port: string): Promise<string> {
  const make = (step: string, values: object) =>
    api.post(step, "/floatingips", { floatingip: { floating_network_id: external, ...values } });
  const floating = await api.made("floating IP", "/floatingips", {
    floatingip: { floating_network_id: external, description: "d" },
  });
  await api.get("floating IP itself", `/floatingips/${floating}`);
  await api.get("floating IPs by description", "/floatingips?description=d");
  await make("floating IP of an inner network", { floating_network_id: network });
  await make("floating IP of an unknown network", { floating_network_id: NO_ID });
  await make("floating IP of an unknown port", { port_id: NO_ID });
  await make("floating IP with a wrong address", { floating_ip_address: "10.1.2.3" });
  await make("floating IP of an unknown subnet", { subnet_id: NO_ID });
  await api.post("floating IP of nothing", "/floatingips", { floatingip: {} });
  const change = (step: string, values: object) =>
    api.put(step, `/floatingips/${floating}`, { floatingip: values });
  await change("floating IP of a port", { port_id: port });
  await api.get("floating IPs", "/floatingips");
  await api.get("floating IPs of a port", `/floatingips?port_id=${port}`);
  await make("floating IP of a port that has one", { port_id: port });
  await change("floating IP of an unknown port later", { port_id: NO_ID });
  await change("floating IP with a description", { description: "e" });
  await api.put("floating IP with tags", `/floatingips/${floating}/tags`, { tags: ["a"] });
  await api.get("floating IPs by tag", "/floatingips?tags=a");
  await api.get("unknown floating IP", `/floatingips/${NO_ID}`);
  await api.delete("unknown floating IP deleted", `/floatingips/${NO_ID}`);
  return floating;
}

async function groups(api: Caller): Promise<void> {
  await api.get("security groups of a new project", "/security-groups");
  const group = await api.made("security group", "/security-groups", {
    security_group: { name: "nodes", description: "d" },
  });
  await api.get("security group itself", `/security-groups/${group}`);
  await api.get("security groups by name", "/security-groups?name=nodes");
  await api.post("security group called default", "/security-groups", {
    security_group: { name: "default" },
  });
  await api.post("security group with an unknown attribute", "/security-groups", {
    security_group: { name: "x", colour: 1 },
  });
  await api.put("security group renamed", `/security-groups/${group}`, {
    security_group: { name: "nodes-2", description: "" },
  });
  await api.put("security group with tags", `/security-groups/${group}/tags`, { tags: ["a"] });
  await api.get("security groups by tag", "/security-groups?tags=a");
  await rules(api, group);
  const { body } = await api.get("default group", "/security-groups?name=default&fields=id&fields=name");
  const ownDefault = (body as { security_groups?: { id: string }[] }).security_groups?.[0]?.id ?? NO_ID;
  await api.delete("default group deleted", `/security-groups/${ownDefault}`);
  await api.put("default group renamed", `/security-groups/${ownDefault}`, { security_group: { name: "x" } });
  await api.get("unknown security group", `/security-groups/${NO_ID}`);
  await api.delete("unknown security group deleted", `/security-groups/${NO_ID}`);
  await api.delete("security group deleted", `/security-groups/${group}`);
  await api.get("rules of a deleted group", `/security-group-rules?security_group_id=${group}`);
}

async function rules(api: Caller, group: string): Promise<void> {
  const base = { security_group_id: group, direction: "ingress", ethertype: "IPv4" };
  const make = (step: string, values: object) =>
    api.post(step, "/security-group-rules", { security_group_rule: { ...base, ...values } });
  const ssh = { protocol: "tcp", port_range_min: 22, port_range_max: 22, remote_ip_prefix: "192.0.2.0/24" };
  const rule = await api.made("rule", "/security-group-rules", {
    security_group_rule: { ...base, ...ssh, description: "ssh" },
  });
  await api.get("rule itself", `/security-group-rules/${rule}`);
  await make("rule twice", ssh);
  await make("rule twice with another description", { ...ssh, description: "other" });
  await make("rule for a group", {
    protocol: "tcp",
    port_range_min: 1,
    port_range_max: 65535,
    remote_group_id: group,
  });
  await make("rule for everything", {});
  await make("rule for IPv6", { ethertype: "IPv6", protocol: "udp", port_range_min: 53, port_range_max: 53 });
  await make("rule by number", { protocol: "112", remote_group_id: group });
  await make("rule by the name of the number", { protocol: "vrrp", remote_group_id: group });
  await make("rule for ICMP", { protocol: "icmp", port_range_min: 8, port_range_max: 0 });
  await make("rule with ports but no protocol", { port_range_min: 1, port_range_max: 2 });
  await make("rule with ports upside down", { protocol: "tcp", port_range_min: 9, port_range_max: 2 });
  await make("rule with half a range", { protocol: "tcp", port_range_min: 9 });
  await make("rule with an impossible port", { protocol: "tcp", port_range_min: 1, port_range_max: 70000 });
  await make("rule with an unknown protocol", { protocol: "pigeon" });
  await make("rule with a wrong direction", { direction: "sideways" });
  await make("rule with a wrong prefix", { remote_ip_prefix: "nonsense" });
  await make("rule with the prefix of the other version", { remote_ip_prefix: "fd00::/64" });
  await make("rule with host bits", {
    protocol: "tcp",
    port_range_min: 7,
    port_range_max: 7,
    remote_ip_prefix: "192.0.2.7/24",
  });
  await make("rule with both remotes", { remote_ip_prefix: "192.0.2.0/24", remote_group_id: group });
  await make("rule for an unknown group", { remote_group_id: NO_ID });
  await make("rule of an unknown group", { security_group_id: NO_ID });
  await api.get("rules of a group", `/security-group-rules?security_group_id=${group}`);
  await api.get("all rules", "/security-group-rules");
  await api.get("rules by direction", `/security-group-rules?security_group_id=${group}&direction=egress`);
  await api.put("rule changed", `/security-group-rules/${rule}`, {
    security_group_rule: { protocol: "udp" },
  });
  await api.put("rule described", `/security-group-rules/${rule}`, {
    security_group_rule: { description: "x" },
  });
  await api.delete("rule deleted", `/security-group-rules/${rule}`);
  await api.delete("rule deleted again", `/security-group-rules/${rule}`);
  await api.get("unknown rule", `/security-group-rules/${rule}`);
}

export const routing: Area = async ({ recorder, facts }) => {
  const api = below(recorder, "network", "/v2.0");
  const external = facts.externalNetwork;
  await groups(api);
  const network = await api.made("network", "/networks", { network: { name: "net" } });
  const subnet = await api.made("subnet", "/subnets", {
    subnet: { network_id: network, ip_version: 4, cidr: "10.20.0.0/24" },
  });
  const port = await api.made("port with default group", "/ports", {
    port: { network_id: network, fixed_ips: [{ subnet_id: subnet }] },
  });
  const early = { floatingip: { floating_network_id: external, port_id: port } };
  await api.post("floating IP of a port that no router leads to", "/floatingips", early);
  const router = await routers(api, external, network, subnet);
  const floating = await floatingIps(api, external, network, port);
  const leave = `/routers/${router}/remove_router_interface`;
  await api.put("interface with a floating IP removed", leave, { subnet_id: subnet });
  await api.put("gateway with a floating IP removed", `/routers/${router}`, {
    router: { external_gateway_info: {} },
  });
  await api.delete("port with a floating IP deleted", `/ports/${port}`);
  await api.get("floating IP of a deleted port", `/floatingips/${floating}`);
  await api.delete("floating IP deleted", `/floatingips/${floating}`);
  await api.put("interface removed", leave, { subnet_id: subnet });
  await api.put("interface removed again", leave, { subnet_id: subnet });
  await api.put("gateway removed", `/routers/${router}`, { router: { external_gateway_info: {} } });
  const { body } = await api.get("routers that are left", "/routers?fields=id");
  for (const [index, { id }] of ((body as { routers?: { id: string }[] }).routers ?? []).entries())
    await api.delete(`router ${index + 1} deleted`, `/routers/${id}`);
  await api.delete("network deleted", `/networks/${network}`);
};
