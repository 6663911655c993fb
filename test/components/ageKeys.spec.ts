import assert from "node:assert/strict";
import * as command from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
import { AgeKeys } from "../../components/ageKeys";
import { deploy, value } from "../support/mocks";
import { AGE_IDENTITY_MARK } from "../support/mockState";
import { TYPE } from "./support";

function deployKeys(generations: number[], more = {}, preview = false) {
  return deploy(
    () => {
      const commands = new command.Provider("commands");
      return new AgeKeys("age", { generations, commands, ...more });
    },
    { preview },
  );
}

describe("AgeKeys", () => {
  it("makes one key for each generation, once", async () => {
    const deployment = await deployKeys([2, 1]);
    const made = deployment.ofType(TYPE.command);
    assert.deepEqual(
      made.map(({ name }) => name),
      ["age-1", "age-2"],
    );
    for (const { inputs, ignoreChanges, additionalSecretOutputs } of made) {
      assert.equal(inputs.create, "age-identity");
      // Another version of the program must not make another key.
      assert.deepEqual(ignoreChanges, ["*"]);
      assert.ok(additionalSecretOutputs.includes("stdout"));
    }
  });

  it("offers them by ascending generation, secret as a whole", async () => {
    const { result } = await deployKeys([3, 1]);
    const keys = await value(result.keys);
    assert.deepEqual(keys, [
      { generation: 1, identity: AGE_IDENTITY_MARK, recipient: "age1recipient" },
      { generation: 3, identity: AGE_IDENTITY_MARK, recipient: "age1recipient" },
    ]);
    assert.equal(await pulumi.isSecret(result.keys), true);
  });

  it("touches no other generation's key when one comes", async () => {
    const before = (await deployKeys([1])).only(TYPE.command);
    const after = (await deployKeys([1, 2])).only(TYPE.command, "age-1");
    assert.equal(after.urn, before.urn);
    assert.deepEqual(after.inputs, before.inputs);
  });

  it("is protected when asked to", async () => {
    assert.equal((await deployKeys([1], { protect: true })).only(TYPE.command).protect, true);
    assert.equal((await deployKeys([1])).only(TYPE.command).protect, false);
  });

  it("survives a preview, where no key is known", async () => {
    const { result } = await deployKeys([1], {}, true);
    assert.equal(await pulumi.isSecret(result.keys), true);
  });
});
