/** What the user's own `pulumi` gets from us. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capturePulumi, pulumi, showPulumi } from "../../../cli/pulumi";
import { fakeProgram } from "./support/bin";

describe("pulumi is started", () => {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-pulumi-"));
  const seen = join(folder, "seen");
  const path = process.env["PATH"];
  before(() => {
    fakeProgram(folder, "pulumi", 'env > "$SEEN"');
    process.env["PATH"] = `${folder}:${path}`;
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true, force: true });
  });

  const env = () => ({ ...process.env, SEEN: seen, GITHUB_TOKEN: "a", GITLAB_TOKEN: "b", KEPT: "c" });
  for (const [name, start] of [
    ["pulumi", () => pulumi(["up"], folder, env())],
    ["showPulumi", () => showPulumi(["up"], folder, { env: env() })],
    ["capturePulumi", () => capturePulumi(["up"], folder, env())],
  ] as const)
    it(`by ${name} without the tokens of the Git host`, async () => {
      await start();
      const names = readFileSync(seen, "utf8").match(/^(KEPT|GITHUB_TOKEN|GITLAB_TOKEN)=/gm);
      assert.deepEqual(names, ["KEPT="]);
      rmSync(seen);
    });
});
