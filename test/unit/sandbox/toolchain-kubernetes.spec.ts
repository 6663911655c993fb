import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { Progress } from "../../../sandbox/progress";
import { ensureKubernetes, findKubernetes, ToolchainError } from "../../../sandbox/toolchain";
import { buildDirectory } from "../../../sandbox/toolchain/goBuild";
import type { KubernetesOptions } from "../../../sandbox/toolchain/kubernetes";
import { KUBERNETES_PARTS } from "../../../sandbox/toolchain/kubernetesParts";
import { CLI, type Part, PLUGINS } from "../../../sandbox/toolchain/parts";
import { Cache, currentPlatform, PROJECT, shortHash } from "../../../sandbox/toolchain/paths";
import { Machine } from "./toolchain-fixtures";

const { os, arch } = currentPlatform();
const NAMES = ["etcd", "etcdutl", "kube-apiserver", "kubectl", "kwok"];

describe("the Kubernetes programs of the toolchain", () => {
  let machine: Machine;
  let server: Server;
  let requests: string[];
  let files: Map<string, Buffer>;
  let hanging: boolean;

  beforeEach(async () => {
    machine = new Machine();
    requests = [];
    files = new Map();
    hanging = false;
    server = createServer((request, response) => {
      requests.push(request.url!);
      if (hanging) return;
      const content = files.get(request.url!);
      if (content === undefined) response.writeHead(404).end();
      else response.end(content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  });
  afterEach(async () => {
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    machine.remove();
  });

  const ensure = (options: Partial<KubernetesOptions> = {}) => {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    return ensureKubernetes({
      progress: new Progress({ stream: { write: (text) => machine.shown.push(text) }, heartbeatMs: 50 }),
      cacheDir: machine.cache,
      releases: { kubernetes: `${url}/kubernetes/`, github: `${url}/github` },
      ...options,
    });
  };
  const find = () => findKubernetes({ cacheDir: machine.cache });
  const sources = ({ parts }: { parts: readonly { source: string }[] }) => parts.map(({ source }) => source);

  /** The releases as they are laid out on dl.k8s.io and on GitHub. */
  function publish(damage = ""): void {
    const sha = (content: Buffer) => createHash("sha256").update(content).digest("hex");
    for (const program of ["kube-apiserver", "kubectl"]) {
      const path = `/kubernetes/v1.37.2/bin/${os}/${arch}/${program}`;
      const content = Buffer.from(`#!/bin/sh\necho ${program}\n`);
      files.set(path, Buffer.concat([content, Buffer.from(damage)]));
      files.set(`${path}.sha256`, Buffer.from(sha(content)));
    }
    const folder = `etcd-v3.7.3-${os}-${arch}`;
    for (const program of ["etcd", "etcdutl"]) machine.script(`${folder}/${program}`, `echo ${program}`);
    const archive = join(machine.root, `${folder}.tar.gz`);
    execFileSync("tar", ["-czf", archive, "-C", machine.root, folder]);
    const content = readFileSync(archive);
    const release = "/github/etcd-io/etcd/releases/download/v3.7.3";
    files.set(`${release}/${folder}.tar.gz`, Buffer.concat([content, Buffer.from(damage)]));
    files.set(`${release}/SHA256SUMS`, Buffer.from(`${sha(content)}  ${folder}.tar.gz\n`));
  }

  it("are found only when all are there, without asking anybody", async () => {
    const before = find();
    assert.ok("missing" in before);
    assert.deepEqual(before.missing, [
      "etcd 3.7.3",
      "etcdutl 3.7.3",
      "kube-apiserver 1.37.2",
      "kubectl 1.37.2",
      "kwok 0.7.0",
    ]);
    assert.match(before.why, /are not on this machine yet\. .*npm run sandbox -- build-kubernetes$/);
    machine.installGo('case "$1" in *kwok*) exit 1;; esac; echo > "$out"; chmod +x "$out"');
    await assert.rejects(ensure({ allowDownload: false }), ToolchainError);
    const partly = find();
    assert.deepEqual("missing" in partly && partly.missing, ["kwok 0.7.0"]);
    machine.installGo();
    const { programs } = await ensure({ allowDownload: false });
    assert.deepEqual(find(), { programs });
    assert.deepEqual(Object.keys(programs), NAMES);
    assert.deepEqual(requests, []);
  });

  it("are downloaded and checked; kwok, which has no checksums, is built", async () => {
    publish();
    machine.installGo();
    const kubernetes = await ensure();
    assert.deepEqual(sources(kubernetes), ["download", "download", "download", "download", "built"]);
    for (const name of ["etcd", "etcdutl", "kube-apiserver", "kubectl"] as const)
      assert.equal(execFileSync(kubernetes.programs[name], { encoding: "utf8" }).trim(), name);
    assert.deepEqual(machine.builds, ["sigs.k8s.io/kwok/cmd/kwok"]);
    const asked = requests.length;
    assert.deepEqual((await ensure()).programs, kubernetes.programs);
    assert.deepEqual(find(), { programs: kubernetes.programs });
    assert.equal(requests.length, asked, "nothing is asked for twice");
  });

  it("are built when what arrives is not what was published", async () => {
    publish("!");
    machine.installGo();
    const { parts } = await ensure();
    assert.deepEqual(sources({ parts }), ["built", "built", "built", "built", "built"]);
    for (const { why } of parts.slice(0, 4)) assert.match(why, /has SHA-256 .*, but the release says/);
    const left = readdirSync(join(machine.cache, "artefacts"));
    assert.deepEqual(
      left.filter((name) => name.includes("official")),
      [],
    );
  });

  it("are built from their packages, with the version that clients will read", async () => {
    const log = join(machine.root, "flags");
    machine.installGo();
    const script = join(machine.bin, "go");
    const [first, ...rest] = readFileSync(script, "utf8").split("\n");
    writeFileSync(script, [first, `[ "$1" = build ] && echo "$*" >> ${log}`, ...rest].join("\n"));
    await ensure({ allowDownload: false });
    assert.deepEqual(machine.builds, [
      "go.etcd.io/etcd/server/v3",
      "go.etcd.io/etcd/etcdutl/v3",
      "k8s.io/kubernetes/cmd/kube-apiserver",
      "k8s.io/kubernetes/cmd/kubectl",
      "sigs.k8s.io/kwok/cmd/kwok",
    ]);
    const version = "-X k8s.io/component-base/version";
    const flags = `-s -w ${version}.gitVersion=v1.37.2 ${version}.gitMajor=1 ${version}.gitMinor=37 -o`;
    const lines = readFileSync(log, "utf8").trim().split("\n");
    assert.deepEqual(
      lines.map((line) => line.includes(flags)),
      [false, false, true, true, false],
    );
    assert.match(lines[0]!, /-ldflags -s -w -o/);
  });

  it("are each looked for once at a site that hangs, and the failure is remembered", async () => {
    hanging = true;
    machine.installGo();
    const { parts } = await ensure({ connectTimeoutMs: 200 });
    assert.deepEqual(sources({ parts }), ["built", "built", "built", "built", "built"]);
    assert.equal(requests.length, 2, "one for each site");
    assert.match(parts[2]!.why, /did not answer within 0\.2 s; built/);
    // As on a machine that lost its builds, but not what it knows of the sites.
    const other = join(machine.root, "other");
    mkdirSync(other);
    execFileSync("/bin/cp", ["-r", join(machine.cache, "failures"), other]);
    await ensure({ connectTimeoutMs: 200, cacheDir: other });
    assert.equal(requests.length, 2);
  });

  it("name what was tried and what to do when nothing works", async () => {
    await assert.rejects(ensure(), (error: Error) => {
      assert.ok(error instanceof ToolchainError);
      for (const part of [
        /^etcd 3\.7\.3 is missing and cannot be made here/,
        /etcd-v3\.7\.3-.* answered 404|SHA256SUMS answered 404/,
        /no go on PATH/,
        /OPENCENTER_KUBERNETES_RELEASES and OPENCENTER_GITHUB/,
        /GOPROXY/,
      ])
        assert.match(error.message, part);
      return true;
    });
    const artefacts = join(machine.cache, "artefacts");
    assert.deepEqual(existsSync(artefacts) ? readdirSync(artefacts) : [], []);
  });

  describe("the keys of builds", () => {
    const modules = join(PROJECT, "sandbox/toolchain/modules");
    const platform = { os: "linux", arch: "amd64" };
    const keyOf = (part: Part) => buildDirectory(new Cache("/c"), part, part.build!, platform, modules);

    it("are those under which machines already have what was built with one variable", () => {
      for (const part of [CLI, ...PLUGINS.filter(({ build }) => build !== undefined)]) {
        const { module, package: target, variables } = part.build!;
        const [[versionVariable, versionValue]] = Object.entries(variables) as [[string, string]];
        const directory = join(modules, module);
        const contents = readdirSync(directory)
          .sort()
          .flatMap((file) => [file, readFileSync(join(directory, file))]);
        const before = { module, package: target, versionVariable, versionValue };
        const key = shortHash(JSON.stringify([before, platform]), ...contents);
        assert.equal(keyOf(part), `/c/artefacts/${part.program}-${part.version}-linux-amd64-${key}`);
      }
    });

    it("differ with every variable and with the package", () => {
      const [, , apiServer, kubectl] = KUBERNETES_PARTS as readonly Part[] as [Part, Part, Part, Part];
      const build = apiServer.build!;
      const others = [
        { ...build, variables: {} },
        { ...build, variables: { ...build.variables, x: "1" } },
        { ...build, package: kubectl.build!.package },
      ];
      const keys = [build, ...others].map((source) => keyOf({ ...apiServer, build: source }));
      assert.equal(new Set(keys).size, keys.length);
    });
  });
});
