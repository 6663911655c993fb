import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Progress } from "../../../sandbox/progress";
import { ensureToolchain, type Toolchain } from "../../../sandbox/toolchain";
import { onPath } from "../../../sandbox/toolchain/installed";
import { Cache, PROJECT } from "../../../sandbox/toolchain/paths";
import { skip } from "../../support/skip";
import { isAlive } from "../../support/processes";

const PROGRAM = `
import ${JSON.stringify(join(PROJECT, "components/sdkTuning.ts"))};
import { local } from "@pulumi/command";
import * as pulumi from "@pulumi/pulumi";
const { CREATE, UPDATE, TRIGGERS } = process.env;
const command = new local.Command("converge", {
  create: CREATE ?? 'echo "working on $(cat)" >&2; echo "$WHO"',
  update: UPDATE,
  delete: 'echo "$WHO" >> deleted',
  stdin: pulumi.secret("sesame"),
  environment: { WHO: "prod" },
  triggers: TRIGGERS === undefined ? undefined : [TRIGGERS],
});
new local.Command("after", { environment: { FROM: command.stdout } });
export const stdout = command.stdout;
`;

/** More than fits into one header of the answer, as an error travels. */
const FAILING = "echo no-good; head -c 300000 /dev/zero | tr '\\0' x | fold -w 10000; exit 7";

describe("the stand-in for the command provider, with the real engine", function () {
  this.timeout(120_000);
  const folder = mkdtempSync(join(tmpdir(), "opencenter-command-"));
  const children: ChildProcess[] = [];
  let toolchain: Toolchain;

  before(async function () {
    const cache = new Cache();
    if (!existsSync(join(cache.bin, "pulumi")) && onPath("pulumi", cache).length === 0) {
      skip(this, "there is no Pulumi CLI yet; npx tsx sandbox/toolchain/main.ts gets one");
    }
    toolchain = await ensureToolchain({ progress: new Progress({ stream: { write: () => {} } }) });
    mkdirSync(join(folder, "state"));
    symlinkSync(join(PROJECT, "node_modules"), join(folder, "node_modules"));
    const options = `typescript: false, nodeargs: "--require=${join(PROJECT, "runner/typescript.cjs")}"`;
    writeFileSync(
      join(folder, "Pulumi.yaml"),
      `name: trial\nruntime: {name: nodejs, options: {${options}}}\nmain: index.ts\n`,
    );
    writeFileSync(join(folder, "package.json"), '{"name": "trial", "dependencies": {"@pulumi/pulumi": "*"}}');
    writeFileSync(join(folder, "index.ts"), PROGRAM);
    assert.equal((await pulumi(["stack", "init", "dev"])).code, 0);
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  after(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5 }));

  function start(args: string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
    const child = spawn(toolchain.pulumi, args, {
      cwd: folder,
      env: {
        ...process.env,
        ...toolchain.env,
        PULUMI_BACKEND_URL: `file://${join(folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "x",
        ...env,
      },
    });
    children.push(child);
    return child;
  }

  async function pulumi(args: string[], env: NodeJS.ProcessEnv = {}) {
    const child = start(args, env);
    let output = "";
    for (const stream of [child.stdout!, child.stderr!])
      stream.on("data", (chunk) => (output += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    return { code, output };
  }
  const up = (env?: NodeJS.ProcessEnv) => pulumi(["up", "--yes", "--skip-preview"], env);
  const state = async () => (await pulumi(["stack", "export"])).output;

  it("creates with live lines, and is quiet afterwards", async () => {
    const created = await up();
    assert.equal(created.code, 0, created.output);
    assert.match(created.output, /converge creating \(\d+s\) working on sesame\n/);
    // Ephemeral: gone from what is left of the run.
    assert.doesNotMatch(created.output.split("Diagnostics:")[1] ?? "", /working on/);
    assert.match(created.output, /stdout: "prod"/);
    const quiet = await pulumi(["preview", "--refresh", "--expect-no-changes"]);
    assert.equal(quiet.code, 0, quiet.output);
  });

  it("does not know the output in the preview of an update, and runs nothing", async () => {
    const { code, output } = await pulumi(["preview", "--diff"], { UPDATE: "touch previewed" });
    assert.equal(code, 0, output);
    assert.match(output, /FROM: "prod" => \[unknown\]/);
    assert.equal(existsSync(join(folder, "previewed")), false);
  });

  it("keeps the old state when an update fails, whatever was printed", async () => {
    const { code, output } = await up({ UPDATE: FAILING });
    assert.notEqual(code, 0);
    assert.match(output, /error: exit status 7: running "echo no-good;.*":\n\s+no-good\n/);
    const exported = await state();
    assert.match(exported, /"stdout": "prod"/);
    assert.doesNotMatch(exported, /no-good/);
  });

  it("kills the interpreter when the engine was killed", async () => {
    const cli = start(["up", "--yes", "--skip-preview"], { UPDATE: "echo $$ > pid; exec sleep 100" });
    const file = join(folder, "pid");
    while (!existsSync(file) || readFileSync(file, "utf8") === "") await sleep(50);
    const pid = Number(readFileSync(file, "utf8"));
    cli.kill("SIGKILL");
    for (const giveUpAt = Date.now() + 10_000; isAlive(pid); await sleep(50))
      assert.ok(Date.now() < giveUpAt, "the command outlived the engine");
    await pulumi(["cancel", "--yes"]);
  });

  it("replaces when triggers come, and deletes with the stored environment", async () => {
    const { code, output } = await up({ TRIGGERS: "1" });
    assert.equal(code, 0, output);
    assert.match(output, /converge (create|delete)d? replace/);
    assert.equal(readFileSync(join(folder, "deleted"), "utf8"), "prod\n");
    assert.equal((await pulumi(["destroy", "--yes", "--skip-preview"])).code, 0);
    assert.equal(readFileSync(join(folder, "deleted"), "utf8"), "prod\nprod\n");
  });
});
