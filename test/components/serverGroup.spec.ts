import assert from "node:assert/strict";
import { createServerGroup } from "../../components/serverGroup";
import { deploy } from "../support/mocks";
import { TYPE } from "./support";

describe("createServerGroup", () => {
  it("defaults: a group with the policy in the form that this version of the provider wants", async () => {
    const plan = { name: "test-cp", policy: "anti-affinity" as const };
    const deployment = await deploy(() => createServerGroup("group", plan, {}));
    assert.deepEqual(deployment.only(TYPE.serverGroup).inputs, {
      name: "test-cp",
      policies: ["anti-affinity"],
    });
  });
});
