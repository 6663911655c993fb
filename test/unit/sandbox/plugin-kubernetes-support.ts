/** A Pulumi program with objects of Kubernetes, a control plane, and the proxy that leads to it. */
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ControlPlane } from "../../../sandbox/kubernetes";
import type { ApiClient } from "../../../sandbox/kubernetes/apiClient";
import type { Toolchain } from "../../../sandbox/toolchain";
import { PROJECT } from "../../../sandbox/toolchain/paths";
import { findBinaries } from "./kubernetes-support";

/** Only the proxy knows the way to it, as in the sandbox. */
export const API = { host: "203.0.113.10", port: 6443 };
export const API_URL = `https://${API.host}:${API.port}`;

const PROGRAM = `
import ${JSON.stringify(join(PROJECT, "components/sdkTuning.ts"))};
import { readFileSync } from "node:fs";
import { local } from "@pulumi/command";
import * as kubernetes from "@pulumi/kubernetes";
import * as pulumi from "@pulumi/pulumi";
const { kubeconfig, identifier, flags, data, stringData, info, more } =
  JSON.parse(readFileSync(process.env.TRIAL, "utf8"));
// Its output is unknown until it has run.
const machine = new local.Command("machine", { create: "echo made", logging: "none" });
const provider = new kubernetes.Provider("api", {
  kubeconfig: pulumi.secret(machine.stdout.apply(() => kubeconfig)),
  clusterIdentifier: identifier,
  ...flags,
});
const options = { provider };
const namespace = new kubernetes.core.v1.Namespace(
  "namespace",
  { metadata: { name: "trial" } },
  { ...options, retainOnDelete: true, ignoreChanges: ["metadata.labels"] },
);
const metadata = (name) => ({ name, namespace: namespace.metadata.name });
new kubernetes.core.v1.Secret("key", { metadata: metadata("key"), data }, options);
new kubernetes.core.v1.Secret("text", { metadata: metadata("text"), stringData }, options);
const map = new kubernetes.core.v1.ConfigMap("info", { metadata: metadata("info"), data: info }, options);
new kubernetes.core.v1.ConfigMap("unnamed", { metadata: { namespace: namespace.metadata.name } }, options);
for (const [name, args] of Object.entries(more ?? {}))
  new kubernetes.core.v1.ConfigMap(name, { metadata: metadata(name), ...args }, options);
export const uid = map.metadata.uid;
`;

/** What the program is told. */
export interface Wanted {
  kubeconfig: string;
  identifier?: string;
  flags: Record<string, boolean>;
  data: Record<string, string>;
  stringData: Record<string, string>;
  info: Record<string, string>;
  more?: Record<string, unknown>;
}

export const encoded = (text: string) => Buffer.from(text).toString("base64");

export class Trial {
  readonly folder = mkdtempSync(join(tmpdir(), "opencenter-plugin-kubernetes-"));
  readonly controlPlane = ControlPlane.of(join(this.folder, "kubernetes"), "acme", "prod");
  /** Why there is no real API server. */
  readonly played?: string;
  /** All that the engine and the provider said. */
  said = "";
  client!: ApiClient;
  wanted!: Wanted;
  private proxy!: Server;
  private readonly children = new Set<ChildProcess>();

  constructor(private readonly toolchain: Toolchain) {
    for (const name of ["state", "kubernetes"]) mkdirSync(join(this.folder, name));
    const found = findBinaries();
    if ("why" in found) this.played = found.why;
    else {
      // Without the controllers: nothing here needs them, and a Namespace stays.
      const { etcd, "kube-apiserver": apiServer, kwok } = found.binaries;
      const binaries = { etcd, "kube-apiserver": apiServer, kwok };
      writeFileSync(join(this.folder, "kubernetes", "binaries.json"), JSON.stringify(binaries));
    }
    symlinkSync(join(PROJECT, "node_modules"), join(this.folder, "node_modules"));
    const options = `typescript: false, nodeargs: "--require=${join(PROJECT, "runner/typescript.cjs")}"`;
    const write = (name: string, text: string) => writeFileSync(join(this.folder, name), text);
    write("Pulumi.yaml", `name: trial\nruntime: {name: nodejs, options: {${options}}}\nmain: index.ts\n`);
    write("package.json", '{"name": "trial", "dependencies": {"@pulumi/pulumi": "*"}}');
    write("index.ts", PROGRAM);
  }

