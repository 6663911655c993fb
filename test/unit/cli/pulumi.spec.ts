/** What the user's own `pulumi` gets from us. */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { capturePulumi, pulumi, showPulumi } from "../../../cli/pulumi";
import { fakeProgram } from "./support/bin";

/** For the tests of a suite, a `pulumi` that does this. @returns its folder */
function withPulumi(script: string): string {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-pulumi-"));
  const path = process.env["PATH"];
  before(() => {
    fakeProgram(folder, "pulumi", script);
    process.env["PATH"] = `${folder}:${path}`;
  });
  after(() => {
    process.env["PATH"] = path;
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

describe("pulumi is started", () => {
  const folder = withPulumi('env > "$SEEN"');
  const seen = join(folder, "seen");

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

describe("a pulumi that fails is quoted", () => {
  const folder = withPulumi('printf %s "$SAYS"; printf %s "$COMPLAINS" >&2; exit 7');

  const update = [
    "Refreshing (soak):",
    "~ openstack:compute:Instance soak-cp-1 refreshing",
    "Diagnostics:",
    "  openstack:compute:Instance (soak-cp-1):",
    "    error: Unable to create a compute client: EOF",
    "",
    "Resources:",
    "    1 errored",
    "",
  ].join("\n");
  const digest = JSON.stringify({ diagnostics: [{ severity: "error", message: "it is locked\n" }] });
  const cases: readonly (readonly [string, Record<string, string>, string])[] = [
    ["what it says on standard error", { COMPLAINS: "no stack\n", SAYS: "" }, "no stack"],
    ["the errors of its digest", { COMPLAINS: "", SAYS: digest }, "it is locked"],
    [
      "what an update shows",
      { COMPLAINS: "", SAYS: update },
      "openstack:compute:Instance (soak-cp-1):\n    error: Unable to create a compute client: EOF",
    ],
    ["nothing but its exit code", { COMPLAINS: "", SAYS: "" }, "exit code 7"],
  ];
  for (const [what, env, reason] of cases)
    it(what, async () => {
      await assert.rejects(pulumi(["refresh"], folder, { ...process.env, ...env }), {
        message: `pulumi refresh failed: ${reason}`,
      });
    });
});
