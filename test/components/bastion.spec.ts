import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Bastion } from "../../components/bastion";
import { deploy, isKnown, value } from "../support/mocks";
import { PRIVATE_KEY_MARK } from "../support/mockState";
import { TYPE, deployCluster, minimal, plan, surroundings, usual } from "./support";

function deployBastion(more = {}, options?: { preview: boolean }) {
  const { bastion, tags } = plan(usual);
  assert.ok(bastion);
  return deploy(() => {
    const { opts, standing } = surroundings(usual);
    const userData = (key: { privateKey: string; publicKey: string }) => `${key.privateKey}${key.publicKey}`;
    return new Bastion("access", { ...standing, plan: bastion, tags, userData, ...more }, opts);
  }, options);
}

describe("Bastion", () => {
  it("defaults: a machine, its host key and its floating IP", async () => {
    const deployment = await deployBastion();
    assert.deepEqual(
      deployment.below("access").map(({ type, name }) => [type, name]),
      [
        [TYPE.floatingIp, "access-floating-ip"],
        [TYPE.privateKey, "access-host-key"],
        ["opencenter:compute:Machine", "test-bastion"],
        [TYPE.instance, "test-bastion"],
        [TYPE.port, "test-bastion-port"],
      ],
    );
    const { tags: _, ...inputs } = deployment.only(TYPE.floatingIp).inputs;
    assert.deepEqual(inputs, {
      pool: "public",
      portId: "id-of-test-bastion-port",
      description: "SSH to test-bastion",
    });
    assert.deepEqual(deployment.only(TYPE.port).inputs.securityGroupIds, ["id-of-test-bastion"]);
  });

  it("asks for its floating IP only when a router joins the networks", async () => {
    const deployment = await deployBastion();
    const names = deployment.waitsFor(deployment.only(TYPE.floatingIp));
    assert.ok(names.includes("test-network-router-interface"), names.join(", "));
  });

  it("boots with the host key in user data that is secret", async () => {
    const server = (await deployBastion()).only(TYPE.instance);
    assert.match(
      server.inputs.userData,
      new RegExp(`${PRIVATE_KEY_MARK}[^]*ssh-ed25519 of-access-host-key$`),
    );
    assert.ok(server.secretInputs.includes("userData"));
  });

  it("offers its address and its public host key in one line", async () => {
    const { result, resources } = await deployBastion();
    assert.equal(await value(result.floatingIp), "address-of-access-floating-ip");
    assert.equal(await value(result.hostKey), "ssh-ed25519 of-access-host-key");
    assert.equal(await pulumi.isSecret(result.hostKey), false);
    const component = resources.find(({ name, custom }) => name === "access" && !custom);
    assert.deepEqual(Object.keys(component?.outputs ?? {}).sort(), ["floatingIp", "hostKey"]);
  });

  it("protects address and host key, and not the machine that can be made again", async () => {
    const deployment = await deployBastion({ protect: true });
    const guarded = deployment.below("access").filter(({ custom, protect }) => custom && protect);
    assert.deepEqual(
      guarded.map(({ name }) => name),
      ["access-floating-ip", "access-host-key"],
    );
  });

  it("is absent when it is switched off, group and rules included", async () => {
    const deployment = await deployCluster(minimal);
    assert.equal(deployment.result.bastion, undefined);
    assert.deepEqual(
      deployment.resources.filter(({ name }) => name.includes("bastion")),
      [],
    );
  });

  it("in a cluster, installs the host key by cloud-init and nothing else does", async () => {
    const deployment = await deployCluster(usual);
    for (const { name, inputs } of deployment.ofType(TYPE.instance))
      assert.equal(inputs.userData.includes("ed25519_private"), name === "test-bastion", name);
  });

  it("survives a preview, where neither key nor address is known", async () => {
    const deployment = await deployBastion({}, { preview: true });
    assert.equal(deployment.below("access").length, 5);
    assert.equal(await isKnown(deployment.result.hostKey), false);
  });
});
