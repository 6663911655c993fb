import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Cloud } from "../../components/cloud";
import { instanceDisks } from "../../components/instanceDisks";
import type { ClusterInput } from "../../config/schema";
import { deploy, value } from "../support/mocks";
import { minimal, plan } from "./support";

const ID = "11111111-1111-4111-8111-111111111111";
type Pool = NonNullable<ClusterInput["pools"]>[string];

/** The disk fields of a worker, and how often the cloud was asked for an image. */
async function disks(pool: Partial<Pool>) {
  const general = { count: 1, flavor: "medium", ...pool };
  const machine = plan({ ...minimal, pools: { general } }).pools[0]?.machines[0];
  assert.ok(machine);
  const { result, calls } = await deploy(() => {
    const cloud = new Cloud("cloud", { externalNetwork: "public" });
    return pulumi.output(instanceDisks(machine, cloud));
  });
  return {
    fields: await value(result),
    lookUps: calls.filter(({ token }) => token.includes("getImage")).length,
  };
}

const bootVolume = {
  uuid: "id-of-image-ubuntu",
  sourceType: "image",
  destinationType: "volume",
  bootIndex: 0,
  volumeSize: 40,
  volumeType: "fast",
  deleteOnTermination: true,
};

describe("instanceDisks", () => {
  it("defaults: the flavor's disk with the image by name, without a look-up", async () => {
    assert.deepEqual(await disks({}), { fields: { imageName: "ubuntu" }, lookUps: 0 });
  });

  it("names an image by id in the field for ids", async () => {
    assert.deepEqual(await disks({ image: ID }), { fields: { imageId: ID }, lookUps: 0 });
  });

  it("boots from a volume that goes with the server, and then names no image", async () => {
    const { fields, lookUps } = await disks({ rootVolume: { sizeGiB: 40, type: "fast" } });
    assert.deepEqual(fields, { blockDevices: [bootVolume] });
    assert.equal(lookUps, 1);
  });

  it("lists the root disk too as soon as there is an ephemeral volume", async () => {
    const volumes = [{ name: "scratch", sizeGiB: 50, persistent: false }];
    const { fields } = await disks({ volumes });
    assert.deepEqual(fields, {
      imageId: "id-of-image-ubuntu",
      blockDevices: [
        {
          uuid: "id-of-image-ubuntu",
          sourceType: "image",
          destinationType: "local",
          bootIndex: 0,
          deleteOnTermination: true,
        },
        {
          sourceType: "blank",
          destinationType: "volume",
          volumeSize: 50,
          volumeType: undefined,
          bootIndex: -1,
          deleteOnTermination: true,
        },
      ],
    });
  });

  it("keeps persistent volumes out of the server: they would be deleted with it", async () => {
    const { fields } = await disks({ volumes: [{ name: "data", sizeGiB: 50 }] });
    assert.deepEqual(fields, { imageName: "ubuntu" });
  });
});
