import assert from "node:assert/strict";
import { DELIVERY, KUBESPRAY, onDelete, SHOW_STATUS } from "../../components/commands";

describe("Commands", () => {
  it("run the program by a relative path, with one word, and keep a long log out of the next environment", () => {
    for (const [options, path] of [
      [KUBESPRAY, "kubespray/main.ts"],
      [DELIVERY, "delivery/main.ts"],
    ] as const) {
      assert.deepEqual(options.interpreter, ["node", "--require=./runner/typescript.cjs", path]);
      assert.equal(options.addPreviousOutputInEnv, false);
      assert.equal(options.logging, "none");
    }
  });

  it("show status lines and never the result", () => {
    assert.equal(SHOW_STATUS.logging, "stderr");
  });

  it("that exist for their deletion run nothing else, also when an input changes", () => {
    const { create, update, delete: last, ...rest } = onDelete(DELIVERY, "teardown");
    // Without an update of its own, the provider would run `create` again.
    assert.deepEqual([create, update], ["true", "true"]);
    assert.equal(last, "exec node --require=./runner/typescript.cjs delivery/main.ts teardown");
    assert.ok(!("interpreter" in rest));
  });
});
