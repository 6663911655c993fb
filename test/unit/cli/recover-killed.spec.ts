import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import type { OpenStackClient } from "../../../cli/cloud/client";
import type { StackState } from "../../../cli/recover/state";
import type { TestCloud } from "../sandbox/openstack-support";
import {
  killedAt,
  knows,
  METADATA,
  planned,
  recovered,
  TYPES,
  type Scene,
  withBackend,
  withCloud,
} from "./support/recovery";

/** A process that cannot be there: more than Linux gives numbers. */
const DEAD = 2 ** 22 + 1;
const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();

describe("recover after a kill", () => {
  const lockFolder = withBackend();
  let cloud: TestCloud;
  let client: OpenStackClient;
  withCloud((...begun) => ([cloud, client] = begun));

  const make = async (path: string, kind: string, body: object): Promise<string> =>
    ((await cloud.ok("POST", path, { [kind]: body })) as { id: string }).id;
  const network = () => make("/network/v2.0/networks", "network", { name: "prod" });
  const port = (network_id: string, more: object = {}) =>
    make("/network/v2.0/ports", "port", { name: "prod-w-1", network_id, ...more });
  const volume = () =>
    make(`/volume/v3/${cloud.session.projectId}/volumes`, "volume", {
      ...{ name: "prod-w-1-data", size: 1, metadata: METADATA },
    });
  const left = async (kind: string) =>
    ((await cloud.client.state("sandbox"))[kind] ?? []).map(({ id }) => String(id)).sort();

  /** Of a run that began so long ago, and is dead unless the process is told. */
  function lock(timestamp: string, pid = DEAD): void {
    mkdirSync(lockFolder(), { recursive: true });
    const content = { pid, username: "ops", hostname: hostname(), timestamp };
    writeFileSync(join(lockFolder(), `${pid}.json`), JSON.stringify(content));
  }

  describe("while a volume was made", () => {
    const wanted = planned(TYPES.volume, "prod-w-1-data", { metadata: METADATA });
    const killed: StackState = killedAt(knows(), wanted);
    const run = (more: Partial<Scene> = {}, given: Parameters<typeof recovered>[1] = {}) =>
      recovered({ client, wanted: [wanted], state: () => killed, ...more }, given);

    it("deletes the one that was made since that run began", async () => {
      lock(ago(5));
      await volume();
      const { recovery } = await run({ history: [{ endTime: ago(60) }] });
      assert.deepEqual(
        [await left("volume.volumes"), recovery.deleted.length, recovery.volumes],
        [[], 1, []],
      );
    });

    it("leaves both where an earlier one of the name is there, and names each once", async () => {
      lock(ago(5));
      const both = [await volume(), await volume()].sort();
      const { recovery, said } = await run();
      assert.deepEqual(await left("volume.volumes"), both);
      assert.deepEqual([recovery.deleted, recovery.volumes.length], [[], 2]);
      for (const id of both) assert.equal(said.split(id).length, 2, said);
      assert.match(said, /--delete-volumes/);
      await run({}, { deleteVolumes: true });
      assert.deepEqual(await left("volume.volumes"), []);
    });

    it("leaves one that was there before the run began", async () => {
      const before = [await volume()];
      lock(ago(-5));
      assert.deepEqual((await run()).recovery.deleted, []);
      assert.deepEqual(await left("volume.volumes"), before);
    });

    it("goes by the end of the run before where the lock is gone, and leaves it where nothing tells", async () => {
      const made = [await volume()];
      await run();
      assert.deepEqual(await left("volume.volumes"), made, "no run is known");
      await run({ history: [{ endTime: ago(-5) }] });
      assert.deepEqual(await left("volume.volumes"), made, "older than the last run");
      await run({ history: [{ endTime: ago(5) }] });
      assert.deepEqual(await left("volume.volumes"), []);
    });
  });

  it("leaves what is in use by then, and what machines of another state stand on", async () => {
    const networkId = await network();
    const wanted = planned(TYPES.port, "prod-w-1", { networkId });
    const state = killedAt(knows(networkId), wanted);
    const used = await port(networkId, { device_id: "11111111-0000-4000-8000-000000000000" });
    const first = await recovered({ client, state: () => state });
    assert.deepEqual([first.recovery.deleted, first.recovery.inUse], [[], [`Port prod-w-1  ${used}`]]);
    assert.match(first.said, new RegExp(`Left, because something uses them.*\n  Port prod-w-1  ${used}`));
    assert.deepEqual(await left("network.ports"), [used]);
    await make("/network/v2.0/subnets", "subnet", {
      ...{ network_id: networkId, cidr: "10.9.0.0/24", ip_version: 4 },
    });
    const images = (await cloud.ok("GET", "/image/v2/images")) as { images: { id: string }[] };
    const flavors = (await cloud.ok("GET", "/compute/v2.1/flavors")) as unknown as { id: string }[];
    await make("/compute/v2.1/servers", "server", {
      ...{ name: "prod-w-2", imageRef: images.images[0]?.id, flavorRef: flavors[0]?.id },
      ...{ metadata: METADATA, networks: [{ uuid: networkId }] },
    });
    const free = await port(networkId);
    const { recovery, said } = await recovered({ client, state: () => state });
    assert.deepEqual(recovery.deleted, []);
    assert.ok((await left("network.ports")).includes(free));
    assert.match(said, /stand on nothing in this state/);
  });

  it("still deletes what that run made, and nobody uses", async () => {
    const networkId = await network();
    const made = await port(networkId);
    const state = killedAt(knows(networkId), planned(TYPES.port, "prod-w-1", { networkId }));
    const { recovery } = await recovered({ client, state: () => state });
    assert.deepEqual(recovery.deleted, [`Port prod-w-1  ${made}`]);
    assert.deepEqual(await left("network.ports"), []);
  });

  describe("while another run begins, or has never stopped", () => {
    const before = { ...knows(), time: "2026-11-01T10:00:00Z" };
    const after = { ...before, time: "2026-11-01T10:00:09Z" };

    it("releases no lock where the state changes while it asks", async () => {
      lock(ago(5));
      let state: StackState = before;
      const lines: string[] = [];
      const asked = () => (state = after);
      await assert.rejects(
        recovered({ client, state: () => state, asked }, {}, lines),
        /another run is at work on stack prod: its state has changed .*10:00:09/,
      );
      assert.ok(!lines.includes("Lock released."), lines.join("\n"));
    });

    it("deletes nothing where the state changes, or an operation is begun, before the answer", async () => {
      const networkId = await network();
      const theirs = await port(networkId);
      const wanted = planned(TYPES.port, "prod-w-1", { networkId });
      const known = { ...before, resources: knows(networkId).resources };
      for (const moved of [
        { ...known, time: after.time },
        { ...killedAt(known, wanted), time: known.time },
      ]) {
        let state: StackState = known;
        const asked = () => (state = moved);
        const scene = { client, wanted: [wanted], state: () => state, asked };
        await assert.rejects(recovered(scene), /another run is at work on stack prod/);
        assert.deepEqual(await left("network.ports"), [theirs]);
      }
    });

    it("deletes nothing where a lock has come that was not there", async () => {
      const networkId = await network();
      const theirs = await port(networkId);
      const wanted = planned(TYPES.port, "prod-w-1", { networkId });
      const asked = () => lock(ago(0), process.pid);
      const scene = { client, wanted: [wanted], state: () => knows(networkId), asked };
      await assert.rejects(recovered(scene), /being worked on by process \d+/);
      assert.deepEqual(await left("network.ports"), [theirs]);
    });

    it("goes on after its own refresh, which changes the state", async () => {
      const networkId = await network();
      await port(networkId);
      const wanted = planned(TYPES.port, "prod-w-1", { networkId });
      const known = { ...before, resources: knows(networkId).resources };
      const killed = killedAt(known, wanted);
      let reads = 0;
      // Read before the refresh: when it begins, before the one deletion, and before the refresh itself.
      const state = (): StackState => (++reads > 3 ? { ...known, time: after.time } : killed);
      const { recovery, lines } = await recovered({ client, state });
      assert.equal(recovery.deleted.length, 1);
      assert.ok(lines.includes("refresh --yes --skip-preview --clear-pending-creates"), lines.join("\n"));
    });
  });
});
