import assert from "node:assert/strict";
import { TestCloud, type Json } from "./openstack-support";

const V2 = "/network/v2.0";

describe("simulated Neutron", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.stop());

  describe("networks", () => {
    it("are made, found, changed, tagged and deleted", async () => {
      const { id } = await cloud.network();
      await cloud.ok("PUT", `${V2}/networks/${id}`, { network: { description: "new" } });
      await cloud.ok("PUT", `${V2}/networks/${id}/tags`, { tags: ["a", "b"] });
      await cloud.call("DELETE", `${V2}/networks/${id}/tags/b`);
      const [found] = (await cloud.ok("GET", `${V2}/networks?name=net&tags=a&status=ACTIVE`)) as Json[];
      assert.deepEqual([found?.id, found?.description, found?.tags, found?.mtu], [id, "new", ["a"], 1450]);
      assert.deepEqual(await cloud.ok("GET", `${V2}/networks?tags=b`), []);
      assert.equal((await cloud.call("DELETE", `${V2}/networks/${id}`)).status, 204);
      await cloud.refused(404, /NetworkNotFound.*could not be found/, "GET", `${V2}/networks/${id}`);
    });

    it("of another project do not exist for the caller, the external one does", async () => {
      const { id } = await cloud.network();
      await cloud.client.ensureProject("other");
      cloud.session = await cloud.client.login("other");
      await cloud.refused(404, /could not be found/, "GET", `${V2}/networks/${id}`);
      const networks = (await cloud.ok("GET", `${V2}/networks`)) as Json[];
      assert.deepEqual(
        networks.map(({ name }) => name),
        ["public"],
      );
      await cloud.refused(403, /PolicyNotAuthorized/, "DELETE", `${V2}/networks/${networks[0]?.id}`);
    });

    it("refuse filters and attributes that they do not know", async () => {
      await cloud.refused(400, /invalid attribute for filter/, "GET", `${V2}/networks?nmae=net`);
      await cloud.refused(400, /invalid attribute for filter/, "GET", `${V2}/routers?nmae=net`);
      await cloud.refused(400, /Unrecognized attribute\(s\) 'colour'/, "POST", `${V2}/networks`, {
        network: { colour: "red" },
      });
      await cloud.refused(403, /shared/, "POST", `${V2}/networks`, { network: { shared: true } });
    });

    it("are listed in pages that follow each other", async () => {
      for (const name of ["a", "b", "c"]) await cloud.ok("POST", `${V2}/networks`, { network: { name } });
      const first = await cloud.call("GET", `${V2}/networks?limit=2&sort_key=name&sort_dir=desc`);
      const next = new URL(first.body.networks_links[0].href);
      const second = await cloud.call("GET", next.pathname + next.search);
      const names = [...first.body.networks, ...second.body.networks].map(({ name }: Json) => name);
      assert.deepEqual(names, ["public", "c", "b", "a"]);
      assert.equal(second.body.networks_links, undefined);
    });

    it("stay while ports are in use", async () => {
      const { id } = await cloud.network();
      await cloud.subnet(id);
      await cloud.port(id);
      await cloud.refused(409, /NetworkInUse/, "DELETE", `${V2}/networks/${id}`);
    });
  });

  describe("subnets", () => {
    it("get a gateway and pools around it", async () => {
      const { id } = await cloud.network();
      const usual = await cloud.subnet(id);
      assert.equal(usual.gateway_ip, "10.0.0.1");
      assert.deepEqual(usual.allocation_pools, [{ start: "10.0.0.2", end: "10.0.0.254" }]);
      const middle = await cloud.subnet(id, { cidr: "10.0.1.0/29", gateway_ip: "10.0.1.3" });
      assert.deepEqual(middle.allocation_pools, [
        { start: "10.0.1.1", end: "10.0.1.2" },
        { start: "10.0.1.4", end: "10.0.1.6" },
      ]);
      const closed = await cloud.subnet(id, { cidr: "10.0.2.0/29", gateway_ip: null });
      assert.deepEqual([closed.gateway_ip, closed.allocation_pools.length], [null, 1]);
      const ipv6 = await cloud.subnet(id, { cidr: "2001:db8::/64", ip_version: 6 });
      assert.equal(ipv6.gateway_ip, "2001:db8::");
      assert.equal(ipv6.allocation_pools[0].end, "2001:db8::ffff:ffff:ffff:ffff");
    });

    it("refuse overlaps and ranges that make no sense", async () => {
      const { id } = await cloud.network();
      await cloud.subnet(id);
      const attempt = (words: RegExp, status: number, subnet: Json) =>
        cloud.refused(status, words, "POST", `${V2}/subnets`, {
          subnet: { network_id: id, ip_version: 4, ...subnet },
        });
      await attempt(/overlaps with another subnet/, 400, { cidr: "10.0.0.128/25" });
      await attempt(/not a valid IP subnet/, 400, { cidr: "10.1.0.0/33" });
      await attempt(/does not match/, 400, { cidr: "2001:db8::/64" });
      const cidr = "10.1.0.0/24";
      await attempt(/OutOfBounds/, 400, { cidr, allocation_pools: [{ start: "10.1.0.9", end: "10.1.1.9" }] });
      await attempt(/InvalidAllocationPool/, 400, {
        cidr,
        allocation_pools: [{ start: "10.1.0.9", end: "10.1.0.8" }],
      });
      await attempt(/GatewayConflict/, 409, {
        cidr,
        allocation_pools: [{ start: "10.1.0.1", end: "10.1.0.8" }],
      });
      const twice = [
        { start: "10.1.0.9", end: "10.1.0.19" },
        { start: "10.1.0.15", end: "10.1.0.20" },
      ];
      await attempt(/OverlappingAllocationPools/, 409, { cidr, allocation_pools: twice });
    });

    it("stay while a port has an address of them", async () => {
      const { id } = await cloud.network();
      const subnet = await cloud.subnet(id);
      const port = await cloud.port(id);
      await cloud.refused(409, /SubnetInUse/, "DELETE", `${V2}/subnets/${subnet.id}`);
      await cloud.call("DELETE", `${V2}/ports/${port.id}`);
      assert.equal((await cloud.call("DELETE", `${V2}/subnets/${subnet.id}`)).status, 204);
    });
  });

  describe("ports", () => {
    it("get addresses from the pool, each its own, and give them back", async () => {
      const { id } = await cloud.network();
      await cloud.subnet(id, { allocation_pools: [{ start: "10.0.0.10", end: "10.0.0.11" }] });
      const [first, second] = [await cloud.port(id), await cloud.port(id)];
      assert.deepEqual(
        [first, second].map((port) => port.fixed_ips[0].ip_address),
        ["10.0.0.10", "10.0.0.11"],
      );
      await cloud.refused(409, /No more IP addresses/, "POST", `${V2}/ports`, { port: { network_id: id } });
      await cloud.call("DELETE", `${V2}/ports/${first.id}`);
      assert.equal((await cloud.port(id)).fixed_ips[0].ip_address, "10.0.0.10");
    });

    it("take a given address only when it is free and of their subnet", async () => {
      const { id } = await cloud.network();
      const subnet = await cloud.subnet(id);
      const wish = (ip_address: string) => ({
        port: { network_id: id, fixed_ips: [{ subnet_id: subnet.id, ip_address }] },
      });
      await cloud.ok("POST", `${V2}/ports`, wish("10.0.0.50"));
      await cloud.refused(409, /IpAddressAlreadyAllocated/, "POST", `${V2}/ports`, wish("10.0.0.50"));
      await cloud.refused(400, /InvalidIpForSubnet/, "POST", `${V2}/ports`, wish("10.9.0.50"));
      const [found] = (await cloud.ok("GET", `${V2}/ports?fixed_ips=ip_address%3D10.0.0.50`)) as Json[];
      assert.equal(found?.fixed_ips[0].ip_address, "10.0.0.50");
    });

    it("have the default group, or those that are named and exist", async () => {
      const { id } = await cloud.network();
      const [standard] = (await cloud.ok("GET", `${V2}/security-groups?name=default`)) as Json[];
      assert.deepEqual((await cloud.port(id)).security_groups, [standard?.id]);
      assert.deepEqual((await cloud.port(id, { security_groups: [] })).security_groups, []);
      const wanted = (group: string) => ({ port: { network_id: id, security_groups: [group] } });
      const nobody = "00000000-0000-4000-8000-000000000000";
      await cloud.refused(404, /Security group .* does not exist/, "POST", `${V2}/ports`, wanted(nobody));
      await cloud.refused(400, /not a valid UUID/, "POST", `${V2}/ports`, wanted("by-name"));
    });

    it("refuse the same address pair twice and more than ten", async () => {
      const { id } = await cloud.network();
      const pair = (n: number) => ({ ip_address: `10.8.0.${n}` });
      const make = (pairs: Json[]) => ({ port: { network_id: id, allowed_address_pairs: pairs } });
      await cloud.refused(400, /DuplicateAddressPair/, "POST", `${V2}/ports`, make([pair(1), pair(1)]));
      const eleven = Array.from({ length: 11 }, (_, n) => pair(n));
      await cloud.refused(400, /exceeds the maximum 10/, "POST", `${V2}/ports`, make(eleven));
    });
  });

  describe("routers and floating IPs", () => {
    async function routed() {
      const network = await cloud.network();
      const subnet = await cloud.subnet(network.id);
      const router = await cloud.ok("POST", `${V2}/routers`, {
        router: { name: "r", external_gateway_info: { network_id: await cloud.externalNetworkId() } },
      });
      await cloud.ok("PUT", `${V2}/routers/${router.id}/add_router_interface`, { subnet_id: subnet.id });
      return { network, subnet, router };
    }

    it("take the subnet's gateway, once", async () => {
      const { subnet, router } = await routed();
      const [port] = (await cloud.ok("GET", `${V2}/ports?device_owner=network:router_interface`)) as Json[];
      assert.deepEqual([port?.device_id, port?.fixed_ips[0].ip_address], [router.id, "10.0.0.1"]);
      assert.equal(router.external_gateway_info.external_fixed_ips[0].ip_address, "203.0.113.2");
      const path = `${V2}/routers/${router.id}/add_router_interface`;
      await cloud.refused(400, /already has a port on subnet/, "PUT", path, { subnet_id: subnet.id });
      await cloud.refused(409, /cannot be deleted directly/, "DELETE", `${V2}/ports/${port?.id}`);
      await cloud.refused(409, /RouterInUse/, "DELETE", `${V2}/routers/${router.id}`);
    });

    it("connect a floating IP to a port, and hold what it needs", async () => {
      const { network, subnet, router } = await routed();
      const port = await cloud.port(network.id);
      const floating_network_id = await cloud.externalNetworkId();
      const floating = await cloud.ok("POST", `${V2}/floatingips`, { floatingip: { floating_network_id } });
      assert.equal(floating.status, "DOWN");
      const bound = await cloud.ok("PUT", `${V2}/floatingips/${floating.id}`, {
        floatingip: { port_id: port.id },
      });
      assert.deepEqual(
        [bound.router_id, bound.fixed_ip_address, bound.status],
        [router.id, port.fixed_ips[0].ip_address, "ACTIVE"],
      );
      const second = { floatingip: { floating_network_id, port_id: port.id } };
      await cloud.refused(409, /already has a floating IP/, "POST", `${V2}/floatingips`, second);
      const remove = `${V2}/routers/${router.id}/remove_router_interface`;
      await cloud.refused(409, /InUseByFloatingIP/, "PUT", remove, { subnet_id: subnet.id });
      await cloud.refused(409, /required by one or more floating IPs/, "PUT", `${V2}/routers/${router.id}`, {
        router: { external_gateway_info: {} },
      });
      await cloud.call("DELETE", `${V2}/ports/${port.id}`);
      const free = await cloud.ok("GET", `${V2}/floatingips/${floating.id}`);
      assert.deepEqual([free.port_id, free.router_id, free.status], [null, null, "DOWN"]);
      await cloud.ok("PUT", remove, { subnet_id: subnet.id });
      assert.equal((await cloud.call("DELETE", `${V2}/routers/${router.id}`)).status, 204);
      assert.equal((await cloud.call("DELETE", `${V2}/floatingips/${floating.id}`)).status, 204);
      // Gateway and floating IP gave their outer addresses back.
      assert.equal((await cloud.client.state())["network.ports"], undefined);
    });

    it("refuse a floating IP for a port that no router reaches", async () => {
      const network = await cloud.network();
      await cloud.subnet(network.id);
      const port = await cloud.port(network.id);
      const floatingip = { floating_network_id: await cloud.externalNetworkId(), port_id: port.id };
      await cloud.refused(404, /is not reachable from subnet/, "POST", `${V2}/floatingips`, { floatingip });
    });

    it("refuse a gateway to an inner network and leave no router behind", async () => {
      const { id } = await cloud.network();
      const router = { external_gateway_info: { network_id: id } };
      await cloud.refused(400, /not an external network/, "POST", `${V2}/routers`, { router });
      const network_id = await cloud.externalNetworkId();
      const elsewhere = { network_id, external_fixed_ips: [{ ip_address: "192.0.2.1" }] };
      await cloud.refused(400, /InvalidIpForNetwork/, "POST", `${V2}/routers`, {
        router: { external_gateway_info: elsewhere },
      });
      assert.deepEqual(await cloud.ok("GET", `${V2}/routers`), []);
    });
  });

  describe("security groups", () => {
    const group = () => cloud.ok("POST", `${V2}/security-groups`, { security_group: { name: "g" } });
    const rule = (security_group_id: string, more: Json) => ({
      security_group_rule: { security_group_id, direction: "ingress", ethertype: "IPv4", ...more },
    });

    it("begin with egress rules only", async () => {
      const { id, security_group_rules: rules } = await group();
      assert.deepEqual(
        rules.map(({ direction, ethertype }: Json) => `${direction} ${ethertype}`),
        ["egress IPv4", "egress IPv6"],
      );
      await cloud.ok("DELETE", `${V2}/security-groups/${id}`);
      assert.deepEqual(await cloud.ok("GET", `${V2}/security-group-rules?security_group_id=${id}`), []);
    });

    it("take a rule once", async () => {
      const { id } = await group();
      const ssh = rule(id, {
        protocol: "tcp",
        port_range_min: 22,
        port_range_max: 22,
        remote_ip_prefix: "198.51.100.7",
      });
      const made = await cloud.ok("POST", `${V2}/security-group-rules`, ssh);
      assert.equal(made.remote_ip_prefix, "198.51.100.7/32");
      await cloud.refused(
        409,
        new RegExp(`SecurityGroupRuleExists.*${made.id}`),
        "POST",
        `${V2}/security-group-rules`,
        ssh,
      );
    });

    it("refuse rules that mean nothing", async () => {
      const { id } = await group();
      const attempt = (words: RegExp, more: Json) =>
        cloud.refused(400, words, "POST", `${V2}/security-group-rules`, rule(id, more));
      await attempt(/Must also specify protocol/, { port_range_min: 1, port_range_max: 2 });
      await attempt(/port_range_min must be <=/, { protocol: "tcp", port_range_min: 9, port_range_max: 2 });
      await attempt(/only supported for TCP/, { protocol: "vrrp", port_range_min: 1, port_range_max: 2 });
      await attempt(/not supported/, { protocol: "smtp" });
      await attempt(/Conflicting value ethertype/, { remote_ip_prefix: "2001:db8::/32" });
      await attempt(/Only one of remote_ip_prefix or remote_group_id/, {
        remote_ip_prefix: "10.0.0.0/8",
        remote_group_id: id,
      });
      await attempt(/Invalid input for direction/, { direction: "sideways" });
    });

    it("stay while a port uses them", async () => {
      const network = await cloud.network();
      const { id } = await group();
      await cloud.port(network.id, { security_groups: [id] });
      await cloud.refused(409, /SecurityGroupInUse/, "DELETE", `${V2}/security-groups/${id}`);
    });
  });

  it("enforces quotas, which only an administrator changes", async () => {
    const path = `${V2}/quotas/${cloud.session.projectId}`;
    await cloud.refused(403, /PolicyNotAuthorized/, "PUT", path, { quota: { network: 1 } });
    const admin = await cloud.client.login("admin");
    await admin.request("PUT", path, { body: { quota: { network: 1 } } });
    await cloud.network();
    await cloud.refused(409, /OverQuota.*\['network'\]/, "POST", `${V2}/networks`, { network: {} });
    const details = await cloud.ok("GET", `${path}/details.json`);
    assert.deepEqual(details.network, { limit: 1, used: 1, reserved: 0 });
  });
});
