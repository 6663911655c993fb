import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import { NodePool, type NodePoolArgs } from "../../components/nodePool";
import { deploy } from "../support/mocks";
import { TYPE, minimal, plan, surroundings } from "./support";

type Pool = NonNullable<ClusterInput["pools"]>[string];

function deployPool(
  pool: Partial<Pool> = {},
  more: Partial<NodePoolArgs> = {},
  options?: { preview: boolean },
) {
  const settings = { ...minimal, pools: { general: { nodes: [1, 3], flavor: "medium", ...pool } } };
  const [group] = plan(settings).pools;
  assert.ok(group);
  return deploy(() => {
    const { opts, standing } = surroundings(settings);
    return new NodePool(group.name, { ...standing, plan: group, userData: "#cloud-config", ...more }, opts);
  }, options);
}

describe("NodePool", () => {
  it("defaults: a server group and one machine for each number", async () => {
    const deployment = await deployPool();
    assert.deepEqual(deployment.only(TYPE.serverGroup).inputs, {
      name: "test-general",
      policies: ["soft-anti-affinity"],
    });
    const hints = deployment.ofType(TYPE.instance).map(({ name, inputs }) => [name, inputs.schedulerHints]);
    const group = [{ group: "id-of-test-general-server-group" }];
    assert.deepEqual(hints, [
      ["test-general-1", group],
      ["test-general-3", group],
    ]);
    assert.deepEqual(
      deployment.result.machines.map((machine) => machine.plan.name),
      ["test-general-1", "test-general-3"],
    );
  });

  it("makes no server group for the policy none", async () => {
    const deployment = await deployPool({ serverGroupPolicy: "none" });
    assert.deepEqual(deployment.ofType(TYPE.serverGroup), []);
    for (const { inputs } of deployment.ofType(TYPE.instance)) assert.equal(inputs.schedulerHints, undefined);
  });

  it("has a first boot wait for the way out, and for the rules by way of the server group", async () => {
    const deployment = await deployPool();
    const rules = deployment.ofType(TYPE.rule).map(({ name }) => name);
    const group = deployment.waitsFor(deployment.only(TYPE.serverGroup));
    for (const name of rules) assert.ok(group.includes(name), `the server group does not wait for ${name}`);
    // A destroy takes the network in a step of its own otherwise.
    assert.ok(!group.includes("test-network-router-interface"));
    for (const server of deployment.ofType(TYPE.instance)) {
      const names = deployment.waitsFor(server);
      assert.ok(names.includes("test-general-server-group"), server.name);
      assert.ok(names.includes("test-network-router-interface"), server.name);
      // In the state of each server once more, they were half of it.
      assert.deepEqual(
        names.filter((name) => rules.includes(name)),
        [],
      );
    }
  });

  it("has a first boot wait for them where there is no server group", async () => {
    const deployment = await deployPool({ nodes: [1], serverGroupPolicy: "none" });
    const names = deployment.waitsFor(deployment.only(TYPE.instance));
    assert.ok(names.includes("test-network-router-interface"));
    for (const { name } of deployment.ofType(TYPE.rule)) assert.ok(names.includes(name), `not for ${name}`);
  });

  it("makes its machines at once", async () => {
    const deployment = await deployPool({ nodes: [1, 2, 3] });
    for (const server of deployment.ofType(TYPE.instance)) {
      const others = deployment.waitsFor(server).filter((name) => /^test-general-\d$/.test(name));
      assert.deepEqual(others, [], `${server.name} waits for another machine`);
    }
  });

  it("touches one machine at a time when it must be serial", async () => {
    const deployment = await deployPool({ nodes: [1, 2, 3] }, { serial: true });
    const before = deployment
      .ofType(TYPE.instance)
      .map((server) => deployment.waitsFor(server).filter((name) => /^test-general-\d$/.test(name)));
    assert.deepEqual(before, [[], ["test-general-1"], ["test-general-2"]]);
  });

  it("has no machine that depends on how many others there are", async () => {
    const server = async (nodes: number[]) => {
      const { inputs, urn } = (await deployPool({ nodes, availabilityZones: ["az1", "az2"] })).only(
        TYPE.instance,
        "test-general-3",
      );
      return { inputs, urn };
    };
    assert.deepEqual(await server([3]), await server([1, 2, 3, 4]));
  });

  it("may have no machine", async () => {
    const deployment = await deployPool({ nodes: [] });
    assert.deepEqual(deployment.ofType(TYPE.instance), []);
    assert.deepEqual(deployment.result.machines, []);
  });

  it("hands protection on to machines and volumes, not to the server group", async () => {
    const volumes = [{ name: "data", sizeGiB: 10 }];
    const guarded = async (more: Partial<NodePoolArgs>) =>
      (await deployPool({ nodes: [1], volumes }, more))
        .below("test-general")
        .filter(({ protect }) => protect)
        .map(({ name }) => name);
    assert.deepEqual(await guarded({ protect: true }), ["test-general-1", "test-general-1-port"]);
    assert.deepEqual(await guarded({ protectVolumes: true }), ["test-general-1-data"]);
  });

  it("survives a preview, where no id is known", async () => {
    const deployment = await deployPool({}, { serial: true }, { preview: true });
    assert.deepEqual(
      deployment.ofType(TYPE.instance).map(({ name }) => name),
      ["test-general-1", "test-general-3"],
    );
  });
});
