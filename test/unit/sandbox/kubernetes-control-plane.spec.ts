import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect as connectTls, type TLSSocket } from "node:tls";
import { parse } from "yaml";
import {
  ControlPlane,
  endpointsFile,
  startControlPlanes,
  stopControlPlanes,
} from "../../../sandbox/kubernetes";
import { ApiClient } from "../../../sandbox/kubernetes/apiClient";
import { Pki } from "../../../sandbox/kubernetes/certificates";
import { Daemon } from "../../../sandbox/kubernetes/daemons";
import { startSimulator, type Simulator } from "../../../sandbox/openstack/server";
import { skip } from "../../support/skip";
import { isRunning, until } from "./ansible-support";
import { findBinaries } from "./kubernetes-support";

const ACCESS = { names: ["203.0.113.10", "api.example.org"], endpoints: ["203.0.113.10:6443"] };

function pids(controlPlane: ControlPlane): number[] {
  const folder = join(controlPlane.directory, "run");
  return readdirSync(folder)
    .filter((name) => name.endsWith(".json"))
    .map((name) => JSON.parse(readFileSync(join(folder, name), "utf8")).pid);
}
/** What the rest of the sandbox relies on, whichever backend it has. */
function behavesLikeAControlPlane(backend: "recorded" | "real"): void {
  let directory: string;
  let controlPlane: ControlPlane;
  let client: ApiClient;

  before(async function () {
    const found = findBinaries();
    if (backend === "real" && "why" in found) skip(this, found.why);
    directory = mkdtempSync(join(tmpdir(), "opencenter-kubernetes-"));
    if (backend === "real" && "binaries" in found)
      writeFileSync(join(directory, "binaries.json"), JSON.stringify(found.binaries));
    controlPlane = ControlPlane.of(directory, "acme", "prod");
    await controlPlane.start(ACCESS);
    client = controlPlane.client();
    for (const name of ["default", "kube-system"])
      await client.send("POST", "/api/v1/namespaces", { metadata: { name } });
  });
  after(async () => {
    if (directory === undefined) return;
    client?.close();
    await stopControlPlanes(directory);
    rmSync(directory, { recursive: true, force: true });
  });

  const node = (name: string) => ({
    metadata: { name, labels: { pool: "a" } },
    status: {
      conditions: [{ type: "Ready", status: "True" }],
      nodeInfo: {
        ...Object.fromEntries(
          [
            "architecture",
            "bootID",
            "containerRuntimeVersion",
            "kernelVersion",
            "kubeProxyVersion",
            "machineID",
            "operatingSystem",
            "osImage",
            "systemUUID",
          ].map((key) => [key, key]),
        ),
        kubeletVersion: "v1.34.3",
      },
    },
  });
  const pod = (name: string, labels: Record<string, string> = {}) => ({
    metadata: { name, labels },
    spec: { nodeName: "n1", containers: [{ name: "main", image: "example.org/app:1" }] },
  });

  it("says which backend it has", async () => {
    const status = await controlPlane.status();
    assert.deepEqual({ ...status, port: 0 }, { made: true, running: true, backend, port: 0 });
    const { body } = await client.send("GET", "/version");
    assert.equal(/stand-in/.test(String(body.gitVersion)), backend === "recorded");
  });

  it("starts again at the same place, and keeps its processes when it runs", async () => {
    const before = pids(controlPlane);
    await controlPlane.start();
    await startControlPlanes(directory);
    assert.deepEqual(pids(controlPlane), before);
  });

  it("keeps nodes, and the kubelet version that was written", async () => {
    assert.equal((await client.send("POST", "/api/v1/nodes", node("n1"))).status, 201);
    assert.equal((await client.send("POST", "/api/v1/nodes", node("n1"))).status, 409);
    const status = { nodeInfo: { kubeletVersion: "v1.35.4" } };
    assert.equal((await client.send("PATCH", "/api/v1/nodes/n1/status", { status })).status, 200);
    await client.patch("/api/v1/nodes/n1", { metadata: { labels: { pool: null, other: "b" } } });
    // kwok sees the node and leases it; what it writes must not be a version.
    if (backend === "real")
      await until(
        async () =>
          (await client.find("/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases/n1")) !==
          undefined,
      );
    const found = await client.find("/api/v1/nodes/n1");
    assert.equal(found?.status?.nodeInfo?.kubeletVersion, "v1.35.4");
    assert.equal(found?.metadata.labels?.other, "b");
    assert.equal(found?.metadata.labels?.pool, undefined);
    assert.deepEqual(found?.spec?.taints ?? [], []);
    assert.equal((await client.send("GET", "/api/v1/nodes/n9")).status, 404);
  });

  it("runs pods, selects them, and evicts them", async () => {
    const pods = "/api/v1/namespaces/default/pods";
    await client.create(pods, pod("web", { app: "web" }));
    await client.create(pods, pod("db", { app: "db" }));
    await until(async () => (await client.find(`${pods}/web`))?.status?.phase === "Running");
    const names = async (query: string) =>
      (await client.list(`/api/v1/pods?${query}`)).map(({ metadata }) => metadata.name).sort();
    assert.deepEqual(await names("fieldSelector=spec.nodeName%3Dn1"), ["db", "web"]);
    assert.deepEqual(await names("fieldSelector=spec.nodeName%3Dn2"), []);
    assert.deepEqual(await names("labelSelector=app%3Dweb"), ["web"]);
    assert.deepEqual(await names("labelSelector=app%21%3Dweb"), ["db"]);
    const eviction = { apiVersion: "policy/v1", kind: "Eviction", metadata: { name: "web" } };
    assert.equal((await client.send("POST", `${pods}/web/eviction`, eviction)).status, 201);
    await until(async () => (await client.find(`${pods}/web`)) === undefined);
    await client.remove(`${pods}/db`);
    await until(async () => (await client.find(`${pods}/db`)) === undefined);
  });

  it("refuses a change of an object that somebody else changed", async () => {
    const maps = "/api/v1/namespaces/kube-system/configmaps";
    const created = await client.create(maps, { metadata: { name: "opencenter" }, data: { a: "1" } });
    await client.patch(`${maps}/opencenter`, { data: { b: "2" } });
    assert.equal((await client.send("PUT", `${maps}/opencenter`, created)).status, 409);
    const { metadata: _, ...current } = (await client.find(`${maps}/opencenter`))!;
    assert.deepEqual(current.data, { a: "1", b: "2" });
    const missing = await client.send("POST", "/api/v1/namespaces/nowhere/configmaps", {
      metadata: { name: "x" },
    });
    assert.equal(missing.status, 404);
  });

  it("gives away a kubeconfig that opens it, and opens for no stranger", async () => {
    const config = parse(controlPlane.adminKubeconfig("https://203.0.113.10:6443"));
    assert.equal(config.clusters[0].cluster.server, "https://203.0.113.10:6443");
    const decode = (text: string) => Buffer.from(text, "base64").toString();
    const user = config.users[0].user;
    const { port } = await controlPlane.status();
    const ca = decode(config.clusters[0].cluster["certificate-authority-data"]);
    const own = {
      certificate: decode(user["client-certificate-data"]),
      key: decode(user["client-key-data"]),
    };
    const administrator = new ApiClient(port!, { ca, ...own });
    assert.ok((await administrator.list("/api/v1/nodes")).length > 0);
    administrator.close();
    const strangers = new Pki(join(directory, "strangers"));
    await strangers.ensure([]);
    const stranger = new ApiClient(port!, { ca, ...strangers.pair("admin") });
    const answer = await stranger.send("GET", "/api/v1/nodes").then(
      ({ status }) => status,
      () => "refused",
    );
    assert.ok(answer === "refused" || answer === 401, String(answer));
    stranger.close();
    assert.equal(statSync(join(controlPlane.directory, "pki", "ca.key")).mode & 0o777, 0o600);
  });

  it("has a certificate for its names, and a new one when they change", async () => {
    const { port } = await controlPlane.status();
    const names = () =>
      new Promise<string>((resolve, reject) => {
        const { key, certificate: cert } = new Pki(join(controlPlane.directory, "pki")).pair("admin");
        const socket: TLSSocket = connectTls(
          { host: "127.0.0.1", port, key, cert, rejectUnauthorized: false },
          () => {
            resolve(socket.getPeerCertificate().subjectaltname ?? "");
            socket.destroy();
          },
        );
        socket.on("error", reject);
      });
    assert.match(await names(), /DNS:api\.example\.org/);
    assert.match(await names(), /IP Address:203\.0\.113\.10/);
    await controlPlane.start({ names: ["203.0.113.11"], endpoints: ["203.0.113.11:6443"] });
    assert.match(await names(), /IP Address:203\.0\.113\.11/);
    assert.doesNotMatch(await names(), /203\.0\.113\.10/);
    assert.deepEqual(JSON.parse(readFileSync(endpointsFile(directory), "utf8")), {
      "203.0.113.11:6443": port,
    });
    controlPlane.leadFrom(["203.0.113.11:8443"]);
    assert.deepEqual(JSON.parse(readFileSync(endpointsFile(directory), "utf8")), {
      "203.0.113.11:6443": port,
      "203.0.113.11:8443": port,
    });
    client.close();
    client = controlPlane.client();
    assert.ok(await client.find("/api/v1/nodes/n1"));
  });

  it("survives a restart of the machine", async () => {
    const killed = pids(controlPlane);
    killed.forEach((pid) => process.kill(pid, "SIGKILL"));
    await until(() => killed.every((pid) => !isRunning(pid)));
    assert.equal((await controlPlane.status()).running, false);
    await startControlPlanes(directory);
    client.close();
    client = controlPlane.client();
    assert.equal((await client.find("/api/v1/nodes/n1"))?.status?.nodeInfo?.kubeletVersion, "v1.35.4");
  });

  it("stops its own processes only", async () => {
    const own = pids(controlPlane);
    // A pid that was used again: the test's own process, under a beginning that is not its.
    writeFileSync(
      join(controlPlane.directory, "run", "other.json"),
      JSON.stringify({ pid: process.pid, began: "1" }),
    );
    await new Daemon(controlPlane.directory, "other").stop();
    await stopControlPlanes(directory);
    assert.deepEqual(own.filter(isRunning), []);
    assert.deepEqual(JSON.parse(readFileSync(endpointsFile(directory), "utf8")), {});
  });
}

