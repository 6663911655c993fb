import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { ensureToolchain, type Toolchain, type ToolchainOptions } from "../../../sandbox/toolchain";
import { CLI, type Part, PLUGINS } from "../../../sandbox/toolchain/parts";
import { currentPlatform } from "../../../sandbox/toolchain/paths";
import { Progress } from "../../../sandbox/progress";

/** What the fakes need of a system; PATH has nothing else, so that a tool of the machine cannot be found by accident. */
const SYSTEM_TOOLS = ["tar", "gzip", "chmod", "sleep"];
const VARIABLES = [
  "PATH",
  "HOME",
  "PULUMI_HOME",
  "GOPROXY",
  "OPENCENTER_RELEASES",
  "XDG_CACHE_HOME",
  "GO_LOG",
];

/** A machine of its own: home, PATH and cache in a temporary folder, until `remove`. */
export class Machine {
  readonly root = mkdtempSync(join(tmpdir(), "opencenter-toolchain-"));
  readonly bin = join(this.root, "bin");
  readonly cache = join(this.root, "cache", "opencenter");
  readonly shown: string[] = [];
  private readonly before = Object.fromEntries(VARIABLES.map((name) => [name, process.env[name]]));

  constructor() {
    const folders = (process.env.PATH ?? "").split(delimiter);
    mkdirSync(this.bin);
    for (const tool of SYSTEM_TOOLS) {
      const folder = folders.find((candidate) => existsSync(join(candidate, tool)));
      if (folder === undefined) throw new Error(`these tests need the ${tool} command`);
      symlinkSync(join(folder, tool), join(this.bin, tool));
    }
    for (const name of VARIABLES) delete process.env[name];
    Object.assign(process.env, this.environment);
  }

  get environment(): Record<string, string> {
    const { root, bin } = this;
    return { PATH: bin, HOME: root, XDG_CACHE_HOME: join(root, "cache"), GO_LOG: join(root, "go.log") };
  }

  remove(): void {
    for (const [name, value] of Object.entries(this.before)) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
    rmSync(this.root, { recursive: true, force: true });
  }

  /** Puts an executable shell script somewhere below the machine's root. */
  script(path: string, body: string): string {
    const full = join(this.root, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, `#!/bin/sh\n${body}\n`);
    chmodSync(full, 0o755);
    return full;
  }

  /** An official installation: CLI and language host in one folder on the PATH. */
  installPulumi(version: string): void {
    this.script("bin/pulumi", `echo ${version}`);
    this.script("bin/pulumi-language-nodejs", "exit 1");
  }

  installPlugins(): void {
    for (const { name, version, program } of PLUGINS) {
      this.script(`.pulumi/plugins/resource-${name}-v${version}/${program}`, "exit 1");
    }
  }

  /** A go that "builds" scripts, and writes down what. */
  installGo(
    build = 'printf "#!/bin/sh\\necho v3.259.0\\n" > "$out"; chmod +x "$out"',
    version = "1.26.0",
  ): void {
    this.script(
      "bin/go",
      [
        `if [ "$1" = env ]; then echo go${version}; echo local; exit; fi`,
        'while [ $# -gt 1 ]; do if [ "$1" = -o ]; then out=$2; fi; shift; done',
        'echo "$1" >> "$GO_LOG"',
        "echo example.org/some/package >&2",
        build,
      ].join("\n"),
    );
  }

  /** What the fake go was asked to build. */
  get builds(): string[] {
    const log = join(this.root, "go.log");
    return existsSync(log) ? readFileSync(log, "utf8").trim().split("\n") : [];
  }

  ensure(options: Partial<ToolchainOptions> = {}): Promise<Toolchain> {
    const progress = new Progress({ stream: { write: (text) => this.shown.push(text) }, heartbeatMs: 50 });
    return ensureToolchain({ progress, cacheDir: this.cache, allowDownload: false, ...options });
  }
}

export type Behaviour = "good" | "bad-checksum" | "hanging" | "missing" | "stalling";

/** A site with releases of all parts, and the ways in which it can fail. */
export class ReleaseSite {
  readonly requests: string[] = [];
  behaviour: Behaviour = "good";
  private readonly files = new Map<string, Buffer>();

  private constructor(private readonly server: Server) {}

  static async start(machine: Machine): Promise<ReleaseSite> {
    const server = createServer((request, response) => site.answer(request.url ?? "", response));
    const site: ReleaseSite = new ReleaseSite(server);
    for (const part of [CLI, ...PLUGINS]) site.publish(machine, part);
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return site;
  }

  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((resolve) => this.server.close(resolve));
  }

  private publish(machine: Machine, part: Part): void {
    const folder = `release-${part.name}/${part.download!.folder?.(currentPlatform()) ?? "."}`;
    machine.script(`${folder}/${part.program}`, `echo v${part.version}`);
    if (part.kind === "cli") machine.script(`${folder}/pulumi-language-nodejs`, "exit 1");
    const archive = join(machine.root, `${part.name}.tar.gz`);
    execFileSync("tar", [
      "-czf",
      archive,
      "-C",
      join(machine.root, `release-${part.name}`),
      part.download!.folder?.(currentPlatform()) ?? ".",
    ]);
    const content = readFileSync(archive);
    const path = part.download!.archive(currentPlatform());
    const checksum = createHash("sha256").update(content).digest("hex");
    this.files.set(`/${path}`, content);
    this.files.set(
      `/${part.download!.checksums(currentPlatform())}`,
      Buffer.from(`${checksum}  ${path.split("/").at(-1)}\n`),
    );
  }

  private answer(url: string, response: ServerResponse): void {
    this.requests.push(url);
    const content = this.files.get(url);
    if (this.behaviour === "hanging") return;
    if (this.behaviour === "missing" || !content) return void response.writeHead(404).end();
    if (this.behaviour === "stalling" && url.endsWith(".tar.gz")) {
      response.writeHead(200, { "content-length": content.length });
      return void response.write(content.subarray(0, 10), () => response.destroy());
    }
    const damaged = this.behaviour === "bad-checksum" && url.endsWith(".tar.gz");
    response.end(damaged ? Buffer.concat([content, Buffer.from("!")]) : content);
  }
}
