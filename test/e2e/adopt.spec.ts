/** Infrastructure that somebody made by hand becomes part of a stack, and stays what it is. */
import assert from "node:assert/strict";
import { rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { connect } from "../../sandbox/cloudSetup";
import { DayTwoBed, type Named } from "./support/dayTwoBed";
import { Testbed } from "./support/testbed";

interface Adopted {
  readonly adopted: readonly { readonly name: string; readonly id: string }[];
  readonly present: readonly string[];
  readonly effects: readonly { readonly name: string; readonly op: string }[];
}

const MONITOR = "TCP";

/** Where the configuration expects the endpoint: a balancer elsewhere would have to be made anew, and is refused. */
const VIP = "10.20.0.5";

/** Nobody names them: they follow from what the map names. */
const FOLLOWERS = [
  "took-cp-1-port",
  "took-general-1-port",
  "took-network-router-interface",
  "took-api-listener",
  "took-api-pool",
  "took-api-monitor",
  "took-api-member-took-cp-1",
  "took-api-floating-ip",
  "took-general-1-data-attach",
];

describe("adopt", () => {
  let bed: Testbed;
  let ops: DayTwoBed;
  let ids: Record<string, string>;
  const map = () => join(bed.session.workspace.directory, "map.yaml");
  const writeMap = (entries: object) => writeFileSync(map(), JSON.stringify(entries));
  const servers = async () =>
    (await ops.cloud()).service("compute").list<Named>("/servers/detail", "servers");
  const addresses = async () =>
    (await servers())
      .filter(({ id }) => Object.values(ids).includes(id))
      .map((one) => (Object.values(one["addresses"] as Record<string, { addr: string }[]>)[0] ?? [])[0]?.addr)
      .sort();

  before(async () => {
    bed = (await Testbed.open("took")).playKubernetes();
    ops = new DayTwoBed(bed);
    const { networkId, subnetId, routerId } = await bed.makeNetwork("10.20.0.0/22");
    ids = {
      "took-network": networkId,
      "took-network-subnet": subnetId,
      "took-network-router": routerId,
      "took-cp-1": await makeServer("took-k8s-master-1", networkId, subnetId),
      "took-general-1": await makeServer("took-k8s-node-1", networkId, subnetId),
    };
    ids["took-api"] = await makeBalancer(subnetId, await addressOf(ids["took-cp-1"] ?? ""));
    ids["took-general-1-data"] = await makeVolume(ids["took-general-1"] ?? "");
  });
  after(() => bed.close());

  const addressOf = async (server: string) =>
    Object.values(
      (await servers()).find(({ id }) => id === server)?.["addresses"] as Record<string, { addr: string }[]>,
    )[0]?.[0]?.addr;

  /** A balancer as Octavia's own command line makes one, with an address that the world knows. */
  async function makeBalancer(subnetId: string, master: string | undefined): Promise<string> {
    const cloud = await connect(bed.session.workspace);
    const [octavia, network] = [cloud.service("load-balancer"), cloud.service("network")];
    type Made = Record<string, Named & { vip_port_id: string }>;
    const make = async (kind: string, path: string, body: object) => {
      const made = (await octavia.change<Made>("POST", path, { [kind]: body }))[kind]!;
      for (;;) {
        const all = await octavia.list<Named>("/lbaas/loadbalancers", "loadbalancers");
        if (all.every((one) => one["provisioning_status"] === "ACTIVE")) return made;
        await sleep(100);
      }
    };
    const balancer = await make("loadbalancer", "/lbaas/loadbalancers", {
      name: "theirs",
      vip_subnet_id: subnetId,
      vip_address: VIP,
    });
    const listener = await make("listener", "/lbaas/listeners", {
      name: "kube-api",
      loadbalancer_id: balancer.id,
      protocol: "TCP",
      protocol_port: 6443,
    });
    const pool = await make("pool", "/lbaas/pools", {
      name: "masters",
      listener_id: listener.id,
      protocol: "TCP",
      lb_algorithm: "ROUND_ROBIN",
    });
    await make("healthmonitor", "/lbaas/healthmonitors", {
      name: "alive",
      pool_id: pool.id,
      type: MONITOR,
      delay: 10,
      timeout: 5,
      max_retries: 3,
    });
    await make("member", `/lbaas/pools/${pool.id}/members`, {
      name: "m1",
      subnet_id: subnetId,
      address: master,
      protocol_port: 6443,
    });
    const [external] = await network.list<Named>("/networks", "networks", { name: "public" });
    await network.change("POST", "/floatingips", {
      floatingip: { floating_network_id: external?.id, port_id: balancer.vip_port_id },
    });
    return balancer.id;
  }

  async function makeVolume(server: string): Promise<string> {
    const cloud = await connect(bed.session.workspace);
    const [block, compute] = [cloud.service("volume"), cloud.service("compute")];
    const { volume } = await block.change<{ volume: Named }>("POST", "/volumes", {
      volume: { name: "old-data", size: 5 },
    });
    const status = async () => (await block.get<{ volume: Named }>(`/volumes/${volume.id}`)).volume["status"];
    while ((await status()) !== "available") await sleep(100);
    await compute.change("POST", `/servers/${server}/os-volume_attachments`, {
      volumeAttachment: { volumeId: volume.id },
    });
    while ((await status()) !== "in-use") await sleep(100);
    return volume.id;
  }

  async function makeServer(name: string, networkId: string, subnetId: string): Promise<string> {
    const cloud = await connect(bed.session.workspace);
    const [network, compute] = [cloud.service("network"), cloud.service("compute")];
    const flavor = (await compute.list<Named>("/flavors", "flavors")).find((one) => one.name === "small");
    const image = (await cloud.service("image").list<Named>("/images", "images")).find(
      (one) => one.name === "ubuntu-24.04",
    );
    const { port } = await network.change<{ port: Named }>("POST", "/ports", {
      port: { name, network_id: networkId, fixed_ips: [{ subnet_id: subnetId }] },
    });
    const { server } = await compute.change<{ server: Named }>("POST", "/servers", {
      server: { name, flavorRef: flavor?.id, imageRef: image?.id, networks: [{ port: port.id }] },
    });
    for (;;) {
      const now = await compute.get<{ server: Named }>(`/servers/${server.id}`);
      if (now.server["status"] === "ACTIVE") return server.id;
      await sleep(200);
    }
  }

  it("finds by name what Kubespray's module made", async () => {
    const { document } = await ops.json<{ resources: { name: string; id: string | null }[] }>(
      "adopt",
      "took",
      "--print-map",
    );
    const found = new Map(document.resources.map(({ name, id }) => [name, id]));
    assert.equal(found.get("took-cp-1"), ids["took-cp-1"]);
    assert.equal(found.get("took-general-1"), ids["took-general-1"]);
    assert.equal(found.get("took-general-2"), null);
    assert.equal(found.get("took-network"), null);
  });

  it("takes back an import after which a server would be replaced", async () => {
    writeMap({ ...ids, "took-cp-1-port": null });
    const { code, output } = await ops.run("adopt", "took", "--map", map(), "--yes");
    assert.equal(code, 1, output);
    assert.match(output, /The import was taken back[^]*took-cp-1: replace[^]*networks\[0\]\.port/);
    const { stdout } = await bed.session.pulumi.run(["stack", "export"]);
    assert.doesNotMatch(stdout, /openstack:/);
  });

  it("says what it would import, and imports nothing", async () => {
    writeMap(ids);
    const { code, output } = await ops.run("adopt", "took", "--map", map(), "--dry-run");
    assert.equal(code, 0, output);
    for (const name of Object.keys(ids)) assert.ok(output.includes(name), name);
    const { stdout } = await bed.session.pulumi.run(["stack", "export"]);
    assert.doesNotMatch(stdout, /openstack:/);
  });

  it("imports what the map says and what follows from it, and nothing in the cloud changes", async () => {
    writeMap(ids);
    await bed.simulator.resetCounts();
    const { code, document, output } = await ops.json<Adopted>("adopt", "took", "--map", map(), "--yes");
    assert.equal(code, 0, output);
    const taken = new Map(document.adopted.map(({ name, id }) => [name, id]));
    for (const [name, id] of Object.entries(ids)) assert.equal(taken.get(name), id);
    for (const name of FOLLOWERS) assert.ok(taken.has(name), `${name} did not follow`);
    assert.deepEqual([...new Set(document.effects.map(({ op }) => op))], ["update"]);
    const writes = Object.keys(await bed.simulator.counts()).filter(
      (call) => !/^(GET|HEAD)|identity/.test(call),
    );
    assert.deepEqual(writes, []);
  });

  it("does nothing when it runs again", async () => {
    const { code, document } = await ops.json<Adopted>("adopt", "took", "--map", map(), "--yes");
    assert.equal(code, 0);
    assert.deepEqual(document.adopted, []);
    assert.deepEqual([...document.present].sort(), Object.keys(ids).sort());
  });

  it("leaves servers and addresses as they were when the cluster is built on them", async () => {
    const before = await addresses();
    await bed.up();
    const names = new Map((await servers()).map(({ id, name }) => [id, name]));
    assert.equal(names.get(ids["took-cp-1"] ?? ""), "took-cp-1");
    assert.equal(names.get(ids["took-general-1"] ?? ""), "took-general-1");
    assert.deepEqual(await addresses(), before);
    const cloud = await ops.cloud();
    const [balancer, ...more] = await cloud
      .service("load-balancer")
      .list<Named>("/lbaas/loadbalancers", "loadbalancers");
    assert.deepEqual([balancer?.id, balancer?.name, more], [ids["took-api"], "took-api", []]);
    const disk = await ops.one("volume", "/volumes", "volumes", "took-general-1-data");
    assert.equal(disk.id, ids["took-general-1-data"]);
    rmSync(map());
  });
});
