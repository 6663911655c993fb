import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { OpenStackClient } from "../../../cli/cloud/client";
import { tornAttributes } from "../../../cli/recover/backend";
import { stackLocks } from "../../../cli/recover/lock";
import { findLost, plannedCreations } from "../../../cli/recover/lost";
import { removeOrphan } from "../../../cli/recover/orphans";
import type { StackState, StateResource } from "../../../cli/recover/state";
import type { TestCloud } from "../sandbox/openstack-support";
import { scratch } from "../../support/scratch";
import {
  CLUSTER,
  knows,
  METADATA as metadata,
  planned,
  recovered as runRecover,
  type Scene,
  TYPES,
  urn,
  withBackend,
  withCloud,
} from "./support/recovery";

describe("recover and the files of Pulumi's backend", () => {
  function backend(files: Readonly<Record<string, string>>): string {
    const folder = mkdtempSync(join(scratch(), "backend-"));
    const checkpoints = join(folder, ".pulumi/stacks/opencenter");
    mkdirSync(checkpoints, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(checkpoints, name), text);
    return `file://${folder}`;
  }

  it("finds attributes that a kill has torn, and nothing else", () => {
    const url = backend({
      "prod.json": "",
      "prod.json.attrs": "",
      "prod.json.bak.attrs": '{"md5":',
      "prod.json.gz.attrs": '{"md5":"x"}',
      "prod-2.json.attrs": "",
    });
    const gone = tornAttributes("prod", url).map((file) => file.split("/").at(-1));
    assert.deepEqual(gone.sort(), ["prod.json.attrs", "prod.json.bak.attrs"]);
    assert.deepEqual(tornAttributes("prod", `${url}?metadata=skip`).length, 2);
  });

  it("looks where pulumi login has pointed, unless the variable names another place", () => {
    const url = backend({ "prod.json.attrs": "" });
    const home = mkdtempSync(join(scratch(), "home-"));
    const names = ["PULUMI_BACKEND_URL", "PULUMI_HOME"];
    const before = names.map((name) => [name, process.env[name]] as const);
    try {
      delete process.env["PULUMI_BACKEND_URL"];
      process.env["PULUMI_HOME"] = home;
      assert.deepEqual(tornAttributes("prod"), []);
      writeFileSync(join(home, "credentials.json"), JSON.stringify({ current: url }));
      assert.equal(tornAttributes("prod").length, 1);
      process.env["PULUMI_BACKEND_URL"] = "s3://bucket";
      assert.deepEqual(tornAttributes("prod"), []);
    } finally {
      for (const [name, value] of before)
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
    }
  });

  it("has nothing to do with a backend that it cannot look into, or one that is empty", () => {
    assert.deepEqual(tornAttributes("prod", "s3://bucket"), []);
    assert.deepEqual(tornAttributes("prod", `file://${scratch()}/nothing`), []);
    assert.equal(stackLocks("prod", "s3://bucket"), undefined);
    assert.deepEqual(stackLocks("prod", `file://${scratch()}/nothing`), []);
  });
});

const { port: PORT, server: SERVER, volume: VOLUME, credential: CREDENTIAL } = TYPES;

