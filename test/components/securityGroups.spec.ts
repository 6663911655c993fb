import assert from "node:assert/strict";
import type { ClusterInput } from "../../config/schema";
import { SecurityGroups } from "../../components/securityGroups";
import { deploy, isKnown, value } from "../support/mocks";
import { TYPE, minimal, plan, production, usual } from "./support";

function deployGroups(settings: ClusterInput, options?: { preview: boolean }) {
  const { securityGroups: groups, tags } = plan(settings);
  return deploy(() => new SecurityGroups("sg", { groups, tags }), options);
}

describe("SecurityGroups", () => {
  it("defaults: a group for each kind of machine, without Neutron's own rules", async () => {
    const deployment = await deployGroups(usual);
    const groups = deployment.ofType(TYPE.securityGroup);
    assert.deepEqual(
      groups.map(({ name, inputs }) => [name, inputs.name, inputs.deleteDefaultRules]),
      [
        ["sg-bastion", "test-bastion", true],
        ["sg-control-plane", "test-control-plane", true],
        ["sg-worker", "test-worker", true],
      ],
    );
  });

  it("makes every rule of the plan, once, in its group", async () => {
    const { securityGroups: groups } = plan(production);
    const deployment = await deployGroups(production);
    const rules = deployment.ofType(TYPE.rule);
    const expected = groups.flatMap(({ key, rules }) =>
      rules.map((rule) => [`sg-${key}-${rule.key}`, `id-of-sg-${key}`]),
    );
    assert.deepEqual(
      rules.map(({ name, inputs }) => [name, inputs.securityGroupId]),
      expected.sort(),
    );
  });

  it("opens a port to a group or to a network, never to both", async () => {
    const deployment = await deployGroups(usual);
    assert.deepEqual(deployment.only(TYPE.rule, "sg-control-plane-etcd-from-control-plane").inputs, {
      securityGroupId: "id-of-sg-control-plane",
      direction: "ingress",
      ethertype: "IPv4",
      protocol: "tcp",
      portRangeMin: 2379,
      portRangeMax: 2380,
      remoteGroupId: "id-of-sg-control-plane",
      description: "etcd clients and peers.",
    });
    for (const { urn, inputs } of deployment.ofType(TYPE.rule)) {
      const peers = [inputs.remoteGroupId, inputs.remoteIpPrefix].filter((peer) => peer !== undefined);
      assert.equal(peers.length, 1, urn);
    }
  });

  it("lets in from everywhere nowhere, and out everywhere", async () => {
    const rules = (await deployGroups(production)).ofType(TYPE.rule);
    const open = rules.filter(({ inputs }) => inputs.remoteIpPrefix === "0.0.0.0/0");
    assert.deepEqual(
      open.map(({ inputs }) => inputs.direction),
      ["egress", "egress", "egress", "egress"],
    );
  });

  it("takes SSH to the nodes from the bastion, or from the allowed networks when there is none", async () => {
    const ssh = async (settings: ClusterInput) =>
      (await deployGroups(settings))
        .ofType(TYPE.rule)
        .filter(({ inputs, name }) => inputs.portRangeMin === 22 && !name.startsWith("sg-bastion"))
        .map(({ inputs }) => inputs.remoteGroupId ?? inputs.remoteIpPrefix);
    assert.deepEqual(await ssh(usual), ["id-of-sg-bastion", "id-of-sg-bastion"]);
    assert.deepEqual(await ssh(minimal), ["198.51.100.0/24", "198.51.100.0/24"]);
  });

  it("replaces a rule by deleting it first, and lets rules go with their group", async () => {
    const deployment = await deployGroups(usual);
    for (const rule of deployment.ofType(TYPE.rule)) {
      assert.ok(rule.deleteBeforeReplace, rule.urn);
      const owner = deployment.withUrn(rule.deletedWith);
      assert.equal(rule.inputs.securityGroupId, `id-of-${owner.name}`);
    }
  });

  it("gives the id of a group by its key, and refuses a key that the plan does not have", async () => {
    const { result } = await deployGroups(minimal);
    assert.equal(await value(result.id("worker")), "id-of-sg-worker");
    assert.throws(() => result.id("workers"), /the plan has no security group workers/);
  });

  it("survives a preview, where no id is known", async () => {
    const deployment = await deployGroups(usual, { preview: true });
    const names = deployment.below("sg").map(({ name }) => name);
    assert.deepEqual(
      names,
      (await deployGroups(usual)).below("sg").map(({ name }) => name),
    );
    assert.equal(await isKnown(deployment.result.id("worker")), false);
  });
});