  async start(): Promise<void> {
    await this.controlPlane.start({ names: [API.host], endpoints: [] });
    this.client = this.controlPlane.client();
    const { port } = await this.controlPlane.status();
    this.proxy = createServer().on("connect", (request, socket) => {
      if (request.url !== `${API.host}:${API.port}`) {
        socket.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
        return;
      }
      const server = connect(port!, "127.0.0.1", () => {
        socket.write("HTTP/1.1 200 Connection established\r\n\r\n");
        server.pipe(socket).pipe(server);
      });
      for (const end of [server, socket]) end.on("error", () => (server.destroy(), socket.destroy()));
    });
    await new Promise<void>((resolve) => this.proxy.listen(0, "127.0.0.1", resolve));
    this.wanted = {
      kubeconfig: this.controlPlane.adminKubeconfig(API_URL),
      identifier: "first",
      flags: { enableSecretMutable: true, enableConfigMapMutable: true },
      data: {},
      stringData: {},
      info: {},
    };
    const { code, output } = await this.pulumi("stack", "init", "dev");
    if (code !== 0) throw new Error(output);
  }

  async stop(): Promise<void> {
    for (const child of this.children) child.kill("SIGKILL");
    this.client?.close();
    this.proxy?.close();
    this.proxy?.closeAllConnections();
    await this.controlPlane.stop();
    rmSync(this.folder, { recursive: true, force: true, maxRetries: 5 });
  }

  async pulumi(...args: string[]): Promise<{ code: number | null; output: string }> {
    // In a file: what is in the environment could end up in the state by another way than the one that is tried.
    const file = join(this.folder, "wanted.json");
    if (this.wanted !== undefined) writeFileSync(file, JSON.stringify(this.wanted), { mode: 0o600 });
    const proxy = `http://127.0.0.1:${(this.proxy.address() as AddressInfo).port}`;
    const direct = "127.0.0.1,localhost";
    const child = spawn(this.toolchain.pulumi, args, {
      cwd: this.folder,
      env: {
        ...process.env,
        ...this.toolchain.env,
        PULUMI_BACKEND_URL: `file://${join(this.folder, "state")}`,
        PULUMI_CONFIG_PASSPHRASE: "x",
        TRIAL: file,
        HTTPS_PROXY: proxy,
        https_proxy: proxy,
        NO_PROXY: direct,
        no_proxy: direct,
      },
    });
    this.children.add(child);
    let output = "";
    for (const stream of [child.stdout, child.stderr])
      stream.on("data", (chunk) => (output += String(chunk)));
    const code = await new Promise<number | null>((resolve) => child.once("close", resolve));
    this.children.delete(child);
    this.said += output;
    return { code, output };
  }

  up(...args: string[]) {
    return this.pulumi("up", "--yes", "--skip-preview", ...args);
  }

  /** The state as it lies on the disk. */
  get state(): string {
    return readFileSync(join(this.folder, "state", ".pulumi", "stacks", "trial", "dev.json"), "utf8");
  }

  path(resource: string, name: string): string {
    return `/api/v1/namespaces/trial/${resource}/${name}`;
  }

  async find(resource: string, name: string) {
    return (await this.client.find(this.path(resource, name))) as
      { metadata: { uid: string }; data?: Record<string, string> } | undefined;
  }

  /** Changes an object as somebody else. */
  async edit(resource: string, name: string, change: unknown, who: string): Promise<void> {
    await this.client.patch(`${this.path(resource, name)}?fieldManager=${who}`, change);
  }
}

/** A text that occurs nowhere by chance. */
export function planted(name: string): string {
  return `planted-${createHash("sha256").update(`${name}${process.pid}`).digest("hex").slice(0, 24)}`;
}