describe("what a run made that got no answer", () => {
  let cloud: TestCloud;
  let client: OpenStackClient;
  withCloud((...begun) => ([cloud, client] = begun));

  const find = async (state: StackState, ...wanted: StateResource[]) => {
    const { lost, otherState } = await findLost(client, state, wanted, CLUSTER);
    return { found: lost.map(({ id }) => id).sort(), otherState };
  };
  const make = async (path: string, kind: string, body: object): Promise<string> =>
    ((await cloud.ok("POST", path, { [kind]: body })) as { id: string }).id;
  const network = () => make("/network/v2.0/networks", "network", { name: "prod" });
  const subnet = (networkId: string) =>
    make("/network/v2.0/subnets", "subnet", { network_id: networkId, cidr: "10.9.0.0/24", ip_version: 4 });
  const port = (networkId: string) =>
    make("/network/v2.0/ports", "port", { name: "prod-w-1", network_id: networkId });
  const volume = () =>
    make(`/volume/v3/${cloud.session.projectId}/volumes`, "volume", { name: "prod-w-1-data", size: 1 });
  const server = async (portId: string) => {
    const images = (await cloud.ok("GET", "/image/v2/images")) as { images: { id: string }[] };
    const flavors = (await cloud.ok("GET", "/compute/v2.1/flavors")) as unknown as { id: string }[];
    const body = { name: "prod-w-1", imageRef: images.images[0]?.id, flavorRef: flavors[0]?.id, metadata };
    return make("/compute/v2.1/servers", "server", { ...body, networks: [{ port: portId }] });
  };

  it("is what the next run would make and is there already, unless the state knows it", async () => {
    const [networkId, volumeId] = [await network(), await volume()];
    const portId = await port(networkId);
    const wanted = [
      planned(PORT, "prod-w-1", { networkId }),
      planned(VOLUME, "prod-w-1-data", {}),
      planned(SERVER, "prod-w-1", {}),
    ];
    assert.deepEqual((await find(knows(networkId), ...wanted)).found, [portId, volumeId].sort());
    assert.deepEqual((await find(knows(networkId, portId), ...wanted)).found, [volumeId]);
    assert.deepEqual((await find(knows(networkId))).found, [], "nothing is to be made");
  });

  it("is never another organisation's volume of the same name", async () => {
    const path = `/volume/v3/${cloud.session.projectId}/volumes`;
    const theirs = { ...metadata, "opencenter-organization": "somebody-else" };
    await make(path, "volume", { name: "prod-w-1-data", size: 1, metadata: theirs });
    const own = await make(path, "volume", { name: "prod-w-1-data", size: 1, metadata });
    assert.deepEqual((await find(knows(), planned(VOLUME, "prod-w-1-data", {}))).found, [own]);
  });

  it("is a server on a port that the state knows, and its deletion is all that it takes", async () => {
    const networkId = await network();
    await subnet(networkId);
    const portId = await port(networkId);
    const serverId = await server(portId);
    const { lost } = await findLost(
      client,
      knows(networkId, portId),
      [planned(SERVER, "prod-w-1", {})],
      CLUSTER,
    );
    assert.deepEqual(
      lost.map(({ id }) => id),
      [serverId],
    );
    await removeOrphan(lost[0]!);
    const left = (await cloud.client.state("sandbox"))["compute.servers"] ?? [];
    assert.deepEqual(left, []);
  });

  it("is never what machines of another state stand on", async () => {
    const networkId = await network();
    await subnet(networkId);
    const portId = await port(networkId);
    await server(portId);
    const wanted = [planned(PORT, "prod-w-1", { networkId }), planned(SERVER, "prod-w-1", {})];
    assert.deepEqual(await find(knows(), ...wanted), { found: [], otherState: true });
  });

  it("is no port and no volume that is in use", async () => {
    const networkId = await network();
    await subnet(networkId);
    const portId = await port(networkId);
    const volumeId = await volume();
    const serverId = await server(portId);
    const attachment = { volumeAttachment: { volumeId } };
    await cloud.ok("POST", `/compute/v2.1/servers/${serverId}/os-volume_attachments`, attachment);
    const wanted = [planned(VOLUME, "prod-w-1-data", {})];
    assert.deepEqual(await find(knows(networkId, portId, serverId), ...wanted), {
      found: [],
      otherState: false,
    });
  });

  const recovered = (
    wanted: Scene["wanted"],
    given: Parameters<typeof runRecover>[1],
    state: StackState = knows(),
  ) => runRecover({ client, wanted, state: () => state }, given);

  describe("with the lock of a backend that can be looked into", () => {
    withBackend();
    const wanted = async () => {
      const networkId = await network();
      await port(networkId);
      await volume();
      return [planned(PORT, "prod-w-1", { networkId }), planned(VOLUME, "prod-w-1-data", {})];
    };
    const kinds = async () => {
      const state = await cloud.client.state("sandbox");
      return [state["network.ports"]?.length ?? 0, state["volume.volumes"]?.length ?? 0];
    };

    it("is deleted, but a volume, which may be somebody's data: that is named, and goes when it is said", async () => {
      const resources = await wanted();
      const first = await recovered(resources, {});
      assert.deepEqual(await kinds(), [0, 1]);
      assert.match(first.said, /Left, because they may hold data.*\n {2}Volume prod-w-1-data {2}\S+/);
      assert.deepEqual([first.recovery.deleted.length, first.recovery.volumes.length], [1, 1]);
      const second = await recovered(resources, { deleteVolumes: true });
      assert.deepEqual(await kinds(), [0, 0]);
      assert.deepEqual(second.recovery.volumes, []);
    });

    it("is only shown with --dry-run", async () => {
      const { recovery, asked } = await recovered(await wanted(), { dryRun: true, deleteVolumes: true });
      assert.equal(recovery.deleted.length, 2);
      assert.deepEqual(await kinds(), [1, 1]);
      assert.deepEqual(asked, ["preview"]);
    });

    it("has what was made half-way read again, and nothing else: the state says what was asked for", async () => {
      const state = knows("half", "whole");
      const [half] = state.resources;
      const resources = state.resources.map((one) =>
        one === half ? { ...one, initErrors: ["refused"] } : one,
      );
      const { lines, said } = await recovered([], {}, { ...state, resources });
      assert.deepEqual(lines[0], `refresh --yes --skip-preview --target ${half!.urn}`);
      assert.match(said, /failed half-way/);
      const shown = await recovered([], { dryRun: true }, { ...state, resources });
      assert.deepEqual(shown.asked, ["preview"]);
      assert.deepEqual((await recovered([], {}, state)).asked, ["preview"]);
    });

    it("has what was deleted and not made again read as gone, without the engine's mark; Commands are left", async () => {
      const state = knows("half", "whole");
      const COMMAND = "command:local:Command";
      const marked = (type: string, id: string) => ({
        urn: urn(type, id),
        type,
        id,
        pendingReplacement: true,
      });
      const [half, command] = [marked(PORT, "half"), marked(COMMAND, "member")];
      const resources = [half, state.resources[1]!, command];
      const { lines, said, imported } = await recovered([], {}, { ...state, resources });
      assert.deepEqual(lines.slice(0, 4), [
        "stack export",
        // Again, right before: nobody may have changed it since.
        "stack export",
        "stack import --file FILE",
        `refresh --yes --skip-preview --target ${half.urn}`,
      ]);
      const { pendingReplacement: _, ...unmarked } = half;
      assert.deepEqual(imported, {
        version: 3,
        deployment: { resources: [unmarked, resources[1], command] },
      });
      assert.match(said, /Deleted, and not made again: half/);
      const shown = await recovered([], { dryRun: true }, { ...state, resources });
      assert.deepEqual(shown.asked, ["preview"]);
    });

    it("waits for --break-lock where a backend cannot say whether a run is alive", async () => {
      process.env["PULUMI_BACKEND_URL"] = "s3://bucket";
      await assert.rejects(recovered([], {}), /whether another run is at work on stack prod cannot be seen/);
      assert.deepEqual((await recovered([], { breakLock: true })).asked, ["cancel", "preview"]);
    });
  });

  it("may be an application credential, whose name is taken then", async () => {
    const path = `/identity/v3/users/${cloud.session.userId}/application_credentials`;
    const id = await make(path, "application_credential", { name: "prod-cloud-controller" });
    const wanted = planned(CREDENTIAL, "prod-cloud-controller", {});
    const { lost } = await findLost(client, knows(), [wanted], CLUSTER);
    assert.deepEqual(
      lost.map((one) => one.id),
      [id],
    );
    await removeOrphan(lost[0]!);
    assert.equal((await cloud.client.state("sandbox"))["identity.application_credentials"], undefined);
  });

  it("is the double of what the state has, where nobody uses it and it is not older than the stack", async () => {
    const [first, second, inUse] = [await network(), await network(), await network()];
    await port(inUse);
    const group = () => make("/network/v2.0/security-groups", "security_group", { name: "prod-worker" });
    const [known, twin] = [await group(), await group()];
    const of = (type: string, id: string, name: string, created?: string): StateResource => ({
      ...{ urn: urn(type, id), type, id, inputs: { name }, created },
    });
    const state = (created?: string): StackState => ({
      resources: [
        of("openstack:networking/network:Network", first, "prod", created),
        of("openstack:networking/secGroup:SecGroup", known, "prod-worker"),
      ],
      pending: [],
    });
    assert.deepEqual((await find(state())).found, [second, twin].sort());
    const tomorrow = new Date(Date.now() + 86_400_000).toISOString();
    assert.deepEqual((await find(state(tomorrow))).found, [], "older than the stack");
    const tags = ["opencenter", "opencenter-organization=umbrella", "opencenter-cluster=prod"];
    await cloud.ok("PUT", `/network/v2.0/networks/${second}/tags`, { tags });
    assert.deepEqual((await find(state())).found, [twin], "another organisation's");
  });

  it("is read from a preview: creations alone, with their inputs", () => {
    const step = (op: string, name: string) => ({
      ...{ op, urn: urn(PORT, name), newState: { type: PORT, inputs: { name } } },
    });
    const steps = [
      step("create", "a"),
      step("same", "b"),
      step("create-replacement", "c"),
      step("delete", "d"),
    ];
    const made = plannedCreations(JSON.stringify({ steps })).map(({ inputs }) => inputs?.["name"]);
    assert.deepEqual(made, ["a", "c"]);
  });
});
