import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import { Machine, type MachineArgs } from "../../components/machine";
import { createServerGroup } from "../../components/serverGroup";
import { deploy, isKnown, value } from "../support/mocks";
import { TYPE, minimal, plan, surroundings } from "./support";

type Pool = NonNullable<ClusterInput["pools"]>[string];

/** Worker 1 of a pool, with what it stands on. */
function deployMachine(
  pool: Partial<Pool> = {},
  more: Partial<MachineArgs> & { inServerGroup?: boolean } = {},
  { preview = false, ...cluster }: Partial<ClusterInput> & { preview?: boolean } = {},
) {
  const settings = { ...minimal, pools: { general: { count: 1, flavor: "medium", ...pool } }, ...cluster };
  const machine = plan(settings).pools[0]?.machines[0];
  assert.ok(machine);
  return deploy(
    () => {
      const { opts, standing } = surroundings(settings);
      const { inServerGroup = false, ...rest } = more;
      const group = { name: "test-general", policy: "soft-anti-affinity" as const };
      const serverGroup = inServerGroup
        ? createServerGroup("group", group, { provider: opts.providers[0] })
        : undefined;
      const args = { ...standing, plan: machine, userData: "#cloud-config", serverGroup, ...rest };
      return new Machine(machine.name, args, opts);
    },
    { preview },
  );
}

const NAME = "test-general-1";

