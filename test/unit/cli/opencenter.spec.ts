import { strict as assert } from "node:assert";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { usageExitCode } from "../../../cli/errors";
import { bin, opencenter, repository, STACK_TRACE } from "./support/bin";

describe("opencenter", () => {
  it("shows its verbs and its version", async () => {
    const [help, version] = await Promise.all([opencenter(["--help"]), opencenter(["--version"])]);
    assert.equal(help.code, 0);
    for (const verb of ["init", "validate", "topology", "doctor"])
      assert.ok(help.stdout.includes(verb), verb);
    const manifest = JSON.parse(readFileSync(join(repository, "package.json"), "utf8")) as {
      version: string;
    };
    assert.deepEqual([version.code, version.stdout.trim()], [0, manifest.version]);
  });

  for (const [what, args, words] of [
    ["an unknown verb", ["valdate", "x"], /Did you mean validate\?/],
    ["an unknown flag", ["validate", "minimal", "--jsn"], /Did you mean --json\?/],
    ["a missing argument", ["validate"], /missing required argument/],
    ["no verb", [], /Usage: opencenter/],
  ] as const) {
    it(`ends with 2 for ${what}`, async () => {
      const { code, stdout, stderr } = await opencenter(args);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, STACK_TRACE);
    });
  }

  it("works in any folder of the repository", async () => {
    const { code, stderr } = await opencenter(["validate", "minimal"], { cwd: join(repository, "stacks") });
    assert.equal(code, 0, stderr);
  });

  it("says which Node.js it needs", async () => {
    const old = "Object.defineProperty(process,'versions',{value:{...process.versions,node:'18.20.1'}})";
    const { code, stderr } = await opencenter(["--version"], {
      nodeArgs: ["--import", `data:text/javascript,${old}`],
    });
    assert.equal(code, 2);
    assert.match(stderr, /needs Node\.js 20\.19 or newer; this is 18\.20\.1/);
    assert.doesNotMatch(stderr, STACK_TRACE);
  });

  it("ends with 1 for wrong usage where 2 means drift", async () => {
    const { code, stderr } = await opencenter(["fleet", "nonsense"]);
    assert.equal(code, 1, stderr);
    assert.match(stderr, /unknown command 'nonsense'/);
    const verbs = ["fleet", "drift", "reconcile", "status", "validate", undefined];
    assert.deepEqual(verbs.map(usageExitCode), [1, 1, 1, 2, 2, 2]);
  });

  it("says how to install the dependencies", async () => {
    const folder = mkdtempSync(join(tmpdir(), "opencenter-bare-"));
    mkdirSync(join(folder, "cli"));
    copyFileSync(bin, join(folder, "cli", "opencenter.mjs"));
    copyFileSync(join(repository, "package.json"), join(folder, "package.json"));
    const { code, stderr } = await opencenter(["--version"], {
      script: join(folder, "cli", "opencenter.mjs"),
    });
    rmSync(folder, { recursive: true });
    assert.equal(code, 2);
    assert.match(stderr, /npm ci --ignore-scripts/);
    assert.doesNotMatch(stderr, STACK_TRACE);
  });

  it("calls a bug a bug, with its stack trace", async () => {
    const broken = "process.stdout.write=()=>{throw new TypeError('inner')}";
    const args = ["topology", "minimal", "--json"];
    const { code, stderr } = await opencenter(args, {
      nodeArgs: ["--import", `data:text/javascript,${broken}`],
    });
    assert.equal(code, 1);
    assert.match(stderr, /bug in opencenter/);
    assert.match(stderr, STACK_TRACE);
  });
});
