import assert from "node:assert/strict";
import { Backup } from "../../components/backup";
import { deploy, value } from "../support/mocks";
import { TYPE, deployCluster, minimal } from "./support";

const args = { containerName: "acme-test-backup", metadata: { "opencenter-cluster": "test" } };

describe("Backup", () => {
  it("defaults: a container that is never deleted with backups in it", async () => {
    const deployment = await deploy(() => new Backup("backup", args));
    const container = deployment.only(TYPE.container);
    assert.deepEqual(container.inputs, {
      name: args.containerName,
      metadata: args.metadata,
      forceDestroy: false,
    });
    assert.equal(container.protect, false);
    assert.equal(container.retainOnDelete, false);
  });

  it("is protected when asked to", async () => {
    const deployment = await deploy(() => new Backup("backup", { ...args, protect: true }));
    assert.equal(deployment.only(TYPE.container).protect, true);
  });

  it("is made for Swift, and not for S3 or no store", async () => {
    const containers = async (backup: object) =>
      (await deployCluster({ ...minimal, backup })).ofType(TYPE.container).map(({ inputs }) => inputs.name);
    assert.deepEqual(await containers({ store: "swift" }), ["acme-test-backup"]);
    assert.deepEqual(await containers({ store: "swift", bucket: "mine" }), ["mine"]);
    assert.deepEqual(await containers({ store: "none" }), []);
    const s3 = { store: "s3", bucket: "mine", endpoint: "https://s3.acme.org", region: "one" };
    assert.deepEqual(await containers(s3), []);
  });

  it("survives a preview", async () => {
    const { result } = await deploy(() => new Backup("backup", args), { preview: true });
    // The name comes from the configuration, so it is known before the container is there.
    assert.equal(await value(result.containerName), args.containerName);
  });
});
