/**
 * The real CLI with the toolchain's language host, plugins and stand-ins. The first run on a machine may build for some
 * minutes; nothing is skipped when the toolchain is not there yet.
 */
import assert from "node:assert/strict";
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
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
import { dirname, join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { progress } from "../../sandbox/progress";
import { ensureToolchain, type Toolchain } from "../../sandbox/toolchain";
import { PROJECT } from "../../sandbox/toolchain/paths";
import { isAlive } from "../support/processes";

const BUILD_TIMEOUT_MS = 40 * 60_000;
const RUN_TIMEOUT_MS = 120_000;

interface Result {
  readonly code: number | null;
  readonly output: string;
}

describe("the toolchain with the real CLI", function () {
  this.timeout(RUN_TIMEOUT_MS);
  let toolchain: Toolchain;
  const root = mkdtempSync(join(tmpdir(), "opencenter-e2e-"));
  const children: ChildProcess[] = [];
  let programs = 0;

  before(async function () {
    this.timeout(BUILD_TIMEOUT_MS);
    toolchain = await ensureToolchain({ progress });
  });
  afterEach(() => {
    for (const child of children.splice(0)) child.kill("SIGKILL");
  });
  after(() => rmSync(root, { recursive: true, force: true, maxRetries: 5 }));

  /** A project with one stack, `dev`, and the repository's packages. */
  async function program(
    source: string,
    options = 'typescript: false, nodeargs: "--import=tsx"',
  ): Promise<Program> {
    const directory = join(root, `program-${++programs}`);
    mkdirSync(join(directory, "state"), { recursive: true });
    symlinkSync(join(PROJECT, "node_modules"), join(directory, "node_modules"));
    const files = {
      "Pulumi.yaml": `name: trial\nruntime:\n  name: nodejs\n  options: {${options}}\nmain: index.ts\n`,
      "package.json": JSON.stringify({ name: "trial", dependencies: { "@pulumi/pulumi": "*" } }),
      "index.ts": source,
    };
    for (const [name, text] of Object.entries(files)) writeFileSync(join(directory, name), text);
    const made = new Program(directory, toolchain, children);
    assert.equal((await made.pulumi("stack", "init", "dev")).code, 0);
    return made;
  }

  it("runs TypeScript with configuration, secrets and nodeargs", async () => {
    const trial = await program(
      `import * as pulumi from "@pulumi/pulumi";
       enum Kind { Plain = "plain" }
       const config = new pulumi.Config();
       const kind: Kind = Kind.Plain;
       export const plain = config.require("plain");
       export const nested = config.requireObject<{ list: number[] }>("nested").list[1];
       export const hidden = config.requireSecret("hidden");
       export const secretKeys = ["trial:hidden", "trial:plain"].map(pulumi.runtime.isConfigSecret);
       export const node = { kind, execArgv: process.execArgv, cwd: process.cwd() };`,
      `typescript: false, nodeargs: '--import=tsx --title="two words"'`,
    );
    await trial.pulumi("config", "set", "plain", "a value with: colons");
    await trial.pulumi("config", "set", "--path", "nested.list[1]", "7");
    await trial.pulumi("config", "set", "--secret", "hidden", "hunter2");
    const up = await trial.pulumi("up", "--yes");
    assert.equal(up.code, 0, up.output);
    assert.doesNotMatch(up.output, /hunter2|warning/);
    assert.equal(up.output.match(/stand-in for pulumi-language-nodejs/g)!.length > 0, true);
    assert.deepEqual(await trial.outputs(), {
      plain: "a value with: colons",
      nested: 7,
      hidden: "hunter2",
      secretKeys: [true, false],
      node: { kind: "plain", execArgv: ["--import=tsx", "--title=two words"], cwd: trial.directory },
    });
    assert.equal((await trial.pulumi("preview", "--expect-no-changes")).code, 0);
  });

  for (const [what, source, message, stack] of [
    [
      "throws",
      `throw new Error("the reason");`,
      /failed with an unhandled exception:[\s\S]*the reason/,
      true,
    ],
    [
      "throws a RunError",
      `import { RunError } from "@pulumi/pulumi"; throw new RunError("the reason");`,
      /error: the reason/,
      false,
    ],
    ["exits by itself", `process.exit(7);`, /the program exited with code 7/, false],
  ] as const) {
    it(`reports a program that ${what}, once`, async () => {
      const trial = await program(source);
      const { code, output } = await trial.pulumi("preview", "--suppress-progress");
      assert.notEqual(code, 0);
      assert.match(output, message);
      assert.equal(/\n\s+at .*index\.ts/.test(output), stack, output);
      const diagnostics = output.slice(output.indexOf("Diagnostics:"));
      assert.equal(diagnostics.match(/the reason|exited with code/g)?.length, 1, output);
    });
  }

  it("says what to do when the program's packages are not installed", async () => {
    const trial = await program("");
    rmSync(join(trial.directory, "node_modules"));
    const { code, output } = await trial.pulumi("preview");
    assert.notEqual(code, 0);
    assert.match(output, /@pulumi\/pulumi\/cmd\/run is not installed for .*npm ci/);
  });

  it("answers `pulumi about` with Node.js and the program's packages", async () => {
    const trial = await program("");
    const { output } = await trial.pulumi("about", "--json");
    const about = JSON.parse(output.slice(output.indexOf("{"), output.lastIndexOf("}") + 1)) as {
      runtime: { executable: string; version: string };
      dependencies: { name: string; version: string }[];
    };
    assert.equal(about.runtime.version, process.version);
    const manifest = join(PROJECT, "node_modules/@pulumi/pulumi/package.json");
    const { version } = JSON.parse(readFileSync(manifest, "utf8")) as { version: string };
    assert.deepEqual(about.dependencies, [{ name: "@pulumi/pulumi", version }]);
  });

  for (const [how, signals] of [
    ["Ctrl-C", ["SIGINT"]],
    ["a CLI that is killed", ["SIGKILL"]],
  ] as const) {
    it(`leaves no process behind after ${how}`, async () => {
      const trial = await program(
        `import { spawn } from "node:child_process";
         import { writeFileSync } from "node:fs";
         const child = spawn("/bin/sleep", ["300"]);
         writeFileSync("pids", [process.pid, process.ppid, child.pid].join(" "));
         setInterval(() => undefined, 1000);`,
      );
      const file = join(trial.directory, "pids");
      const cli = trial.start("up", "--yes", "--skip-preview");
      await until(() => existsSync(file) && readFileSync(file, "utf8") !== "", "the program has begun");
      const pids = readFileSync(file, "utf8").split(" ").map(Number);
      assert.ok(pids.length === 3 && pids.every(isAlive));
      for (const signal of signals) cli.kill(signal);
      await until(() => !pids.some(isAlive), "all have gone");
    });
  }

  it("runs policy packs, which can stop an update", async () => {
    const trial = await program(
      `import * as tls from "@pulumi/tls"; new tls.PrivateKey("key", { algorithm: "RSA" });`,
    );
    const pack = join(trial.directory, "policy");
    mkdirSync(pack);
    symlinkSync(join(PROJECT, "node_modules"), join(pack, "node_modules"));
    writeFileSync(join(pack, "PulumiPolicy.yaml"), "runtime: nodejs\nversion: 0.0.1\nmain: index.js\n");
    writeFileSync(
      join(pack, "package.json"),
      JSON.stringify({ name: "pack", version: "0.0.1", main: "index.js" }),
    );
    writeFileSync(join(pack, "index.js"), POLICY_PACK);
    const { code, output } = await trial.pulumi("preview", "--policy-pack", pack, "--suppress-progress");
    assert.notEqual(code, 0, output);
    assert.match(output, /mandatory.*no-rsa[\s\S]*RSA keys are too large/);
    await trial.change(
      `import * as tls from "@pulumi/tls"; new tls.PrivateKey("key", { algorithm: "ED25519" });`,
    );
    const allowed = await trial.pulumi("preview", "--policy-pack", pack, "--suppress-progress");
    assert.equal(allowed.code, 0, allowed.output);
  });

  it("previews OpenStack resources without a cloud, makes keys, and is quiet afterwards", async () => {
    const trial = await program(KEYS_AND_NETWORKS);
    const preview = await trial.pulumi("preview", "--suppress-progress");
    assert.equal(preview.code, 0, preview.output);
    assert.match(preview.output, /\+ 7 to create/);
    assert.doesNotMatch(preview.output, /"allocationPools" is deprecated/);
    await trial.change(KEYS_AND_NETWORKS.split("// the cloud")[0]!);
    const up = await trial.pulumi("up", "--yes", "--skip-preview", "--suppress-progress");
    assert.equal(up.code, 0, up.output);
    const outputs = (await trial.outputs()) as Record<string, string>;
    assert.match(outputs.publicKey!, /^ssh-ed25519 AAAA/);
    assert.match(outputs.privateKey!, /^-----BEGIN OPENSSH PRIVATE KEY-----/);
    assert.doesNotMatch((await trial.pulumi("stack", "export")).output, /PRIVATE KEY-----/);
    assert.equal((await trial.pulumi("preview", "--refresh", "--expect-no-changes")).code, 0);
    await trial.change(KEYS_AND_NETWORKS.split("// the cloud")[0]!.replace("ED25519", "RSA"));
    assert.match(
      (await trial.pulumi("preview", "--diff")).output,
      /\+-tls:index\/privateKey:PrivateKey: \(replace\)/,
    );
    assert.equal((await trial.pulumi("destroy", "--yes", "--skip-preview")).code, 0);
  });

  it("has the OpenStack plugin under all tokens of the SDK", function () {
    const plugin = toolchain.parts.find(({ name }) => name === "openstack")!;
    if (plugin.source !== "built") {
      console.log(
        `        skipped: the plugin is the official one (${plugin.source}), whose tokens are the SDK's`,
      );
      return this.skip();
    }
    const info = JSON.parse(
      execFileSync(plugin.path, ["-get-provider-info"], { maxBuffer: 1e8 }).toString(),
    ) as Record<
      "resources" | "dataSources",
      Record<string, { tok: string; fields: Record<string, { name?: string; maxItemsOne?: boolean }> }>
    >;
    const served = new Set(
      [...Object.values(info.resources), ...Object.values(info.dataSources)].map(({ tok }) => tok),
    );
    const table = join(PROJECT, "sandbox/toolchain/modules/pulumi-resource-openstack/tokens.txt");
    const missing = readFileSync(table, "utf8")
      .trim()
      .split("\n")
      .filter((token) => !served.has(token));
    assert.deepEqual(missing, []);
    // Where the SDK's shapes are not what the bridge would make of the Terraform schema.
    assert.equal(info.resources.openstack_compute_servergroup_v2!.fields.policies!.maxItemsOne, false);
    assert.equal(
      info.resources.openstack_networking_subnet_v2!.fields.allocation_pool!.name,
      "allocationPools",
    );
  });
});

class Program {
  constructor(
    readonly directory: string,
    private readonly toolchain: Toolchain,
    private readonly children: ChildProcess[],
  ) {}

  /** With a PATH that has no node, as the machine of a user with a version manager may have. */
  start(...args: string[]): ChildProcess {
    const { env, pulumi } = this.toolchain;
    const child = spawn(pulumi, [...args, "--non-interactive", "--color", "never"], {
      cwd: this.directory,
      stdio: ["ignore", "pipe", "pipe"],
      env: {
        ...env,
        PATH: `${dirname(pulumi)}:/usr/bin:/bin`,
        HOME: this.directory,
        PULUMI_BACKEND_URL: `file://${join(this.directory, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "trial",
        PULUMI_STACK: "dev",
      },
    });
    this.children.push(child);
    return child;
  }

  async pulumi(...args: string[]): Promise<Result> {
    const child = this.start(...args);
    let output = "";
    child.stdout!.on("data", (chunk) => (output += chunk));
    child.stderr!.on("data", (chunk) => (output += chunk));
    const [code] = (await once(child, "close")) as [number | null];
    return { code, output };
  }

  async change(source: string): Promise<void> {
    writeFileSync(join(this.directory, "index.ts"), source);
  }

  async outputs(): Promise<unknown> {
    return JSON.parse((await this.pulumi("stack", "output", "--json", "--show-secrets")).output);
  }
}

async function until(condition: () => boolean, what: string): Promise<void> {
  for (let i = 0; i < 300; i++) {
    if (condition()) return;
    await sleep(100);
  }
  assert.fail(`not within 30 s: ${what}`);
}

const KEYS_AND_NETWORKS = `
import * as tls from "@pulumi/tls";
import * as openstack from "@pulumi/openstack";
const key = new tls.PrivateKey("key", { algorithm: "ED25519" });
export const publicKey = key.publicKeyOpenssh;
export const privateKey = key.privateKeyOpenssh;
// the cloud
const provider = new openstack.Provider("cloud", {
  authUrl: "http://127.0.0.1:9/v3", userName: "u", password: "p", tenantName: "t", region: "r",
});
const network = new openstack.networking.Network("network", {}, { provider });
new openstack.networking.Subnet("subnet", {
  networkId: network.id, cidr: "10.0.0.0/24", allocationPools: [{ start: "10.0.0.2", end: "10.0.0.9" }],
}, { provider });
new openstack.compute.ServerGroup("group", { policies: ["anti-affinity"] }, { provider });
new openstack.loadbalancer.Member("member", { poolId: "p", address: "10.0.0.3", protocolPort: 1 }, { provider });
`;

/** The smallest analyzer that can refuse something: the protocol is what is tried here, not a policy library. */
const POLICY_PACK = `
const grpc = require("@grpc/grpc-js");
const { AnalyzerService } = require("@pulumi/pulumi/proto/analyzer_grpc_pb");
const messages = require("@pulumi/pulumi/proto/analyzer_pb");
const { PluginInfo } = require("@pulumi/pulumi/proto/plugin_pb");
const { Empty } = require("google-protobuf/google/protobuf/empty_pb");

function analyze({ request }, callback) {
  const response = new messages.AnalyzeResponse();
  if (request.getProperties().toJavaScript().algorithm === "RSA") {
    const found = new messages.AnalyzeDiagnostic();
    found.setPolicyname("no-rsa");
    found.setPolicypackname("pack");
    found.setPolicypackversion("0.0.1");
    found.setMessage("RSA keys are too large");
    found.setEnforcementlevel(messages.EnforcementLevel.MANDATORY);
    response.addDiagnostics(found);
  }
  callback(null, response);
}
function info(_call, callback) {
  const response = new messages.AnalyzerInfo();
  response.setName("pack");
  response.setVersion("0.0.1");
  callback(null, response);
}
function pluginInfo(_call, callback) {
  const response = new PluginInfo();
  response.setVersion("0.0.1");
  callback(null, response);
}
const server = new grpc.Server();
server.addService(AnalyzerService, {
  analyze,
  analyzeStack: (_call, callback) => callback(null, new messages.AnalyzeResponse()),
  remediate: (_call, callback) => callback(null, new messages.RemediateResponse()),
  getAnalyzerInfo: info,
  getPluginInfo: pluginInfo,
  configure: (_call, callback) => callback(null, new Empty()),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (_error, port) => console.log(port));
`;
