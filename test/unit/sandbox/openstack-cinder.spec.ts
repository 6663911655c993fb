import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { TestCloud, type Json } from "./openstack-support";

describe("simulated Cinder", () => {
  let cloud: TestCloud;
  let root: string;

  async function begin(speed = 0): Promise<void> {
    cloud = await TestCloud.start(speed);
    root = `/volume/v3/${cloud.session.projectId}`;
  }

  const volume = (more: Json = {}): Promise<Json> =>
    cloud.ok("POST", `${root}/volumes`, { volume: { name: "data", size: 10, ...more } });
  const show = (id: string): Promise<Json> => cloud.ok("GET", `${root}/volumes/${id}`);
  const act = (id: string, body: Json, headers?: Record<string, string>) =>
    cloud.call("POST", `${root}/volumes/${id}/action`, body, headers);
  async function asAdmin<T>(work: () => Promise<T>): Promise<T> {
    const mine = cloud.session;
    cloud.session = await cloud.client.login("admin");
    const result = await work();
    cloud.session = mine;
    return result;
  }

  afterEach(() => cloud.stop());

  describe("at once", () => {
    beforeEach(() => begin());

    it("says where it is without a token, and keeps the project of the path to that of the token", async () => {
      const answer = await fetch(`${cloud.simulator.url}/volume/`);
      assert.equal(answer.status, 300);
      assert.equal(((await answer.json()) as Json).versions[0].id, "v3.0");
      await cloud.refused(400, /Malformed request url/, "GET", "/volume/v3/somebody/volumes");
    });

    it("makes, shows, lists, changes and deletes volumes", async () => {
      const made = await volume({
        metadata: { role: "etcd" },
        availability_zone: "az2",
        volume_type: "fast",
      });
      assert.equal(made.status, "creating");
      const shown = await show(made.id);
      assert.deepEqual(
        [
          shown.status,
          shown.size,
          shown.availability_zone,
          shown.volume_type,
          shown.bootable,
          shown.attachments,
        ],
        ["available", 10, "az2", "fast", "false", []],
      );
      assert.equal(shown["os-vol-tenant-attr:tenant_id"], cloud.session.projectId);
      const other = await volume({ name: "other" });
      assert.deepEqual([other.volume_type, other.availability_zone], ["standard", "nova"]);
      const names = async (query: string) =>
        ((await cloud.call("GET", `${root}/volumes/detail?${query}`)).body.volumes as Json[]).map(
          ({ name }) => name as string,
        );
      assert.deepEqual(await names(""), ["other", "data"]);
      assert.deepEqual(await names("name=data"), ["data"]);
      assert.deepEqual(await names("sort=name:asc&limit=1"), ["data"]);
      assert.deepEqual(await names(`metadata=${encodeURIComponent("{'role':'etcd'}")}`), ["data"]);
      await cloud.refused(400, /Could not evaluate/, "GET", `${root}/volumes/detail?metadata=role`);
      const [summary] = (await cloud.ok("GET", `${root}/volumes?name=data`)) as Json[];
      assert.deepEqual(Object.keys(summary ?? {}).sort(), ["id", "links", "name"]);
      const changed = await cloud.ok("PUT", `${root}/volumes/${made.id}`, {
        volume: { description: "new", metadata: { role: "data" } },
      });
      assert.deepEqual(
        [changed.name, changed.description, changed.metadata],
        ["data", "new", { role: "data" }],
      );
      assert.equal((await cloud.call("DELETE", `${root}/volumes/${made.id}`)).status, 202);
      await cloud.refused(404, /itemNotFound.*could not be found/, "GET", `${root}/volumes/${made.id}`);
    });

    it("makes bootable volumes of images and copies of volumes", async () => {
      const made = await volume({ imageRef: await cloud.image() });
      const shown = await show(made.id);
      assert.deepEqual([shown.bootable, shown.volume_image_metadata.image_name], ["true", "ubuntu-24.04"]);
      const copy = await volume({ source_volid: made.id, size: undefined });
      assert.deepEqual([copy.size, (await show(copy.id)).bootable], [10, "true"]);
      assert.equal((await act(copy.id, { "os-set_bootable": { bootable: false } })).status, 200);
      assert.equal((await show(copy.id)).bootable, "false");
    });

    it("refuses what does not exist or does not fit", async () => {
      const imageRef = await cloud.image();
      const made = await volume();
      for (const [status, words, wish] of [
        [400, /field\/attribute size/, { size: 0 }],
        [400, /Availability zone 'az9' is invalid/, { availability_zone: "az9" }],
        [404, /Volume type with name gold could not be found/, { volume_type: "gold" }],
        [400, /Invalid image identifier/, { imageRef: "nope" }],
        [400, /cannot be smaller than the image minDisk size 5GB/, { imageRef, size: 1 }],
        [404, /Snapshot nope could not be found/, { snapshot_id: "nope" }],
        [404, /Volume nope could not be found/, { source_volid: "nope" }],
        [400, /smaller than original volume/, { source_volid: made.id, size: 5 }],
        [400, /field\/attribute count/, { metadata: { count: 1 } }],
      ] as const) {
        await cloud.refused(status, words, "POST", `${root}/volumes`, {
          volume: { size: 10, ...(wish as Json) },
        });
      }
      await cloud.refused(400, /'volume' is a required property/, "POST", `${root}/volumes`, {});
    });

    it("keeps a volume that a server has, and lets it go afterwards", async () => {
      const { id } = await volume();
      const server = await cloud.server();
      const path = `/compute/v2.1/servers/${server.id}/os-volume_attachments`;
      await cloud.ok("POST", path, { volumeAttachment: { volumeId: id } });
      const attached = await show(id);
      assert.deepEqual(
        [attached.status, attached.attachments[0].server_id, attached.attachments[0].volume_id],
        ["in-use", server.id, id],
      );
      await cloud.refused(
        400,
        /Invalid volume: Volume status must be available/,
        "DELETE",
        `${root}/volumes/${id}`,
      );
      const reset = (status: string) =>
        asAdmin(() =>
          cloud.call("POST", `/volume/v3/${cloud.session.projectId}/volumes/${id}/action`, {
            "os-reset_status": { status },
          }),
        );
      await reset("available");
      assert.equal((await show(id)).status, "available");
      await cloud.refused(400, /must not be migrating, attached/, "DELETE", `${root}/volumes/${id}`);
      await reset("in-use");
      await cloud.call("DELETE", `${path}/${id}`);
      assert.deepEqual([(await show(id)).status, (await show(id)).attachments], ["available", []]);
      assert.equal((await cloud.call("DELETE", `${root}/volumes/${id}`)).status, 202);
    });

    it("attaches and detaches for those who ask it directly", async () => {
      const { id } = await volume();
      await act(id, { "os-reserve": null });
      assert.equal((await show(id)).status, "attaching");
      const attach = { "os-attach": { instance_uuid: "machine", mountpoint: "/dev/vdb" } };
      assert.equal((await act(id, attach)).status, 202);
      const [attachment] = (await show(id)).attachments as Json[];
      assert.deepEqual(
        [attachment?.server_id, attachment?.device, attachment?.id],
        ["machine", "/dev/vdb", id],
      );
      assert.equal((await act(id, attach)).status, 400);
      assert.equal((await act(id, { "os-detach": { attachment_id: "nope" } })).status, 404);
      const detach = { "os-detach": { attachment_id: attachment?.attachment_id as string } };
      assert.equal((await act(id, detach)).status, 202);
      assert.deepEqual([(await show(id)).status, (await show(id)).attachments], ["available", []]);
    });

    it("extends upwards only, and a volume in use only since 3.42", async () => {
      const { id } = await volume();
      assert.equal((await act(id, { "os-extend": { new_size: 20 } })).status, 202);
      assert.equal((await show(id)).size, 20);
      const smaller = await act(id, { "os-extend": { new_size: 20 } });
      assert.equal(smaller.status, 400);
      assert.match(
        JSON.stringify(smaller.body),
        /must be greater than current size. \(current: 20, extended: 20\)/,
      );
      await act(id, { "os-attach": { instance_uuid: "machine", mountpoint: "/dev/vdb" } });
      assert.equal((await act(id, { "os-extend": { new_size: 30 } })).status, 400);
      const headers = { "openstack-api-version": "volumev3 3.42" };
      assert.equal((await act(id, { "os-extend": { new_size: 30 } }, headers)).status, 202);
      assert.deepEqual([(await show(id)).size, (await show(id)).status], [30, "in-use"]);
    });

    it("changes the type, and refuses actions that it does not know or may not do", async () => {
      const { id } = await volume();
      const retype = { "os-retype": { new_type: "fast", migration_policy: "never" } };
      assert.equal((await act(id, retype)).status, 202);
      assert.equal((await show(id)).volume_type, "fast");
      assert.equal((await act(id, retype)).status, 400);
      assert.equal((await act(id, { "os-retype": { new_type: "gold" } })).status, 404);
      assert.equal((await act(id, { "os-fly": {} })).status, 400);
      assert.equal((await act(id, { "os-reset_status": { status: "error" } })).status, 403);
    });

    it("labels volumes one by one", async () => {
      const { id } = await volume({ metadata: { a: "1" } });
      const path = `${root}/volumes/${id}/metadata`;
      assert.deepEqual(await cloud.ok("POST", path, { metadata: { b: "2" } }), { a: "1", b: "2" });
      assert.equal((await cloud.call("DELETE", `${path}/a`)).status, 200);
      assert.deepEqual(await cloud.ok("GET", path), { b: "2" });
      await cloud.refused(404, /no metadata with key a/, "DELETE", `${path}/a`);
      assert.deepEqual(await cloud.ok("PUT", path, { metadata: { c: "3" } }), { c: "3" });
    });

    it("stops at the quota in Cinder's words, for volumes, gigabytes and growth", async () => {
      const { projectId } = cloud.session;
      const quota = `os-quota-sets/${projectId}`;
      await asAdmin(() =>
        cloud.ok("PUT", `/volume/v3/${cloud.session.projectId}/${quota}`, {
          quota_set: { volumes: 2, gigabytes: 25 },
        }),
      );
      const { id } = await volume();
      await cloud.refused(
        413,
        /overLimit.*VolumeSizeExceedsAvailableQuota.*Requested 20G, quota is 25G and 10G/,
        "POST",
        `${root}/volumes`,
        {
          volume: { size: 20 },
        },
      );
      assert.equal((await act(id, { "os-extend": { new_size: 30 } })).status, 413);
      await volume();
      await cloud.refused(
        413,
        /VolumeLimitExceeded: Maximum number of volumes allowed \(2\)/,
        "POST",
        `${root}/volumes`,
        {
          volume: { size: 1 },
        },
      );
      const usage = await cloud.ok("GET", `${root}/${quota}?usage=true`);
      assert.deepEqual(usage.gigabytes, { limit: 25, in_use: 20, reserved: 0 });
      assert.equal((await cloud.ok("GET", `${root}/${quota}`)).volumes, 2);
      assert.equal((await cloud.ok("GET", `${root}/${quota}/defaults`)).volumes, 5000);
      assert.equal((await cloud.ok("GET", `${root}/limits`)).absolute.totalVolumesUsed, 2);
      await cloud.refused(403, /quotas:update/, "PUT", `${root}/${quota}`, { quota_set: { volumes: 9 } });
      await cloud.refused(403, /quotas:show/, "GET", `${root}/os-quota-sets/other`);
    });

    it("keeps projects apart", async () => {
      const { id } = await volume();
      await cloud.client.ensureProject("other");
      cloud.session = await cloud.client.login("other");
      const theirs = `/volume/v3/${cloud.session.projectId}`;
      assert.deepEqual(await cloud.ok("GET", `${theirs}/volumes/detail`), []);
      for (const method of ["GET", "DELETE"])
        await cloud.refused(404, /could not be found/, method, `${theirs}/volumes/${id}`);
      await cloud.refused(404, /could not be found/, "POST", `${theirs}/volumes`, {
        volume: { source_volid: id },
      });
      const all = await asAdmin(() =>
        cloud.ok("GET", `/volume/v3/${cloud.session.projectId}/volumes/detail?all_tenants=1`),
      );
      assert.equal(all["length"], 1);
    });

    it("names its types and zones", async () => {
      const types = (await cloud.ok("GET", `${root}/types`)) as Json[];
      assert.deepEqual(
        types.map(({ name }) => name),
        ["standard", "fast"],
      );
      assert.equal((await cloud.ok("GET", `${root}/types/default`)).name, "standard");
      assert.deepEqual(await cloud.ok("GET", `${root}/types/${types[1]?.id}/extra_specs`), {});
      await cloud.refused(404, /Volume type nope/, "GET", `${root}/types/nope`);
      const zones = (await cloud.ok("GET", `${root}/os-availability-zone`)) as Json[];
      assert.deepEqual(
        zones.map(({ zoneName }) => zoneName),
        ["nova", "az1", "az2", "az3"],
      );
      assert.deepEqual(await cloud.ok("GET", `${root}/snapshots`), []);
    });
  });

  it("takes its time: creating, extending, deleting", async () => {
    await begin(1);
    const { id } = await volume();
    assert.equal((await show(id)).status, "creating");
    await cloud.refused(400, /Volume status must be available/, "DELETE", `${root}/volumes/${id}`);
    await sleep(450);
    assert.equal((await show(id)).status, "available");
    await act(id, { "os-extend": { new_size: 20 } });
    assert.deepEqual([(await show(id)).status, (await show(id)).size], ["extending", 10]);
    await sleep(350);
    assert.deepEqual([(await show(id)).status, (await show(id)).size], ["available", 20]);
    await cloud.call("DELETE", `${root}/volumes/${id}`);
    assert.equal((await show(id)).status, "deleting");
    await sleep(350);
    await cloud.refused(404, /could not be found/, "GET", `${root}/volumes/${id}`);
  });
});
