/** Neutron: networks, subnets, routers, ports. */
import { NO_ID } from "../recorder";
import { below, type Area, type Caller, type Scene } from "./scene";

async function networks(api: Caller): Promise<string> {
  const network = await api.made("network", "/networks", {
    network: { name: "net", description: "of the cluster", admin_state_up: true },
  });
  await api.get("network itself", `/networks/${network}`);
  await api.get("networks by name", "/networks?name=net");
  await api.get("networks by two filters", `/networks?name=net&status=ACTIVE&id=${network}`);
  await api.get("active networks by name", "/networks?name=net&status=ACTIVE");
  await api.get("networks by nothing that is there", "/networks?name=nothing");
  await api.get("networks by an unknown filter", "/networks?colour=blue");
  await api.get("some fields of networks", "/networks?name=net&fields=id&fields=name");
  await api.get("network by its id", `/networks?id=${network}`);
  await api.get("active network by its id", `/networks?id=${network}&status=ACTIVE`);
  await api.get("networks", "/networks", { typesOnly: true });
  await api.get("external networks", "/networks?router:external=true", { typesOnly: true });
  await api.get("external network by name", "/networks?name=net&router:external=true");
  await api.put("network renamed", `/networks/${network}`, { network: { name: "net-2", description: "" } });
  await api.put("network with tags", `/networks/${network}/tags`, { tags: ["a", "b"] });
  await api.get("networks by tag", "/networks?tags=a");
  await api.get("networks by name and tag", "/networks?name=net-2&tags=a");
  await api.get("networks by no tag", "/networks?not-tags=a&name=net-2");
  await api.put("network with a tag more", `/networks/${network}/tags/c`);
  await api.get("a tag", `/networks/${network}/tags/c`);
  await api.get("tags", `/networks/${network}/tags`);
  await api.delete("a tag less", `/networks/${network}/tags/c`);
  await api.delete("a tag that is not there", `/networks/${network}/tags/zzz`);
  await api.put("too long a tag", `/networks/${network}/tags`, { tags: ["x".repeat(300)] });
  await api.put("tags of no network", `/networks/${NO_ID}/tags`, { tags: ["a"] });
  await api.get("unknown network", `/networks/${NO_ID}`);
  await api.put("unknown network changed", `/networks/${NO_ID}`, { network: { name: "x" } });
  await api.delete("unknown network deleted", `/networks/${NO_ID}`);
  await api.post("network with an unknown attribute", "/networks", { network: { colour: "blue" } });
  await api.post("network with a wrong type", "/networks", { network: { admin_state_up: "perhaps" } });
  await api.post("network with too long a name", "/networks", { network: { name: "x".repeat(300) } });
  await api.post("network without its key", "/networks", { net: {} });
  await api.post("network with no JSON", "/networks", "{ nonsense", {
    headers: { "content-type": "application/json" },
  });
  await api.post("external network by a member", "/networks", {
    network: { name: "e", "router:external": true },
  });
  await api.post("shared network by a member", "/networks", { network: { name: "e", shared: true } });
  await api.post("network for another project", "/networks", {
    network: { name: "e", project_id: NO_ID.replaceAll("-", "") },
  });
  await api.post("method that is not allowed", `/networks/${network}`, {});
  return network;
}

const STATEFUL = { ipv6_address_mode: "dhcpv6-stateful", ipv6_ra_mode: "dhcpv6-stateful" };

