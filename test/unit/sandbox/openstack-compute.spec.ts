import assert from "node:assert/strict";
import { TestCloud, type Json } from "./openstack-support";

const V21 = "/compute/v2.1";

const NOBODY = "00000000-0000-4000-8000-000000000000";

describe("simulated Nova", () => {
  let cloud: TestCloud;
  afterEach(() => cloud.stop());

  describe("with work that is done at once", () => {
    beforeEach(async () => {
      cloud = await TestCloud.start();
    });

    async function withPort() {
      const network = await cloud.network();
      await cloud.subnet(network.id);
      const port = await cloud.port(network.id);
      return { network, port, server: await cloud.server({ networks: [{ port: port.id }] }) };
    }

    it("makes a server on a port and gives the port back", async () => {
      const { port, server } = await withPort();
      assert.deepEqual(
        [server.status, server["OS-EXT-STS:power_state"], server["OS-EXT-AZ:availability_zone"]],
        ["ACTIVE", 1, "nova"],
      );
      assert.equal(server.addresses.net[0].addr, port.fixed_ips[0].ip_address);
      const bound = await cloud.ok("GET", `/network/v2.0/ports/${port.id}`);
      assert.deepEqual(
        [bound.device_id, bound.device_owner, bound.status],
        [server.id, "compute:nova", "ACTIVE"],
      );
      await cloud.refused(409, /still in use/, "POST", `${V21}/servers`, {
        server: {
          name: "x",
          flavorRef: await cloud.flavor("small"),
          imageRef: await cloud.image(),
          networks: [{ port: port.id }],
        },
      });
      assert.equal((await cloud.call("DELETE", `${V21}/servers/${server.id}`)).status, 204);
      await cloud.refused(404, /itemNotFound.*could not be found/, "GET", `${V21}/servers/${server.id}`);
      const free = await cloud.ok("GET", `/network/v2.0/ports/${port.id}`);
      assert.deepEqual([free.device_id, free.status], ["", "DOWN"]);
    });

    it("makes and deletes the ports of a server that names a network", async () => {
      const { id } = await cloud.network();
      await cloud.subnet(id);
      const server = await cloud.server({ networks: [{ uuid: id }], security_groups: [{ name: "default" }] });
      assert.deepEqual(server.security_groups, [{ name: "default" }]);
      await cloud.call("DELETE", `${V21}/servers/${server.id}`);
      assert.deepEqual(await cloud.ok("GET", "/network/v2.0/ports"), []);
    });

    it("forgets an address whose port was deleted", async () => {
      const { port, server } = await withPort();
      await cloud.call("DELETE", `/network/v2.0/ports/${port.id}`);
      assert.deepEqual((await cloud.ok("GET", `${V21}/servers/${server.id}`)).addresses, {});
    });

    it("refuses what it cannot build", async () => {
      const [flavorRef, imageRef] = [await cloud.flavor("small"), await cloud.image()];
      const attempt = (status: number, words: RegExp, more: Json) =>
        cloud.refused(status, words, "POST", `${V21}/servers`, {
          server: { name: "vm", flavorRef, imageRef, networks: "none", ...more },
        });
      await attempt(400, /Flavor nothing could not be found/, { flavorRef: "nothing" });
      await attempt(400, /Can not find requested image/, { imageRef: "nothing" });
      await attempt(400, /Missing imageRef/, { imageRef: "" });
      await attempt(400, /Invalid key_name/, { key_name: "nobody" });
      await attempt(400, /availability zone is not available/, { availability_zone: "az9" });
      await attempt(400, /'nothing' is not a 'uuid'/, { networks: [{ port: "nothing" }] });
      const nowhere = "11111111-2222-4333-8444-555555555555";
      await attempt(400, new RegExp(`Port id ${nowhere} could not be found`), {
        networks: [{ port: nowhere }],
      });
      await attempt(400, /valid base 64/, { user_data: "#cloud-config" });
      await attempt(403, /zero disk/, { flavorRef: await cloud.flavor("nodisk") });
      await attempt(400, /field\/attribute name/, { name: "" });
      const boot = { source_type: "image", destination_type: "volume", uuid: imageRef, boot_index: 0 };
      await attempt(400, /non-zero size/, { imageRef: "", block_device_mapping_v2: [boot] });
      await attempt(400, /Volume is smaller than the minimum/, {
        imageRef: "",
        block_device_mapping_v2: [{ ...boot, volume_size: 1 }],
      });
      await attempt(400, /Boot sequence/, {
        imageRef: "",
        block_device_mapping_v2: [{ ...boot, boot_index: -1, volume_size: 9 }],
      });
      assert.deepEqual(await cloud.ok("GET", `${V21}/servers`), []);
    });

    it("boots from a volume and deletes with the server only what it may", async () => {
      const disk = { source_type: "blank", destination_type: "volume", volume_size: 5, boot_index: -1 };
      const root = {
        ...disk,
        source_type: "image",
        uuid: await cloud.image(),
        boot_index: 0,
        delete_on_termination: true,
      };
      const server = await cloud.server({
        flavorRef: await cloud.flavor("nodisk"),
        imageRef: undefined,
        block_device_mapping_v2: [root, disk],
      });
      assert.equal(server.image, "");
      const volumes = (await cloud.client.state())["volume.volumes"] ?? [];
      assert.deepEqual(
        volumes.map(({ status, bootable }) => [status, bootable]),
        [
          ["in-use", "true"],
          ["in-use", "false"],
        ],
      );
      const devices = (await cloud.ok("GET", `${V21}/servers/${server.id}/os-volume_attachments`)) as Json[];
      assert.deepEqual(
        devices.map(({ device }) => device),
        ["/dev/vda", "/dev/vdb"],
      );
      await cloud.refused(
        400,
        /root device/,
        "DELETE",
        `${V21}/servers/${server.id}/os-volume_attachments/${devices[0]?.id}`,
      );
      await cloud.call("DELETE", `${V21}/servers/${server.id}`);
      const left = (await cloud.client.state())["volume.volumes"] ?? [];
      assert.deepEqual(
        left.map(({ id, status }) => [id, status]),
        [[volumes[1]?.id, "available"]],
      );
    });

    it("attaches and detaches a volume", async () => {
      const server = await cloud.server();
      const volume = cloud.simulator.store.insert("volume.volumes", {
        status: "available",
        size: 3,
        attachments: [],
        project_id: cloud.session.projectId,
      });
      const path = `${V21}/servers/${server.id}/os-volume_attachments`;
      const body = { volumeAttachment: { volumeId: volume.id } };
      assert.equal((await cloud.ok("POST", path, body)).device, "/dev/vdb");
      assert.equal(cloud.simulator.store.get("volume.volumes", volume.id)?.["status"], "in-use");
      await cloud.refused(400, /already attached/, "POST", path, body);
      const other = await cloud.server();
      await cloud.refused(
        400,
        /current status is in-use/,
        "POST",
        `${V21}/servers/${other.id}/os-volume_attachments`,
        body,
      );
      assert.equal((await cloud.call("DELETE", `${path}/${volume.id}`)).status, 202);
      await cloud.refused(404, /not attached/, "GET", `${path}/${volume.id}`);
      assert.equal(cloud.simulator.store.get("volume.volumes", volume.id)?.["status"], "available");
      await cloud.refused(404, /could not be found/, "POST", path, {
        volumeAttachment: { volumeId: "nothing" },
      });
    });

    it("resizes in two steps, and back", async () => {
      const { id } = await cloud.server();
      const [small, large] = [await cloud.flavor("small"), await cloud.flavor("large")];
      const act = (action: Json) => cloud.call("POST", `${V21}/servers/${id}/action`, action);
      const now = async () => {
        const { status, flavor } = await cloud.ok("GET", `${V21}/servers/${id}`);
        return [status, flavor.id];
      };
      assert.equal((await act({ resize: { flavorRef: large } })).status, 202);
      assert.deepEqual(await now(), ["VERIFY_RESIZE", large]);
      assert.equal((await act({ revertResize: null })).status, 202);
      assert.deepEqual(await now(), ["ACTIVE", small]);
      await act({ resize: { flavorRef: large } });
      assert.equal((await act({ confirmResize: null })).status, 204);
      assert.deepEqual(await now(), ["ACTIVE", large]);
      const path = `${V21}/servers/${id}/action`;
      await cloud.refused(409, /Cannot 'confirmResize' instance .* vm_state active/, "POST", path, {
        confirmResize: null,
      });
      await cloud.refused(400, /must change flavor/, "POST", path, { resize: { flavorRef: large } });
      await cloud.refused(400, /no such action/, "POST", path, { dance: {} });
    });

    it("stops, starts, renames and labels", async () => {
      const { id } = await cloud.server({ metadata: { a: "1" }, tags: ["x"] });
      const path = `${V21}/servers/${id}`;
      await cloud.call("POST", `${path}/action`, { "os-stop": null });
      assert.equal((await cloud.ok("GET", path)).status, "SHUTOFF");
      await cloud.call("POST", `${path}/action`, { "os-start": null });
      await cloud.ok("PUT", path, { server: { name: "renamed" } });
      await cloud.ok("POST", `${path}/metadata`, { metadata: { b: "2" } });
      await cloud.call("DELETE", `${path}/metadata/a`);
      await cloud.ok("PUT", `${path}/tags`, { tags: ["y"] }, { "openstack-api-version": "compute 2.26" });
      const shown = await cloud.ok("GET", path, undefined, { "x-openstack-nova-api-version": "2.26" });
      assert.deepEqual(
        [shown.status, shown.name, shown.metadata, shown.tags],
        ["ACTIVE", "renamed", { b: "2" }, ["y"]],
      );
      const [found] = (await cloud.ok("GET", `${V21}/servers?name=^ren`)) as Json[];
      assert.equal(found?.id, id);
      assert.deepEqual(await cloud.ok("GET", `${V21}/servers/detail?status=ERROR`), []);
    });

    it("ends in ERROR when a fault asks for it, and can be deleted", async () => {
      await cloud.client.addFault({ serverError: true, message: "no host", times: 1 });
      const server = await cloud.server();
      assert.deepEqual([server.status, server.fault.message], ["ERROR", "no host"]);
      assert.equal((await cloud.server()).status, "ACTIVE");
      await cloud.call("DELETE", `${V21}/servers/${server.id}`);
      await cloud.refused(404, /could not be found/, "GET", `${V21}/servers/${server.id}`);
    });

    it("keeps the members of server groups, and their hosts apart", async () => {
      const group = await cloud.ok("POST", `${V21}/os-server-groups`, {
        server_group: { name: "g", policies: ["anti-affinity"] },
      });
      const hosts = new Set<string>();
      const flavorRef = await cloud.flavor("tiny");
      for (const name of ["a", "b"]) {
        const body = {
          server: { name, flavorRef, imageRef: await cloud.image(), networks: "none" },
          "os:scheduler_hints": { group: group.id },
        };
        const { id } = await cloud.ok("POST", `${V21}/servers`, body, {
          "openstack-api-version": "compute 2.37",
        });
        hosts.add((await cloud.ok("GET", `${V21}/servers/${id}`)).hostId);
      }
      assert.equal(hosts.size, 2);
      const newer = await cloud.ok("GET", `${V21}/os-server-groups/${group.id}`, undefined, {
        "openstack-api-version": "compute 2.64",
      });
      assert.deepEqual([newer.policy, newer.members.length], ["anti-affinity", 2]);
      await cloud.refused(400, /soft-affinity/, "POST", `${V21}/os-server-groups`, {
        server_group: { name: "g", policies: ["soft-affinity"] },
      });
      const body = {
        server: { name: "c", flavorRef, imageRef: await cloud.image(), networks: "none" },
        "os:scheduler_hints": { group: NOBODY },
      };
      await cloud.refused(400, /Instance group .* could not be found/, "POST", `${V21}/servers`, body);
    });

    it("makes key pairs, once per name", async () => {
      const made = await cloud.ok("POST", `${V21}/os-keypairs`, { keypair: { name: "k" } });
      assert.match(made.private_key, /^-----BEGIN RSA PRIVATE KEY/);
      assert.match(made.public_key, /^ssh-rsa /);
      await cloud.refused(409, /Key pair 'k' already exists/, "POST", `${V21}/os-keypairs`, {
        keypair: { name: "k" },
      });
      await cloud.refused(400, /failed to generate fingerprint/, "POST", `${V21}/os-keypairs`, {
        keypair: { name: "l", public_key: "ssh-rsa nonsense" },
      });
      const again = { keypair: { name: "l", public_key: made.public_key } };
      assert.equal((await cloud.ok("POST", `${V21}/os-keypairs`, again)).fingerprint, made.fingerprint);
      assert.equal((await cloud.call("DELETE", `${V21}/os-keypairs/k`)).status, 202);
      await cloud.refused(404, /Keypair k not found/, "GET", `${V21}/os-keypairs/k`);
    });

    it("enforces quotas in Nova's words", async () => {
      const admin = await cloud.client.login("admin");
      await admin.request("PUT", `${V21}/os-quota-sets/${cloud.session.projectId}`, {
        body: { quota_set: { cores: 3 } },
      });
      await cloud.server();
      await cloud.refused(
        403,
        /Quota exceeded for cores: Requested 2, but already used 2 of 3 cores/,
        "POST",
        `${V21}/servers`,
        {
          server: {
            name: "x",
            flavorRef: await cloud.flavor("small"),
            imageRef: await cloud.image(),
            networks: "none",
          },
        },
      );
    });

    it("refuses microversions that it does not speak", async () => {
      const answer = await cloud.call("GET", `${V21}/servers`, undefined, {
        "openstack-api-version": "compute 2.999",
      });
      assert.equal(answer.status, 406);
      const spoken = await cloud.call("GET", `${V21}/servers`, undefined, {
        "openstack-api-version": "compute 2.53",
      });
      assert.equal(spoken.headers.get("openstack-api-version"), "compute 2.53");
    });
  });

  it("takes time to build and to delete", async () => {
    cloud = await TestCloud.start(1);
    const server = await cloud.server();
    assert.equal(server.status, "BUILD");
    assert.equal(await settled(server.id), "ACTIVE");
    await cloud.call("DELETE", `${V21}/servers/${server.id}`);
    const deleting = await cloud.ok("GET", `${V21}/servers/${server.id}`);
    assert.equal(deleting["OS-EXT-STS:task_state"], "deleting");
    assert.equal(await settled(server.id), "gone");
  });

  async function settled(id: string): Promise<string> {
    for (;;) {
      const { status, body } = await cloud.call("GET", `${V21}/servers/${id}`);
      if (status === 404) return "gone";
      if (body.server["OS-EXT-STS:task_state"] === null) return body.server.status;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
});
