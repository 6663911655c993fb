import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { ToolchainError } from "../../../sandbox/toolchain";
import { Machine, ReleaseSite } from "./toolchain-fixtures";

const sources = (toolchain: { parts: readonly { source: string }[] }) =>
  toolchain.parts.map(({ source }) => source);

describe("where the toolchain comes from", () => {
  let machine: Machine;
  beforeEach(() => (machine = new Machine()));
  afterEach(() => machine.remove());

  const finished = () => {
    const folder = join(machine.cache, "artefacts");
    return existsSync(folder) ? readdirSync(folder) : [];
  };

  describe("what is installed", () => {
    it("uses an official installation as it is, and writes nothing", async () => {
      machine.installPulumi("v3.300.1");
      machine.installPlugins();
      const toolchain = await machine.ensure();
      assert.deepEqual(sources(toolchain), ["path", "path", "path", "path", "path", "path"]);
      assert.equal(toolchain.pulumi, join(machine.bin, "pulumi"));
      assert.deepEqual(toolchain.env, { PATH: machine.bin, PULUMI_SKIP_UPDATE_CHECK: "1" });
      assert.equal(existsSync(machine.cache), false);
    });

    it("passes over a CLI that is too old, and says so", async () => {
      machine.installPulumi("v3.100.0");
      machine.installGo();
      const toolchain = await machine.ensure();
      assert.deepEqual(sources(toolchain), [
        "built",
        "stand-in",
        "built",
        "stand-in",
        "stand-in",
        "stand-in",
      ]);
      assert.match(
        toolchain.parts[0]!.why,
        /bin\/pulumi is 3\.100\.0, but Pulumi\.yaml requires >=3\.219\.0/,
      );
    });

    for (const [what, body] of [
      ["fails", "exit 3"],
      ["prints something else", "echo hello"],
    ] as const) {
      it(`passes over a CLI that ${what}`, async () => {
        machine.script("bin/pulumi", body);
        machine.installGo();
        const toolchain = await machine.ensure();
        assert.equal(toolchain.parts[0]!.source, "built");
        assert.match(toolchain.parts[0]!.why, /bin\/pulumi does not work/);
      });
    }

    it("keeps the user's plugins when others are missing, in a Pulumi home of its own", async () => {
      machine.installPulumi("v3.300.1");
      machine.script(".pulumi/plugins/resource-tls-v5.6.1/pulumi-resource-tls", "echo official");
      machine.installGo();
      const toolchain = await machine.ensure();
      assert.deepEqual(sources(toolchain), ["path", "path", "built", "path", "stand-in", "stand-in"]);
      const home = toolchain.env.PULUMI_HOME!;
      assert.ok(home.startsWith(machine.cache) && home.endsWith("pulumi-home"));
      const plugin = readFileSync(join(home, "plugins/resource-tls-v5.6.1/pulumi-resource-tls"), "utf8");
      assert.match(plugin, /echo official/);
      assert.deepEqual(readdirSync(join(machine.root, ".pulumi/plugins")), ["resource-tls-v5.6.1"]);
    });

    it("does not take its own earlier environment for the user's installation", async () => {
      machine.installGo();
      const first = await machine.ensure();
      Object.assign(process.env, first.env);
      const second = await machine.ensure();
      assert.deepEqual(sources(second), sources(first));
      assert.deepEqual(second.env, first.env);
    });
  });

  describe("the official download", () => {
    let site: ReleaseSite;
    beforeEach(async () => (site = await ReleaseSite.start(machine)));
    afterEach(() => site.stop());
    const ensure = (options = {}) =>
      machine.ensure({ allowDownload: true, releases: site.url, connectTimeoutMs: 5_000, ...options });

    it("is checked, unpacked and used with the language host that it brings", async () => {
      const toolchain = await ensure();
      assert.deepEqual(sources(toolchain), [
        "download",
        "download",
        "download",
        "download",
        "download",
        "download",
      ]);
      assert.match(readFileSync(toolchain.pulumi, "utf8"), /echo v3\.259\.0/);
      assert.ok(toolchain.env.PATH!.startsWith(`${join(toolchain.pulumi, "..")}:`));
      for (const { path } of toolchain.parts) assert.ok(existsSync(path), path);
      const { length } = site.requests;
      assert.deepEqual(sources(await ensure()), sources(toolchain));
      assert.equal(site.requests.length, length, "nothing is asked for twice");
    });

    it("is thrown away when its checksum is wrong", async () => {
      site.behaviour = "bad-checksum";
      machine.installGo();
      const toolchain = await ensure();
      assert.deepEqual(sources(toolchain), [
        "built",
        "stand-in",
        "built",
        "stand-in",
        "stand-in",
        "stand-in",
      ]);
      assert.match(toolchain.parts[0]!.why, /has SHA-256 [0-9a-f]{64}, but the release says [0-9a-f]{64}/);
      assert.deepEqual(
        finished().filter((name) => name.includes("official") || name.includes("draft")),
        [],
      );
    });

    it("is given up when it is not there or stops half-way", async () => {
      machine.installGo();
      site.behaviour = "missing";
      assert.match((await ensure()).parts[0]!.why, /answered 404; built/);
      site.behaviour = "stalling";
      const again = await ensure({ retryDownloads: true, cacheDir: join(machine.root, "other") });
      assert.equal(again.parts[0]!.source, "built");
    });

    it("is given up soon when the site hangs, and the site is asked only once", async () => {
      site.behaviour = "hanging";
      machine.installGo();
      const toolchain = await ensure({ connectTimeoutMs: 300 });
      assert.deepEqual(sources(toolchain), [
        "built",
        "stand-in",
        "built",
        "stand-in",
        "stand-in",
        "stand-in",
      ]);
      assert.match(toolchain.parts[0]!.why, /did not answer within 0\.3 s/);
      assert.equal(site.requests.length, 1);
      await ensure({ connectTimeoutMs: 300 });
      assert.equal(site.requests.length, 1, "the failure is remembered");
      await ensure({ connectTimeoutMs: 300, retryDownloads: true });
      assert.ok(site.requests.length > 1, "and forgotten on demand");
    });
  });

  describe("the build", () => {
    it("is done once, and looked up in well under a second after that", async () => {
      machine.installGo();
      const first = await machine.ensure();
      const startedAt = Date.now();
      const second = await machine.ensure();
      assert.ok(Date.now() - startedAt < 1_000);
      assert.equal(machine.builds.length, 2);
      assert.equal(second.pulumi, first.pulumi);
      assert.match(machine.shown.join(""), /✓ Building pulumi 3\.259\.0/);
    });

    it("shows all the time what is being downloaded and compiled", async () => {
      machine.installGo(
        'echo "go: downloading example.org/x v1.0.0" >&2; sleep 0.2; echo example.org/y >&2; sleep 0.2; exit 1',
      );
      await assert.rejects(machine.ensure());
      const shown = machine.shown.join("");
      assert.match(shown, /\n {2}Building pulumi .*\(\d+\.\d s\): downloading example\.org\/x v1\.0\.0\n/);
      assert.match(
        shown,
        /\n {2}Building pulumi .*\(\d+\.\d s\): compiled 2 packages, last example\.org\/y\n/,
      );
    });

    it("shows what the compiler said when it fails, and leaves nothing", async () => {
      machine.installGo('echo "main.go:1: no such thing" >&2; exit 1');
      await assert.rejects(machine.ensure(), /go build failed \(exit code 1\): main\.go:1: no such thing/);
      assert.deepEqual(finished(), []);
    });

    it("refuses a Go that is too old and cannot renew itself", async () => {
      machine.installGo(undefined, "1.22.1");
      await assert.rejects(
        machine.ensure(),
        /bin\/go is 1\.22\.1, but 1\.25\.\d+ is needed; GOPROXY names no module proxy/,
      );
    });
  });

  it("names every failure and every way out when nothing works", async () => {
    await assert.rejects(machine.ensure(), (error: Error) => {
      assert.ok(error instanceof ToolchainError);
      for (const part of [
        /no pulumi on PATH/,
        /download: switched off/,
        /no go on PATH/,
        /OPENCENTER_RELEASES/,
        /GOPROXY/,
      ]) {
        assert.match(error.message, part);
      }
      return true;
    });
    assert.deepEqual(finished(), []);
  });
});
