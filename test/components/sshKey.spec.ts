import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { SshKey } from "../../components/sshKey";
import { deploy, value } from "../support/mocks";
import { PRIVATE_KEY_MARK } from "../support/mockState";
import { TYPE } from "./support";

function deployKey(generation = 1, more = {}, options?: { preview: boolean }) {
  return deploy(
    () => new SshKey("key", { keyPairName: "test", generation, generations: [generation], ...more }),
    options,
  );
}

describe("SshKey", () => {
  it("defaults: an ED25519 key and its Nova key pair", async () => {
    const deployment = await deployKey();
    assert.deepEqual(deployment.only(TYPE.privateKey).inputs, { algorithm: "ED25519" });
    // Without the final line feed of the provider: Nova takes it off, which would show as drift for ever.
    assert.deepEqual(deployment.only(TYPE.keypair).inputs, {
      name: "test-g1",
      publicKey: "ssh-ed25519 of-key-g1",
    });
    assert.equal(deployment.only(TYPE.keypair).deleteBeforeReplace, true);
  });

  it("makes a new key, with new names, for a new generation", async () => {
    const first = (await deployKey(1)).below("key").map(({ urn }) => urn);
    const second = await deployKey(2);
    assert.equal(second.only(TYPE.keypair).inputs.name, "test-g2");
    assert.ok(second.below("key").every(({ urn }) => !first.includes(urn)));
  });

  it("has the old key beside the new one, without a change to it, and uses the one that is named", async () => {
    const before = (await deployKey(1)).below("key");
    const overlap = await deployKey(1, { generations: [1, 2] });
    const inputsOf = (deployment: typeof overlap, urn: string) =>
      deployment.below("key").find((one) => one.urn === urn)?.inputs;
    for (const { urn, inputs } of before) assert.deepEqual(inputsOf(overlap, urn), inputs);
    assert.equal(overlap.below("key").length, 2 * before.length);
    assert.equal(await value(overlap.result.keyPair), "test-g1");
    assert.equal(
      await value((await deployKey(2, { generations: [1, 2] })).result.publicKey),
      "ssh-ed25519 of-key-g2",
    );
  });

  it("keeps the private key secret and the public one readable", async () => {
    const { result, resources } = await deployKey();
    assert.match(await value(result.privateKey), new RegExp(PRIVATE_KEY_MARK));
    assert.equal(await pulumi.isSecret(result.privateKey), true);
    assert.equal(await pulumi.isSecret(result.publicKey), false);
    const component = resources.find(({ custom }) => !custom);
    assert.deepEqual(component?.outputs, { publicKey: "ssh-ed25519 of-key-g1", keyPair: "test-g1" });
  });

  it("protects the key, and not the key pair that can be made again from it", async () => {
    const deployment = await deployKey(1, { protect: true });
    assert.equal(deployment.only(TYPE.privateKey).protect, true);
    assert.equal(deployment.only(TYPE.keypair).protect, false);
  });

  it("survives a preview, where no key is known", async () => {
    const { result, resources } = await deployKey(1, {}, { preview: true });
    assert.equal(resources.length, 3);
    assert.equal(await pulumi.isSecret(result.privateKey), true);
  });
});