describe("Machine", () => {
  it("defaults: a server on one port", async () => {
    const deployment = await deployMachine();
    assert.deepEqual(
      deployment.below(NAME).map(({ type, name }) => [type, name]),
      [
        [TYPE.instance, NAME],
        [TYPE.port, `${NAME}-port`],
      ],
    );
    const { metadata: _, tags: __, ...inputs } = deployment.only(TYPE.instance).inputs;
    assert.deepEqual(inputs, {
      name: NAME,
      flavorName: "medium",
      imageName: "ubuntu",
      networks: [{ port: `id-of-${NAME}-port` }],
      keyPair: "test-g1",
      userData: "#cloud-config",
      configDrive: true,
    });
  });

  it("has its address and security groups on the port, never on the server", async () => {
    const id = "44444444-4444-4444-8444-444444444444";
    const nodePorts = [{ from: 30080, allowedCidrs: ["203.0.113.0/24"] }];
    const deployment = await deployMachine({ extraSecurityGroupIds: [id], nodePorts });
    const { inputs } = deployment.only(TYPE.port);
    assert.equal(inputs.networkId, "id-of-test-network");
    assert.deepEqual(inputs.fixedIps, [{ subnetId: "id-of-test-network-subnet" }]);
    assert.deepEqual(inputs.securityGroupIds, ["id-of-test-worker", "id-of-test-general-node-ports", id]);
    assert.equal(deployment.only(TYPE.instance).inputs.securityGroups, undefined);
  });

  it("may send from pod and Service addresses only where the plug-in routes them as they are", async () => {
    const pairs = async (cluster: Partial<ClusterInput>) =>
      (await deployMachine({}, {}, cluster)).only(TYPE.port).inputs.allowedAddressPairs;
    assert.deepEqual(await pairs({}), []);
    const kubernetes = {
      encapsulation: "none",
      podCidr: "10.42.0.0/16",
      serviceCidr: "10.43.0.0/16",
    } as const;
    assert.deepEqual(await pairs({ kubernetes }), [
      { ipAddress: "10.42.0.0/16" },
      { ipAddress: "10.43.0.0/16" },
    ]);
  });

  it("never rebuilds or replaces an existing server for what only a new one needs", async () => {
    const { ignoreChanges } = (await deployMachine()).only(TYPE.instance);
    assert.deepEqual([...ignoreChanges].sort(), [
      "availabilityZone",
      "blockDevices",
      "configDrive",
      "imageId",
      "imageName",
      "keyPair",
      "schedulerHints",
      "userData",
    ]);
  });

  it("follows flavor, metadata and tags, which change in place", async () => {
    const deployment = await deployMachine({ metadata: { owner: "ops" }, tags: ["gold"] });
    const { inputs, ignoreChanges } = deployment.only(TYPE.instance);
    assert.deepEqual(inputs.metadata, {
      owner: "ops",
      "opencenter-organization": "acme",
      "opencenter-cluster": "test",
      "opencenter-role": "worker",
      "opencenter-pool": "general",
    });
    assert.ok(inputs.tags.includes("gold"));
    for (const followed of ["flavorName", "flavorId", "metadata", "tags", "name", "networks"])
      assert.ok(!ignoreChanges.includes(followed), followed);
  });

  it("takes a flavor by id in the field for ids", async () => {
    const flavor = "55555555-5555-4555-8555-555555555555";
    const { inputs } = (await deployMachine({ flavor })).only(TYPE.instance);
    assert.deepEqual([inputs.flavorId, inputs.flavorName], [flavor, undefined]);
  });

  it("waits for the way out and for the rules of its groups before its first boot", async () => {
    const deployment = await deployMachine();
    const server = deployment.only(TYPE.instance);
    const names = deployment.waitsFor(server);
    assert.ok(names.includes("test-network-router-interface"));
    for (const { name } of deployment.ofType(TYPE.rule)) assert.ok(names.includes(name), `not for ${name}`);
  });

  it("gives name and port to its successor only when it is gone", async () => {
    assert.equal((await deployMachine()).only(TYPE.instance).deleteBeforeReplace, true);
  });

  it("goes into its zone and server group", async () => {
    const deployment = await deployMachine({ availabilityZones: ["az1"] }, { inServerGroup: true });
    const { inputs } = deployment.only(TYPE.instance);
    const hints = [{ group: "id-of-group" }];
    assert.deepEqual([inputs.availabilityZone, inputs.schedulerHints], ["az1", hints]);
    assert.equal(await value(deployment.result.availabilityZone), "az1");
  });

  it("has persistent volumes as resources that outlive it, and ephemeral ones as part of it", async () => {
    const volumes = [
      { name: "data", sizeGiB: 100, type: "fast" },
      { name: "scratch", sizeGiB: 50, persistent: false },
    ];
    const deployment = await deployMachine({ volumes });
    const volume = deployment.only(TYPE.volume);
    const { metadata: _, ...inputs } = volume.inputs;
    assert.deepEqual(inputs, {
      name: `${NAME}-data`,
      size: 100,
      volumeType: "fast",
      enableOnlineResize: true,
    });
    // A retyped volume would be a new one, without the data.
    assert.deepEqual(volume.ignoreChanges, ["volumeType"]);
    const attachment = deployment.only(TYPE.volumeAttach);
    assert.deepEqual(attachment.inputs, { instanceId: `id-of-${NAME}`, volumeId: `id-of-${NAME}-data` });
    assert.equal(attachment.deleteBeforeReplace, true);
    assert.equal(attachment.deletedWith, deployment.only(TYPE.instance).urn);
    const sizes = deployment.only(TYPE.instance).inputs.blockDevices.map(({ volumeSize }: any) => volumeSize);
    assert.deepEqual(sizes, [undefined, 50]);
    assert.ok(
      !volume.dependencies.includes(deployment.only(TYPE.instance).urn),
      "a new server, a new volume",
    );
  });

  it("protects server and port apart from the volumes", async () => {
    const volumes = [{ name: "data", sizeGiB: 100 }];
    const guarded = async (more: Partial<MachineArgs>) =>
      (await deployMachine({ volumes }, more))
        .below(NAME)
        .filter(({ protect }) => protect)
        .map(({ name }) => name);
    assert.deepEqual(await guarded({}), []);
    assert.deepEqual(await guarded({ protect: true }), [NAME, `${NAME}-port`]);
    assert.deepEqual(await guarded({ protectVolumes: true }), [`${NAME}-data`]);
  });

  it("offers id, port, address and zone", async () => {
    const { result } = await deployMachine();
    const { instanceId, portId, address, availabilityZone } = result;
    assert.deepEqual(await Promise.all([instanceId, portId, address, availabilityZone].map(value)), [
      `id-of-${NAME}`,
      `id-of-${NAME}-port`,
      `address-of-${NAME}-port`,
      "nova",
    ]);
  });

  it("survives a preview, where its address is not known", async () => {
    const volumes = [{ name: "data", sizeGiB: 100 }];
    const deployment = await deployMachine({ volumes }, {}, { preview: true });
    assert.equal(deployment.below(NAME).length, 4);
    assert.equal(await isKnown(deployment.result.address), false);
  });
});
