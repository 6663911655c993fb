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
    bed = await Testbed.open("took");
    ops = new DayTwoBed(bed);
    const { networkId, subnetId, routerId } = await bed.makeNetwork("10.20.0.0/22");
    ids = {
      "took-network": networkId,
      "took-network-subnet": subnetId,
      "took-network-router": routerId,
      "took-cp-1": await makeServer("took-k8s-master-1", networkId, subnetId),
      "took-general-1": await makeServer("took-k8s-node-1", networkId, subnetId),
    };
  });
  after(() => bed.close());

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
    for (const name of ["took-cp-1-port", "took-general-1-port", "took-network-router-interface"])
      assert.ok(taken.has(name), `${name} did not follow`);
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
    rmSync(map());
  });
});
