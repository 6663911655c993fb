/** The tour from nothing to nothing, as a newcomer calls it. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { skip } from "../support/skip";
import { sandbox } from "./support/processes";

describe("the sandbox's tour", () => {
  let directory: string;
  before(function () {
    if (process.env["OPENCENTER_TOUR"] === undefined)
      skip(
        this,
        "OPENCENTER_TOUR is not set: it takes ten minutes, and every verb in it has tests of its own",
      );
    directory = mkdtempSync(join(tmpdir(), "opencenter-e2e-"));
  });
  after(async () => {
    if (directory === undefined) return;
    await sandbox(directory, "stop");
    rmSync(directory, { recursive: true, force: true });
  });

  it("comes to its end, and leaves nothing", async function () {
    this.timeout(45 * 60_000);
    const { code, output } = await sandbox(directory, "tour");
    assert.equal(code, 0, output.slice(-6_000));
    assert.match(output, /The tour is over: \d+ of 10 chapters were seen/);
    assert.match(output, /sandbox is gone\./);
    assert.ok(!existsSync(join(directory, "Pulumi.sandbox.yaml")));
  });
});
