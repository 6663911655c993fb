/** In processes of their own: what is tried here is what happens before the SDK is loaded. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const root = join(__dirname, "..", "..");

/** As the SDK's runner starts a program: its source maps first. */
const AS_PROGRAM = `
require("source-map-support/register");
const util = require("node:util");
const loaded = (name) => Object.entries(require.cache).some(
  ([file, { exports }]) => file.includes("/node_modules/" + name + "/lib/") && !util.types.isProxy(exports));
const tell = (value) => console.log(JSON.stringify(value));
`;
const TUNED = `require("./components/sdkTuning");\n`;

async function run<T>(script: string): Promise<T> {
  const args = ["--require=./runner/typescript.cjs", "--eval", AS_PROGRAM + script];
  // A line that makes Node.js go in circles costs gigabytes; the limit makes a failure of it.
  const { stdout } = await promisify(execFile)(process.execPath, ["--max-old-space-size=512", ...args], {
    cwd: root,
    timeout: 60_000,
  });
  return JSON.parse(stdout) as T;
}

/** An error whose stack goes through the SDK, as one of the program does. */
const ERROR_IN_PROGRAM = `
const pulumi = require("@pulumi/pulumi");
class Probe extends pulumi.ComponentResource {
  constructor() { super("a:b:C", "probe", {}, { get parent() { throw new Error("refused"); } }); }
}
let error;
try { new Probe(); } catch (thrown) { error = thrown; }
`;

describe("sdkTuning", () => {
  it("leaves out what turns functions into cloud code, and gets it when it is asked for", async () => {
    const answer = await run<{ before: boolean[]; text: string; after: boolean[] }>(`${TUNED}
      const pulumi = require("@pulumi/pulumi");
      const both = () => [loaded("typescript"), loaded("@npmcli/arborist")];
      const before = both();
      pulumi.runtime.serializeFunction(() => 42).then(async ({ text }) => {
        await pulumi.runtime.computeCodePaths();
        tell({ before, text, after: both() });
      });`);
    assert.deepEqual(answer.before, [false, false]);
    assert.match(answer.text, /42/);
    assert.deepEqual(answer.after, [true, true]);
  });

  it("names files that exist in the stack of an error, so that it can be shown", async () => {
    const { stack, shown } = await run<{ stack: string; shown: string }>(
      `${TUNED}${ERROR_IN_PROGRAM}tell({ stack: error.stack, shown: util.inspect(error, { colors: true }) });`,
    );
    assert.match(shown, /refused/);
    const files = [...stack.matchAll(/(?:\(|at )(\/[^():]+):\d+:\d+\)?$/gm)].map(([, file]) => file!);
    assert.ok(
      files.some((file) => file.includes("@pulumi/pulumi/resource.js")),
      stack,
    );
    for (const file of files.filter((name) => !name.includes("[eval"))) assert.ok(existsSync(file), file);
  });

  it("says of the program's own files what source maps say, however often it is asked", async () => {
    const thrown = `
      const { readStackConfig } = require("./components/stackConfig");
      const ours = (line) => /components/.test(line);
      const again = () => {
        try { readStackConfig("/nowhere"); } catch (error) { return error.stack.split("\\n").filter(ours); }
      };
      tell([again(), again()]);`;
    const untouched = await run<string[][]>(thrown);
    const tuned = await run<string[][]>(TUNED + thrown);
    assert.ok(untouched[0]!.length > 0);
    assert.deepEqual(tuned, untouched);
  });

  it("sends the engine every line for --debug, in order, in fewer messages", async () => {
    const sent = await run<string[]>(`
      const log = require("@pulumi/pulumi/log");
      const sent = [];
      log.debug = async (message, resource) => void sent.push(resource === undefined ? message : message + " of " + resource);
      ${TUNED}
      for (let line = 0; line < 450; line++) log.debug("line " + line);
      log.debug("about", "a resource");
      setTimeout(() => tell(sent), 50);`);
    const [about, ...lines] = [...sent].sort((a, b) => Number(/^about/.test(b)) - Number(/^about/.test(a)));
    assert.equal(about, "about of a resource");
    assert.equal(lines.length, 3);
    assert.deepEqual(
      lines.join("\n").split("\n"),
      Array.from({ length: 450 }, (_, line) => `line ${line}`),
    );
  });

  it("tells the engine no lines of this program, which would be a seventh of the state", async () => {
    const lines = `
      const { Resource } = require("@pulumi/pulumi");
      class Probe { constructor() { this.lines = Resource.stackTrace(0).length; } }
      tell(new Probe().lines);`;
    assert.ok((await run<number>(lines)) > 0);
    assert.equal(await run<number>(TUNED + lines), 0);
  });

  it("notes where a promise was made for who looks for one that is never kept", async () => {
    const origin = `${TUNED}
      const { debuggablePromise } = require("@pulumi/pulumi/runtime/debuggable");
      const promise = Promise.resolve();
      debuggablePromise(promise, "x");
      const kept = Error.stackTraceLimit;
      tell({ lines: promise._debugStackTrace.split("\\n").length, kept });`;
    assert.deepEqual(await run(origin), { lines: 1, kept: 10 });
    const asked = await run<{ lines: number }>(`process.env.PULUMI_DEBUG_PROMISE_LEAKS = "1";\n${origin}`);
    assert.ok(asked.lines > 1);
  });
});
