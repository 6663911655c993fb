/** In processes of their own: what is tried here is what happens before anything is loaded. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(__dirname, "..", "..");

/** Stands where Node.js loads a file as it is, and notes which. */
const SPY = `
const Module = require("node:module");
const load = Module._extensions[".js"];
global.published = [];
Module._extensions[".js"] = function (module, file) { global.published.push(file); return load.call(this, module, file); };
`;

const LOADS = `
const loaded = [require("yaml").stringify, require("zod").z.string, require("age-encryption").Encrypter];
console.log(JSON.stringify({ kinds: loaded.map((one) => typeof one), published: global.published }));
`;

describe("runner/typescript.cjs", () => {
  let folder: string;

  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), "opencenter-typescript-"))));
  afterEach(() => rmSync(folder, { recursive: true }));

  const run = (...args: string[]) =>
    promisify(execFile)(process.execPath, args, { cwd: root, timeout: 60_000 });

  it("leaves packages to Node.js, of both kinds, and without a word", async () => {
    const spy = join(folder, "spy.cjs");
    writeFileSync(spy, SPY);
    const { stdout, stderr } = await run(
      `--require=${spy}`,
      "--require=./runner/typescript.cjs",
      "--eval",
      LOADS,
    );
    assert.equal(stderr, "");
    const { kinds, published } = JSON.parse(stdout) as { kinds: string[]; published: string[] };
    assert.deepEqual(kinds, ["function", "function", "function"]);
    const of = (name: string) => published.filter((file) => file.includes(`/node_modules/${name}/`));
    assert.ok(of("yaml").length > 10, `${of("yaml").length} files of yaml`);
    assert.ok(of("zod").length > 10, `${of("zod").length} files of zod, which has both kinds`);
    assert.ok(of("age-encryption").length > 0, "a package of modules");
  });

  it("names line and file of an error in TypeScript", async () => {
    const file = join(folder, "wrong.ts");
    writeFileSync(file, 'interface Unused {\n  a: string;\n}\nthrow new Error("refused" as string);\n');
    await assert.rejects(run("--require=./runner/typescript.cjs", file), (error: { stderr?: string }) => {
      assert.match(error.stderr ?? "", /wrong\.ts:4:7/);
      return true;
    });
  });
});
