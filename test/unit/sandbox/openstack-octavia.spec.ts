import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { TestCloud, type Json } from "./openstack-support";

const LB = "/load-balancer/v2.0/lbaas";

const NOBODY = "00000000-0000-4000-8000-000000000000";

describe("simulated Octavia", () => {
  let cloud: TestCloud;
  let subnet: Json;
  let network: Json;

  async function begin(speed = 0): Promise<void> {
    cloud = await TestCloud.start(speed);
    network = await cloud.network();
    subnet = await cloud.subnet(network.id);
  }

  const balancer = (more: Json = {}): Promise<Json> =>
    cloud.ok("POST", `${LB}/loadbalancers`, {
      loadbalancer: { name: "lb", vip_subnet_id: subnet.id, ...more },
    });
  const listener = (loadbalancer_id: string, more: Json = {}): Promise<Json> =>
    cloud.ok("POST", `${LB}/listeners`, {
      listener: { loadbalancer_id, protocol: "TCP", protocol_port: 6443, ...more },
    });
  const pool = (parent: Json, more: Json = {}): Promise<Json> =>
    cloud.ok("POST", `${LB}/pools`, {
      pool: { protocol: "TCP", lb_algorithm: "ROUND_ROBIN", ...parent, ...more },
    });
  const member = (poolId: string, more: Json = {}): Promise<Json> =>
    cloud.ok("POST", `${LB}/pools/${poolId}/members`, {
      member: { address: "10.0.0.11", protocol_port: 6443, subnet_id: subnet.id, ...more },
    });
  const monitor = (pool_id: string, more: Json = {}): Promise<Json> =>
    cloud.ok("POST", `${LB}/healthmonitors`, {
      healthmonitor: { pool_id, type: "TCP", delay: 10, timeout: 5, max_retries: 3, ...more },
    });
  const show = (path: string): Promise<Json> => cloud.ok("GET", `${LB}/${path}`);

  afterEach(() => cloud.stop());

  describe("at once", () => {
    beforeEach(() => begin());

    it("builds a tree, shows it from each of its parts, and takes it down part by part", async () => {
      const lb = await balancer({ tags: ["a", "b"] });
      const front = await listener(lb.id, { allowed_cidrs: ["192.0.2.0/24"], timeout_client_data: 1000 });
      const back = await pool({ listener_id: front.id });
      const machine = await member(back.id);
      const watch = await monitor(back.id, { type: "HTTPS", url_path: "/healthz" });
      const shown = await show(`loadbalancers/${lb.id}`);
      assert.deepEqual(
        [shown.provisioning_status, shown.operating_status, shown.provider, shown.tags],
        ["ACTIVE", "ONLINE", "amphora", ["a", "b"]],
      );
      assert.deepEqual([shown.listeners, shown.pools], [[{ id: front.id }], [{ id: back.id }]]);
      const shownFront = await show(`listeners/${front.id}`);
      assert.deepEqual(
        [shownFront.default_pool_id, shownFront.allowed_cidrs, shownFront.loadbalancers],
        [back.id, ["192.0.2.0/24"], [{ id: lb.id }]],
      );
      assert.deepEqual([shownFront.timeout_client_data, shownFront.timeout_member_data], [1000, 50_000]);
      const shownBack = await show(`pools/${back.id}`);
      assert.deepEqual(
        [shownBack.members, shownBack.healthmonitor_id, shownBack.listeners],
        [[{ id: machine.id }], watch.id, [{ id: front.id }]],
      );
      const shownWatch = await show(`healthmonitors/${watch.id}`);
      assert.deepEqual(
        [shownWatch.pools, shownWatch.http_method, shownWatch.expected_codes, shownWatch.max_retries_down],
        [[{ id: back.id }], "GET", "200", 3],
      );
      const tree = await show(`loadbalancers/${lb.id}/status`);
      assert.equal(tree.loadbalancer.listeners[0].pools[0].members[0].operating_status, "ONLINE");
      assert.equal((await show(`loadbalancers/${lb.id}/stats`)).total_connections, 0);
      for (const path of [
        `healthmonitors/${watch.id}`,
        `pools/${back.id}/members/${machine.id}`,
        `pools/${back.id}`,
        `listeners/${front.id}`,
        `loadbalancers/${lb.id}`,
      ]) {
        assert.equal((await cloud.call("DELETE", `${LB}/${path}`)).status, 204);
        await cloud.refused(404, /not found/, "GET", `${LB}/${path}`);
      }
    });

    it("holds the address with a port of its own behind a group of its own", async () => {
      const lb = await balancer();
      const port = await cloud.ok("GET", `/network/v2.0/ports/${lb.vip_port_id}`);
      assert.deepEqual(
        [port.device_owner, port.device_id, port.name, port.fixed_ips],
        [
          "Octavia",
          `lb-${lb.id}`,
          `octavia-lb-${lb.id}`,
          [{ subnet_id: subnet.id, ip_address: lb.vip_address }],
        ],
      );
      assert.deepEqual([lb.vip_network_id, lb.vip_subnet_id], [network.id, subnet.id]);
      await listener(lb.id, { allowed_cidrs: ["192.0.2.0/24"] });
      const rules = () =>
        cloud.simulator.store
          .list("network.security_group_rules")
          .filter(({ security_group_id }) => security_group_id === port.security_groups[0])
          .map((rule) => [rule["port_range_min"], rule["remote_ip_prefix"]]);
      assert.deepEqual(rules(), [[6443, "192.0.2.0/24"]]);
      const [front] = (await cloud.ok("GET", `${LB}/listeners`)) as Json[];
      await cloud.ok("PUT", `${LB}/listeners/${front?.id}`, { listener: { allowed_cidrs: null } });
      assert.deepEqual(rules(), [[6443, "0.0.0.0/0"]]);
      await cloud.call("DELETE", `${LB}/loadbalancers/${lb.id}?cascade=true`);
      await cloud.refused(404, /PortNotFound/, "GET", `/network/v2.0/ports/${port.id}`);
      assert.deepEqual(rules(), []);
      assert.equal(cloud.simulator.store.get("network.security_groups", port.security_groups[0]), undefined);
    });

    it("takes the address that is asked for, and fails with Neutron's words for a taken one", async () => {
      const lb = await balancer({ vip_address: "10.0.0.200" });
      assert.equal(lb.vip_address, "10.0.0.200");
      const again = { loadbalancer: { vip_subnet_id: subnet.id, vip_address: "10.0.0.200" } };
      await cloud.refused(500, /reports error: .* already allocated/, "POST", `${LB}/loadbalancers`, again);
      const byNetwork = await balancer({ vip_subnet_id: undefined, vip_network_id: network.id });
      assert.equal(byNetwork.vip_subnet_id, subnet.id);
      assert.equal(((await cloud.ok("GET", `${LB}/loadbalancers`)) as Json[]).length, 2);
    });

    it("takes a port of the user, adds its group, and leaves the port when it goes", async () => {
      const port = await cloud.port(network.id);
      const lb = await balancer({ vip_subnet_id: undefined, vip_port_id: port.id });
      assert.equal(lb.vip_address, port.fixed_ips[0].ip_address);
      const guarded = await cloud.ok("GET", `/network/v2.0/ports/${port.id}`);
      assert.equal(guarded.security_groups.length, port.security_groups.length + 1);
      await cloud.call("DELETE", `${LB}/loadbalancers/${lb.id}`);
      const left = await cloud.ok("GET", `/network/v2.0/ports/${port.id}`);
      assert.deepEqual(left.security_groups, port.security_groups);
      const busy = await cloud.port(network.id, { device_id: "somebody" });
      await cloud.refused(400, /already used by device somebody/, "POST", `${LB}/loadbalancers`, {
        loadbalancer: { vip_port_id: busy.id },
      });
    });

    it("lets a floating IP go with its address", async () => {
      const external = await cloud.externalNetworkId();
      const router = await cloud.ok("POST", "/network/v2.0/routers", {
        router: { external_gateway_info: { network_id: external } },
      });
      await cloud.call("PUT", `/network/v2.0/routers/${router.id}/add_router_interface`, {
        subnet_id: subnet.id,
      });
      const lb = await balancer();
      const floating = await cloud.ok("POST", "/network/v2.0/floatingips", {
        floatingip: { floating_network_id: external, port_id: lb.vip_port_id },
      });
      assert.equal(floating.fixed_ip_address, lb.vip_address);
      await cloud.call("DELETE", `${LB}/loadbalancers/${lb.id}`);
      const left = await cloud.ok("GET", `/network/v2.0/floatingips/${floating.id}`);
      assert.deepEqual([left.port_id, left.fixed_ip_address], [null, null]);
    });

    it("refuses what does not exist or does not go together", async () => {
      const bad: [RegExp, Json][] = [
        [/Subnet 0.* not found/, { vip_subnet_id: NOBODY }],
        [/field\/attribute vip_subnet_id/, { vip_subnet_id: "by-name" }],
        [/Network 0.* not found/, { vip_network_id: NOBODY }],
        [/Port 0.* not found/, { vip_port_id: NOBODY }],
        [/VIP must contain one of/, {}],
        [/Provider 'f5' is not enabled/, { vip_subnet_id: subnet.id, provider: "f5" }],
        [/Invalid flavor_id/, { vip_subnet_id: subnet.id, flavor_id: "nope" }],
        [/Invalid availability_zone/, { vip_subnet_id: subnet.id, availability_zone: "nope" }],
        [
          /Unknown attribute for argument load_balancer.loadbalancer: colour/,
          { vip_subnet_id: subnet.id, colour: "red" },
        ],
      ];
      for (const [words, loadbalancer] of bad)
        await cloud.refused(400, words, "POST", `${LB}/loadbalancers`, { loadbalancer });
      assert.deepEqual(await cloud.ok("GET", `${LB}/loadbalancers`), []);
      const lb = await balancer();
      const tcp = { loadbalancer_id: lb.id, protocol: "TCP", protocol_port: 1 };
      await cloud.refused(400, /IP version incompatible/, "POST", `${LB}/listeners`, {
        listener: { ...tcp, allowed_cidrs: ["2001:db8::/32"] },
      });
      await cloud.refused(400, /allowed_cidrs/, "POST", `${LB}/listeners`, {
        listener: { ...tcp, allowed_cidrs: ["everybody"] },
      });
      await cloud.refused(400, /insert-headers/, "POST", `${LB}/listeners`, {
        listener: { ...tcp, insert_headers: { "X-Forwarded-For": "true" } },
      });
      await cloud.refused(400, /certificate container reference must/, "POST", `${LB}/listeners`, {
        listener: { ...tcp, protocol: "TERMINATED_HTTPS" },
      });
      const front = await listener(lb.id, { protocol: "HTTP" });
      await cloud.refused(400, /pool protocol 'TCP' is invalid.*'HTTP'/, "POST", `${LB}/pools`, {
        pool: { listener_id: front.id, protocol: "TCP", lb_algorithm: "ROUND_ROBIN" },
      });
      const back = await pool({ loadbalancer_id: lb.id });
      await cloud.refused(400, /only supported for pools of type UDP/, "POST", `${LB}/healthmonitors`, {
        healthmonitor: { pool_id: back.id, type: "UDP-CONNECT", delay: 5, timeout: 3, max_retries: 3 },
      });
      await cloud.refused(400, /url_path is not a valid option/, "POST", `${LB}/healthmonitors`, {
        healthmonitor: { pool_id: back.id, type: "TCP", url_path: "/", delay: 5, timeout: 3, max_retries: 3 },
      });
      for (const [words, more] of [
        [/weight.*257/, { weight: 257 }],
        [/address/, { address: "node-1" }],
        [/Subnet nope not found/, { subnet_id: "nope" }],
      ] as const) {
        await cloud.refused(400, words, "POST", `${LB}/pools/${back.id}/members`, {
          member: { address: "10.0.0.11", protocol_port: 1, ...more },
        });
      }
      await cloud.refused(400, /cookie_name/, "POST", `${LB}/pools`, {
        pool: {
          loadbalancer_id: lb.id,
          protocol: "HTTP",
          lb_algorithm: "ROUND_ROBIN",
          session_persistence: { type: "APP_COOKIE" },
        },
      });
    });

    it("refuses a second of what there may be one of", async () => {
      const lb = await balancer();
      const front = await listener(lb.id);
      await cloud.refused(
        409,
        /already using protocol TCP and protocol_port 6443/,
        "POST",
        `${LB}/listeners`,
        {
          listener: { loadbalancer_id: lb.id, protocol: "HTTP", protocol_port: 6443 },
        },
      );
      await listener(lb.id, { protocol: "UDP" });
      const back = await pool({ listener_id: front.id });
      await cloud.refused(409, /already has a default pool/, "POST", `${LB}/pools`, {
        pool: { listener_id: front.id, protocol: "TCP", lb_algorithm: "ROUND_ROBIN" },
      });
      await member(back.id);
      await cloud.refused(409, /already using ip 10.0.0.11/, "POST", `${LB}/pools/${back.id}/members`, {
        member: { address: "10.0.0.11", protocol_port: 6443 },
      });
      await monitor(back.id);
      await cloud.refused(409, /already has a health monitor/, "POST", `${LB}/healthmonitors`, {
        healthmonitor: { pool_id: back.id, type: "TCP", delay: 5, timeout: 3, max_retries: 3 },
      });
    });

    it("deletes a load balancer with parts only when told to", async () => {
      const lb = await balancer();
      const front = await listener(lb.id);
      const back = await pool({ listener_id: front.id });
      const machine = await member(back.id);
      await cloud.refused(400, /it has children/, "DELETE", `${LB}/loadbalancers/${lb.id}`);
      assert.equal((await cloud.call("DELETE", `${LB}/loadbalancers/${lb.id}?cascade=true`)).status, 204);
      for (const path of [
        `listeners/${front.id}`,
        `pools/${back.id}`,
        `pools/${back.id}/members/${machine.id}`,
      ])
        await cloud.refused(404, /not found/, "GET", `${LB}/${path}`);
    });

    it("deletes a pool with its members, and the listener forgets it", async () => {
      const lb = await balancer();
      const front = await listener(lb.id);
      const back = await pool({ listener_id: front.id });
      await member(back.id);
      await monitor(back.id);
      await cloud.call("DELETE", `${LB}/pools/${back.id}`);
      assert.equal((await show(`listeners/${front.id}`)).default_pool_id, null);
      assert.deepEqual(await cloud.ok("GET", `${LB}/healthmonitors`), []);
      assert.deepEqual(cloud.simulator.store.list("load-balancer.members"), []);
    });

    it("replaces all members in one call, keeping those that stay", async () => {
      const lb = await balancer();
      const back = await pool({ loadbalancer_id: lb.id });
      const kept = await member(back.id, { weight: 5 });
      await member(back.id, { address: "10.0.0.12" });
      const path = `${LB}/pools/${back.id}/members`;
      const members = [
        { address: "10.0.0.11", protocol_port: 6443, name: "first" },
        { address: "10.0.0.13", protocol_port: 6443, subnet_id: subnet.id },
      ];
      assert.equal((await cloud.call("PUT", path, { members })).status, 202);
      const after = (await cloud.ok("GET", path)) as Json[];
      assert.deepEqual(
        after.map(({ address, name, weight }) => [address, name, weight]),
        [
          ["10.0.0.11", "first", 5],
          ["10.0.0.13", "", 1],
        ],
      );
      assert.equal(after[0]?.id, kept.id);
      await cloud.call("PUT", `${path}?additive_only=true`, {
        members: [{ address: "10.0.0.14", protocol_port: 6443 }],
      });
      assert.equal(((await cloud.ok("GET", path)) as Json[]).length, 3);
      await cloud.refused(409, /already using ip 10.0.0.15/, "PUT", path, {
        members: [1, 2].map(() => ({ address: "10.0.0.15", protocol_port: 1 })),
      });
      assert.equal((await cloud.call("PUT", path, { members: [] })).status, 202);
      assert.deepEqual(await cloud.ok("GET", path), []);
    });

    it("changes what may change and nothing else", async () => {
      const lb = await balancer();
      const front = await listener(lb.id, { description: "old", connection_limit: 10 });
      const changed = await cloud.ok("PUT", `${LB}/listeners/${front.id}`, { listener: { name: "new" } });
      assert.deepEqual([changed.name, changed.description, changed.connection_limit], ["new", "old", 10]);
      const reset = await cloud.ok("PUT", `${LB}/listeners/${front.id}`, {
        listener: { connection_limit: null },
      });
      assert.equal(reset.connection_limit, -1);
      await cloud.refused(
        400,
        /Unknown attribute for argument listener_.listener: protocol_port/,
        "PUT",
        `${LB}/listeners/${front.id}`,
        {
          listener: { protocol_port: 1 },
        },
      );
      await cloud.refused(404, /Pool nope not found/, "PUT", `${LB}/listeners/${front.id}`, {
        listener: { default_pool_id: "nope" },
      });
      await cloud.refused(
        400,
        /Unknown attribute for argument load_balancer.loadbalancer: vip_address/,
        "PUT",
        `${LB}/loadbalancers/${lb.id}`,
        {
          loadbalancer: { vip_address: "10.0.0.9" },
        },
      );
    });

    it("knows which pool a member is of", async () => {
      const lb = await balancer();
      const [one, two] = [await pool({ loadbalancer_id: lb.id }), await pool({ loadbalancer_id: lb.id })];
      const machine = await member(one.id);
      await cloud.refused(404, /Member .* not found/, "GET", `${LB}/pools/${two.id}/members/${machine.id}`);
      assert.deepEqual(await cloud.ok("GET", `${LB}/pools/${two.id}/members`), []);
    });

    it("lists by name, tags, parent and page, and refuses filters that it does not know", async () => {
      const lb = await balancer({ name: "one", tags: ["a", "b"] });
      const other = await balancer({ name: "two", tags: ["b"] });
      const names = async (query: string) =>
        ((await cloud.call("GET", `${LB}/loadbalancers?${query}`)).body.loadbalancers as Json[]).map(
          ({ name }) => name as string,
        );
      assert.deepEqual(await names("name=two"), ["two"]);
      assert.deepEqual(await names("tags=a,b"), ["one"]);
      assert.deepEqual(await names("tags-any=a,b"), ["one", "two"]);
      assert.deepEqual(await names("not-tags=a,b"), ["two"]);
      assert.deepEqual(await names("not-tags-any=b"), []);
      assert.deepEqual(await names(`vip_address=${other.vip_address}`), ["two"]);
      assert.deepEqual(await names(`limit=1&marker=${lb.id}`), ["two"]);
      await listener(lb.id);
      assert.equal(((await cloud.ok("GET", `${LB}/listeners?loadbalancer_id=${lb.id}`)) as Json[]).length, 1);
      assert.deepEqual(await cloud.ok("GET", `${LB}/listeners?loadbalancer_id=${other.id}`), []);
      await cloud.refused(400, /duplicate or invalid/, "GET", `${LB}/loadbalancers?nmae=one`);
    });

    it("does less with the OVN provider", async () => {
      const lb = await balancer({ provider: "ovn" });
      const port = await cloud.ok("GET", `/network/v2.0/ports/${lb.vip_port_id}`);
      const groups = (await cloud.ok("GET", "/network/v2.0/security-groups")) as Json[];
      assert.deepEqual(
        port.security_groups,
        groups.filter(({ name }) => name === "default").map(({ id }) => id),
      );
      await cloud.refused(501, /ROUND_ROBIN algorithm/, "POST", `${LB}/pools`, {
        pool: { loadbalancer_id: lb.id, protocol: "TCP", lb_algorithm: "ROUND_ROBIN" },
      });
      await cloud.refused(501, /allowed_cidrs/, "POST", `${LB}/listeners`, {
        listener: {
          loadbalancer_id: lb.id,
          protocol: "TCP",
          protocol_port: 1,
          allowed_cidrs: ["10.0.0.0/8"],
        },
      });
      await pool({ loadbalancer_id: lb.id }, { lb_algorithm: "SOURCE_IP_PORT" });
    });

    it("keeps projects apart and stops at the quota", async () => {
      const lb = await balancer();
      const mine = cloud.session;
      cloud.session = await cloud.client.login("admin");
      await cloud.ok("PUT", `${LB}/quotas/${mine.projectId}`, { quota: { loadbalancer: 1 } });
      cloud.session = mine;
      await cloud.refused(
        403,
        /Quota has been met for resources: Load Balancer/,
        "POST",
        `${LB}/loadbalancers`,
        {
          loadbalancer: { vip_subnet_id: subnet.id },
        },
      );
      assert.equal((await cloud.ok("GET", `${LB}/quotas/${mine.projectId}`)).load_balancer, 1);
      await cloud.refused(403, /Policy/, "PUT", `${LB}/quotas/${mine.projectId}`, {
        quota: { loadbalancer: 9 },
      });
      await cloud.client.ensureProject("other");
      cloud.session = await cloud.client.login("other");
      assert.deepEqual(await cloud.ok("GET", `${LB}/loadbalancers`), []);
      for (const method of ["GET", "DELETE"])
        await cloud.refused(404, /Load Balancer .* not found/, method, `${LB}/loadbalancers/${lb.id}`);
      await cloud.refused(400, /Subnet .* not found/, "POST", `${LB}/loadbalancers`, {
        loadbalancer: { vip_subnet_id: subnet.id },
      });
      await cloud.refused(403, /Policy/, "GET", `${LB}/quotas/${mine.projectId}`);
    });

    it("answers under /v2 and names its providers, flavors and zones", async () => {
      const providers = (await cloud.ok("GET", "/load-balancer/v2/lbaas/providers")) as Json[];
      assert.ok(providers.some(({ name }) => name === "ovn"));
      const [flavor] = (await cloud.ok("GET", `${LB}/flavors?name=single`)) as Json[];
      const lb = await balancer({ flavor_id: flavor?.id, availability_zone: "az2" });
      assert.deepEqual([lb.flavor_id, lb.availability_zone], [flavor?.id, "az2"]);
    });
  });

  describe("in its own time", () => {
    beforeEach(() => begin(1));

    async function active(id: string): Promise<void> {
      for (let tries = 0; tries < 100; tries++) {
        if ((await show(`loadbalancers/${id}`)).provisioning_status === "ACTIVE") return;
        await sleep(20);
      }
      assert.fail(`load balancer ${id} never became ACTIVE`);
    }

    it("changes one thing at a time: the rest of the tree is immutable meanwhile", async () => {
      const lb = await balancer();
      assert.deepEqual([lb.provisioning_status, lb.operating_status], ["PENDING_CREATE", "OFFLINE"]);
      const wish = { listener: { loadbalancer_id: lb.id, protocol: "TCP", protocol_port: 1 } };
      await cloud.refused(409, /immutable and cannot be updated/, "POST", `${LB}/listeners`, wish);
      await cloud.refused(
        409,
        /Invalid state PENDING_CREATE of loadbalancer resource/,
        "DELETE",
        `${LB}/loadbalancers/${lb.id}`,
      );
      await active(lb.id);
      const front = await listener(lb.id);
      assert.equal(front.provisioning_status, "PENDING_CREATE");
      assert.equal((await show(`loadbalancers/${lb.id}`)).provisioning_status, "PENDING_UPDATE");
      await cloud.refused(409, /immutable/, "PUT", `${LB}/listeners/${front.id}`, {
        listener: { name: "x" },
      });
      await active(lb.id);
      assert.equal((await show(`listeners/${front.id}`)).provisioning_status, "ACTIVE");
      const back = await pool({ listener_id: front.id });
      await active(lb.id);
      const machine = await member(back.id);
      const states = async () =>
        Promise.all(
          [`pools/${back.id}`, `listeners/${front.id}`].map(
            async (path) => (await show(path)).provisioning_status,
          ),
        );
      assert.deepEqual(await states(), ["PENDING_UPDATE", "PENDING_UPDATE"]);
      await cloud.refused(409, /immutable/, "DELETE", `${LB}/pools/${back.id}/members/${machine.id}`);
      await active(lb.id);
      assert.deepEqual(await states(), ["ACTIVE", "ACTIVE"]);
    });

    it("keeps the address until it is gone", async () => {
      const lb = await balancer();
      await active(lb.id);
      await cloud.call("DELETE", `${LB}/loadbalancers/${lb.id}`);
      assert.equal((await show(`loadbalancers/${lb.id}`)).provisioning_status, "PENDING_DELETE");
      await cloud.refused(409, /SubnetInUse/, "DELETE", `/network/v2.0/subnets/${subnet.id}`);
      await sleep(700);
      await cloud.refused(404, /not found/, "GET", `${LB}/loadbalancers/${lb.id}`);
      assert.equal((await cloud.call("DELETE", `/network/v2.0/subnets/${subnet.id}`)).status, 204);
    });
  });
});