async function subnets(api: Caller, network: string, external: string): Promise<string> {
  const make = (step: string, values: object) =>
    api.post(step, "/subnets", { subnet: { network_id: network, ip_version: 4, ...values } });
  const subnet = await api.made("subnet", "/subnets", {
    subnet: {
      network_id: network, name: "nodes", ip_version: 4, cidr: "10.20.0.0/24", enable_dhcp: true,
      dns_nameservers: ["1.1.1.1", "9.9.9.9"], allocation_pools: [{ start: "10.20.0.10", end: "10.20.0.200" }],
    },
  }); // prettier-ignore
  await api.get("subnet itself", `/subnets/${subnet}`);
  await api.get("subnets of a network", `/subnets?network_id=${network}`);
  await api.get("subnets by cidr", "/subnets?cidr=10.20.0.0/24&ip_version=4");
  await api.get("all subnets", "/subnets");
  await api.get("subnet of a network by name", `/subnets?name=nodes&network_id=${network}`);
  await make("subnet with defaults", { cidr: "10.20.1.0/24" });
  await make("subnet without a gateway", { cidr: "10.20.2.0/24", gateway_ip: null, enable_dhcp: false });
  await make("subnet with routes", {
    cidr: "10.20.3.0/24",
    host_routes: [{ destination: "10.99.0.0/16", nexthop: "10.20.3.9" }],
  });
  await make("subnet that overlaps", { cidr: "10.20.0.128/25" });
  await make("subnet that is the same", { cidr: "10.20.0.0/24" });
  await make("subnet with host bits", { cidr: "10.20.9.7/24" });
  await make("subnet with no cidr", { cidr: "nonsense" });
  await make("subnet without a cidr", {});
  await make("subnet of an unknown network", { network_id: NO_ID, cidr: "10.21.0.0/24" });
  await make("subnet of somebody else's network", { network_id: external, cidr: "10.21.0.0/24" });
  await make("subnet with a wrong version", { cidr: "10.21.0.0/24", ip_version: 5 });
  await make("subnet of the other version", { cidr: "10.21.0.0/24", ip_version: 6 });
  await make("subnet with a gateway elsewhere", { cidr: "10.21.0.0/24", gateway_ip: "10.22.0.1" });
  await make("subnet with a pool elsewhere", {
    cidr: "10.21.0.0/24",
    allocation_pools: [{ start: "10.22.0.5", end: "10.22.0.9" }],
  });
  await make("subnet with a pool on its gateway", {
    cidr: "10.21.0.0/24",
    gateway_ip: "10.21.0.5",
    allocation_pools: [{ start: "10.21.0.2", end: "10.21.0.9" }],
  });
  await make("subnet with a wrong server", { cidr: "10.21.0.0/24", dns_nameservers: ["nonsense"] });
  await make("subnet with a server twice", { cidr: "10.21.0.0/24", dns_nameservers: ["1.1.1.1", "1.1.1.1"] });
  await make("subnet with IPv6", { cidr: "fd00:20::/64", ip_version: 6, ...STATEFUL });
  const change = (step: string, values: object) => api.put(step, `/subnets/${subnet}`, { subnet: values });
  await change("subnet with other servers", { dns_nameservers: ["8.8.8.8"], name: "nodes-2" });
  await change("subnet with a larger pool", {
    allocation_pools: [{ start: "10.20.0.5", end: "10.20.0.220" }],
  });
  await change("subnet with a new cidr", { cidr: "10.30.0.0/24" });
  await change("subnet without DHCP", { enable_dhcp: false });
  await api.put("subnet with tags", `/subnets/${subnet}/tags`, { tags: ["a"] });
  await api.get("subnets by tag", "/subnets?tags=a");
  await api.get("unknown subnet", `/subnets/${NO_ID}`);
  await api.delete("unknown subnet deleted", `/subnets/${NO_ID}`);
  return subnet;
}

async function ports(api: Caller, network: string, subnet: string): Promise<string> {
  const make = (step: string, values: object) =>
    api.post(step, "/ports", { port: { network_id: network, ...values } });
  const fixed = (ip_address?: string) => [{ subnet_id: subnet, ip_address }];
  const port = await api.made("port", "/ports", {
    port: {
      network_id: network, name: "node-1", admin_state_up: true, fixed_ips: fixed("10.20.0.50"),
      allowed_address_pairs: [{ ip_address: "10.99.0.0/16" }, { ip_address: "10.20.0.9" }],
    },
  }); // prettier-ignore
  const { body } = await api.get("port itself", `/ports/${port}`);
  const [group] = (body as { port?: { security_groups: string[] } }).port?.security_groups ?? [];
  await api.get("ports of a security group", `/ports?security_groups=${group ?? NO_ID}`);
  await api.get("ports of no security group", `/ports?security_groups=${NO_ID}`);
  await api.get("port by its id", `/ports?id=${port}`);
  await api.get("ports by name", "/ports?name=node-1");
  await api.get("ports by address", "/ports?fixed_ips=ip_address%3D10.20.0.50");
  await api.get("ports by subnet and name", `/ports?fixed_ips=subnet_id%3D${subnet}&name=node-1`);
  await api.get("ports by owner", "/ports?device_owner=compute:nova");
  await api.get("port of a network by name", `/ports?name=node-1&network_id=${network}`);
  await make("port with an address that is taken", { fixed_ips: fixed("10.20.0.50") });
  await make("port with an address elsewhere", { fixed_ips: fixed("10.21.0.50") });
  await make("port with an address of no subnet", { fixed_ips: [{ ip_address: "172.31.0.4" }] });
  await make("port with no address", { fixed_ips: fixed("nonsense") });
  await make("port of an unknown subnet", { fixed_ips: [{ subnet_id: NO_ID }] });
  await make("port of an unknown network", { network_id: NO_ID });
  await make("port of an unknown security group", { security_groups: [NO_ID] });
  await make("port with a wrong security group", { security_groups: ["default"] });
  await make("port with a wrong pair", { allowed_address_pairs: [{ ip_address: "nonsense" }] });
  await make("port with a pair twice", {
    allowed_address_pairs: [{ ip_address: "10.9.0.1" }, { ip_address: "10.9.0.1" }],
  });
  await make("port with too many pairs", {
    allowed_address_pairs: Array.from({ length: 11 }, (_, i) => ({ ip_address: `10.9.0.${i + 1}` })),
  });
  await make("port without security", {
    port_security_enabled: false,
    security_groups: [],
    fixed_ips: fixed("10.20.0.60"),
    name: "free",
  });
  await make("port without security but with groups", {
    port_security_enabled: false,
    security_groups: [NO_ID],
  });
  await make("port with a MAC address", { mac_address: "fa:16:3e:00:00:99", fixed_ips: fixed("10.20.0.61") });
  await make("port with the same MAC address", { mac_address: "fa:16:3e:00:00:99" });
  await make("port with a wrong MAC address", { mac_address: "nonsense" });
  await make("port with an unknown attribute", { colour: "blue" });
  await make("port on a host", { "binding:host_id": "here" });
  const change = (step: string, values: object) => api.put(step, `/ports/${port}`, { port: values });
  await change("port without pairs", { allowed_address_pairs: [] });
  await change("port renamed", { name: "node-2", description: "d" });
  await change("port without groups", { security_groups: [] });
  await change("port with two addresses", { fixed_ips: [...fixed("10.20.0.50"), ...fixed("10.20.0.51")] });
  await change("port of an unknown group", { security_groups: [NO_ID] });
  await change("port with a name for DNS", { dns_name: "node-1" });
  await change("port down", { admin_state_up: false });
  await change("port on another network", { network_id: NO_ID });
  await change("port of a device", { device_id: "x", device_owner: "compute:nova" });
  await api.put("port with tags", `/ports/${port}/tags`, { tags: ["a", "b"] });
  await api.get("ports by tags", "/ports?tags=a,b");
  await api.get("unknown port", `/ports/${NO_ID}`);
  await api.put("unknown port changed", `/ports/${NO_ID}`, { port: { name: "x" } });
  await api.delete("unknown port deleted", `/ports/${NO_ID}`);
  return port;
}

