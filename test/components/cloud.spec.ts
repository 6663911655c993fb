import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Cloud, explain, isId, type CloudArgs } from "../../components/cloud";
import { deploy, value } from "../support/mocks";
import { EXTERNAL_NETWORK_ID } from "../support/mockState";
import { TYPE } from "./support";

const ID = "11111111-1111-4111-8111-111111111111";

function deployCloud(args: Partial<CloudArgs> = {}, options?: { preview: boolean }) {
  return deploy(() => new Cloud("cloud", { externalNetwork: "public", ...args }), options);
}

describe("Cloud", () => {
  it("defaults: a provider without credentials that tries again, and one for keys", async () => {
    const deployment = await deployCloud();
    // The SDK turns what is not a string into one: providers take strings only.
    assert.equal(deployment.only(TYPE.cloud, "cloud-openstack").inputs.maxRetries, "4");
    assert.deepEqual(
      deployment.below("cloud").map(({ name }) => name),
      ["cloud-openstack", "cloud-tls"],
    );
  });

  it("hands on the entry of clouds.yaml, region and CA certificate, and nothing that is a secret", async () => {
    const args = { cloud: "acme", region: "one", caCertificate: "PEM" };
    const { inputs } = (await deployCloud(args)).only(TYPE.cloud);
    assert.deepEqual([inputs.cloud, inputs.region, inputs.cacertFile], ["acme", "one", "PEM"]);
    const other = (await deployCloud({ authUrl: "https://keystone" })).only(TYPE.cloud).inputs;
    assert.deepEqual([other.cloud, other.authUrl], [undefined, "https://keystone"]);
    for (const secret of ["password", "token", "applicationCredentialSecret"])
      assert.ok(!(secret in inputs), `the provider has ${secret} in its inputs and so in the state`);
  });

  it("knows the external network by name and by id", async () => {
    const byName = await deployCloud();
    assert.deepEqual(byName.calls[0]?.inputs, { name: "public", external: true });
    assert.equal(await value(byName.result.externalNetwork.id), EXTERNAL_NETWORK_ID);
    assert.equal(await value(byName.result.externalNetwork.name), "public");
    const byId = await deployCloud({ externalNetwork: ID });
    assert.deepEqual(byId.calls[0]?.inputs, { networkId: ID, external: true });
    assert.equal(await value(byId.result.externalNetwork.name), "name-of-external-network");
  });

  it("looks an image up once however many machines have it, and an id not at all", async () => {
    const deployment = await deploy(() => {
      const cloud = new Cloud("cloud", { externalNetwork: "public" });
      return [cloud.imageId("ubuntu"), cloud.imageId("ubuntu"), cloud.imageId(ID)];
    });
    assert.deepEqual(await Promise.all(deployment.result.map(value)), [
      "id-of-image-ubuntu",
      "id-of-image-ubuntu",
      ID,
    ]);
    const images = deployment.calls.filter(({ token }) => token.includes("getImage"));
    assert.deepEqual(
      images.map(({ inputs }) => inputs),
      [{ name: "ubuntu", mostRecent: true }],
    );
    assert.equal(images[0]?.provider, deployment.only(TYPE.cloud).urn);
  });

  it("tells ids from names", () => {
    assert.ok(isId(ID));
    assert.ok(isId(ID.toUpperCase()));
    for (const name of ["ubuntu-24.04", `${ID}0`, ID.replaceAll("-", "")]) assert.ok(!isId(name), name);
  });

  it("turns a failed look-up into a message with what to do, without a stack trace", async () => {
    const failure = explain(Promise.reject(new Error("no image found")), "the image ubunto");
    await assert.rejects(failure, (error) => {
      assert.ok(pulumi.RunError.isInstance(error));
      assert.match(error.message, /Cannot look up the image ubunto in the cloud: no image found/);
      assert.match(error.message, /npx opencenter validate <stack> --online/);
      return true;
    });
  });

  it("survives a preview", async () => {
    const deployment = await deployCloud({}, { preview: true });
    assert.equal(deployment.below("cloud").length, 2);
    // Look-ups are answered in previews too.
    assert.equal(await value(deployment.result.externalNetwork.id), EXTERNAL_NETWORK_ID);
  });
});
