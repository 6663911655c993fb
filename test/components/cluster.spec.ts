import assert from "node:assert/strict";
import { value } from "../support/mocks";
import { deployCluster, minimal } from "./support";
describe("Cluster", () => {
  it("defaults", async () => {
    const d = await deployCluster(minimal);
    console.log(d.resources.map((r) => [r.urn, r.provider, r.protect].join(" ")).join("\n"));
    console.log(JSON.stringify(d.only("openstack:compute/instance:Instance", "test-cp-1"), null, 1));
    console.log(await value(d.result.nodes), await value(d.result.endpoint.url));
    assert.ok(true);
  });
});