describe("control plane of the sandbox", function () {
  this.timeout(120_000);

  describe("with the stand-in", () => behavesLikeAControlPlane("recorded"));
  describe("with real Kubernetes programs", () => behavesLikeAControlPlane("real"));

  describe("choice of the backend", () => {
    let directory: string;
    beforeEach(() => (directory = mkdtempSync(join(tmpdir(), "opencenter-kubernetes-"))));
    afterEach(async () => {
      await stopControlPlanes(directory);
      rmSync(directory, { recursive: true, force: true });
    });

    it("is kept once a cluster is made", async () => {
      const controlPlane = ControlPlane.of(directory, "acme", "prod");
      assert.equal((await controlPlane.status()).backend, "recorded");
      await controlPlane.start(ACCESS);
      const binaries = { etcd: "/nowhere/etcd", "kube-apiserver": "/nowhere/api", kwok: "/nowhere/kwok" };
      writeFileSync(join(directory, "binaries.json"), JSON.stringify(binaries));
      assert.equal((await controlPlane.status()).backend, "recorded");
      await controlPlane.start();
      assert.equal((await ControlPlane.of(directory, "acme", "new").status()).backend, "real");
    });
    it("keeps clusters apart, and destroys one", async () => {
      const [one, two] = ["one", "two"].map((name) => ControlPlane.of(directory, "acme", name));
      await one!.start({ names: [], endpoints: ["203.0.113.1:6443"] });
      await two!.start({ names: [], endpoints: ["203.0.113.2:6443"] });
      const client = one!.client();
      await client.create("/api/v1/namespaces", { metadata: { name: "mine" } });
      client.close();
      const other = two!.client();
      assert.deepEqual(await other.list("/api/v1/namespaces"), []);
      other.close();
      await one!.destroy();
      assert.equal(existsSync(one!.directory), false);
      const endpoints = JSON.parse(readFileSync(endpointsFile(directory), "utf8"));
      assert.deepEqual(Object.keys(endpoints), ["203.0.113.2:6443"]);
    });
    it("refuses names that lead elsewhere", () => {
      assert.throws(() => ControlPlane.of(directory, "..", "prod"), /no name for a folder/);
    });
  });

  describe("the simulated cloud's data plane", () => {
    let directory: string;
    let cloud: Simulator;
    before(async () => {
      directory = mkdtempSync(join(tmpdir(), "opencenter-kubernetes-"));
      cloud = await startSimulator({
        stateFile: join(directory, "state.json"),
        endpointsFile: endpointsFile(directory),
      });
      await ControlPlane.of(directory, "acme", "prod").start(ACCESS);
    });
    after(async () => {
      await cloud.close();
      await stopControlPlanes(directory);
      rmSync(directory, { recursive: true, force: true });
    });

    /** Status of the proxy, and of /readyz behind it when it let us through. */
    const ask = (address: string) =>
      new Promise<{ proxy: number; api?: string }>((resolve, reject) => {
        const asked = request({ host: "127.0.0.1", port: cloud.port, method: "CONNECT", path: address });
        asked.on("error", reject);
        asked.on("connect", (answer, socket) => {
          const proxy = answer.statusCode ?? 0;
          if (proxy !== 200) {
            socket.destroy();
            return resolve({ proxy });
          }
          const pki = new Pki(join(directory, "clusters", "acme", "prod", "pki"));
          const { key, certificate: cert } = pki.pair("user");
          const tls = connectTls(
            { socket, key, cert, ca: pki.read("ca.crt"), host: address.split(":")[0] },
            () => tls.write("GET /readyz HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"),
          );
          let text = "";
          tls.on("data", (chunk: Buffer) => (text += chunk.toString()));
          tls.on("end", () => resolve({ proxy, api: text.split("\r\n")[0] }));
          tls.on("error", reject);
        });
        asked.end();
      });

    it("leads to the API server behind a floating IP, with TLS end to end", async () => {
      assert.deepEqual(await ask("203.0.113.10:6443"), { proxy: 200, api: "HTTP/1.1 200 OK" });
    });
    it("answers 502 for what is not there", async () => {
      assert.deepEqual(await ask("203.0.113.99:6443"), { proxy: 502 });
      assert.deepEqual(await ask("203.0.113.10:22"), { proxy: 502 });
    });
    it("answers 502 when the cluster has stopped", async () => {
      await stopControlPlanes(directory);
      assert.deepEqual(await ask("203.0.113.10:6443"), { proxy: 502 });
      await startControlPlanes(directory);
      assert.equal((await ask("203.0.113.10:6443")).proxy, 200);
    });
    it("ends with the simulator while a tunnel is open", async () => {
      const other = await startSimulator({
        stateFile: join(directory, "other.json"),
        endpointsFile: endpointsFile(directory),
      });
      const asked = request({
        host: "127.0.0.1",
        port: other.port,
        method: "CONNECT",
        path: "203.0.113.10:6443",
      });
      const closed = new Promise((resolve, reject) => {
        asked.on("error", reject);
        asked.on("connect", (_, socket) => {
          socket.on("close", resolve);
          socket.resume();
          other.close().catch(reject);
        });
      });
      asked.end();
      await closed;
    });
  });
});