async function pages(api: Caller): Promise<void> {
  const first = await api.get(
    "ports, first page",
    "/ports?limit=1&sort_key=name&sort_dir=asc&fields=name&fields=id",
  );
  const marker = (first.body as { ports?: { id: string }[] }).ports?.[0]?.id ?? NO_ID;
  await api.get(
    "ports, last page",
    `/ports?limit=1000&marker=${marker}&sort_key=name&sort_dir=asc&fields=name`,
  );
  await api.get("ports after an unknown marker", `/ports?limit=1&marker=${NO_ID}`);
  await api.get("ports with no limit", "/ports?limit=nonsense");
  await api.get("ports by an unknown order", "/ports?sort_key=colour&sort_dir=asc");
}

async function cleanUp(api: Caller, network: string, subnet: string, port: string): Promise<void> {
  await api.delete("subnet in use", `/subnets/${subnet}`);
  await api.delete("network in use", `/networks/${network}`);
  await api.delete("port deleted", `/ports/${port}`);
  await api.delete("port deleted again", `/ports/${port}`);
  const { body } = await api.get("ports that are left", "/ports?fields=id&fields=name");
  const left = (body as { ports?: { id: string }[] }).ports ?? [];
  for (const [index, { id }] of left.entries()) await api.delete(`port ${index + 1} deleted`, `/ports/${id}`);
  await api.delete("subnet deleted", `/subnets/${subnet}`);
  await api.delete("network with its subnets deleted", `/networks/${network}`);
  await api.get("networks that are left", "/networks?router:external=false");
  await api.get("subnets that are left", `/subnets?network_id=${network}`);
}

async function others(scene: Scene, api: Caller, network: string): Promise<void> {
  const stranger = await scene.stranger();
  const { recorder } = scene;
  const call = (step: string, method: string, body?: unknown) =>
    recorder.call(step, method, "network", `/v2.0/networks/${network}`, { token: stranger.token, body });
  await call("somebody else's network", "GET");
  await call("somebody else's network changed", "PUT", { network: { name: "mine" } });
  await call("somebody else's network deleted", "DELETE");
  await api.put("external network changed", `/networks/${scene.facts.externalNetwork}`, {
    network: { name: "mine" },
  });
  await api.delete("external network deleted", `/networks/${scene.facts.externalNetwork}`);
  await api.get("free addresses", `/network-ip-availabilities/${scene.facts.externalNetwork}`);
  await api.get("external network itself", `/networks/${scene.facts.externalNetwork}`, { typesOnly: true });
}

export const network: Area = async (scene) => {
  const api = below(scene.recorder, "network", "/v2.0");
  await api.get("extensions", "/extensions", { typesOnly: true });
  await api.get("extension", "/extensions/router", { typesOnly: true });
  await api.get("unknown extension", "/extensions/colour");
  await api.get("availability zones", "/availability_zones", { typesOnly: true });
  const network = await networks(api);
  await others(scene, api, network);
  const subnet = await subnets(api, network, scene.facts.externalNetwork);
  const port = await ports(api, network, subnet);
  await pages(api);
  const { projectId } = scene.connection;
  for (const collection of ["networks", "ports"])
    await api.get(`${collection} of a project`, `/${collection}?project_id=${projectId}`, {
      typesOnly: true,
    });
  await cleanUp(api, network, subnet, port);
};
