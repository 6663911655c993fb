import assert from "node:assert/strict";
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parse } from "yaml";
import { SimulatorClient } from "../../../sandbox/openstack/client";
import { FileStore } from "../../../sandbox/openstack/store";
import { TestCloud, type Json } from "./openstack-support";

const TOKENS = "/identity/v3/auth/tokens";
const project = { name: "sandbox", domain: { id: "default" } };

describe("simulated Keystone", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.stop());

  async function authenticate(identity: Json, scope?: Json) {
    const response = await fetch(cloud.simulator.url + TOKENS, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ auth: { identity, scope } }),
    });
    return {
      status: response.status,
      token: response.headers.get("x-subject-token"),
      body: (await response.json()) as Json,
    };
  }

  const withPassword = (password: string) => ({
    methods: ["password"],
    password: { user: { name: "sandbox", domain: { name: "Default" }, password } },
  });

  it("gives a token with a catalogue for the right password only", async () => {
    const good = await authenticate(withPassword("sandbox-password"), { project });
    assert.equal(good.status, 201);
    const compute = good.body["token"].catalog.find(({ type }: Json) => type === "compute");
    assert.equal(compute.endpoints[0].url, `${cloud.simulator.url}/compute/v2.1`);
    const bad = await authenticate(withPassword("wrong"), { project });
    assert.deepEqual([bad.status, bad.token, bad.body["error"].title], [401, null, "Unauthorized"]);
    const elsewhere = await authenticate(withPassword("sandbox-password"), {
      project: { ...project, name: "nowhere" },
    });
    assert.equal(elsewhere.status, 401);
  });

  it("gives an unscoped token that opens Keystone only", async () => {
    const { body, token } = await authenticate(withPassword("sandbox-password"));
    assert.equal(body["token"].catalog, undefined);
    const headers = { "x-auth-token": token ?? "" };
    assert.equal((await cloud.session.request("GET", "/identity/v3/auth/projects", { headers })).status, 200);
    assert.equal((await cloud.session.request("GET", "/network/v2.0/ports", { headers })).status, 403);
    const scoped = await authenticate({ methods: ["token"], token: { id: token } }, { project });
    assert.equal(scoped.body["token"].project.name, "sandbox");
  });

  it("refuses tokens that are absent, expired, revoked or of a deleted credential", async () => {
    const status = async (token?: string) => {
      const headers: Record<string, string> = token === undefined ? {} : { "x-auth-token": token };
      const response = await fetch(`${cloud.simulator.url}/compute/v2.1/servers`, { headers });
      assert.match(response.headers.get("x-openstack-request-id") ?? "", /^req-/);
      return response.status;
    };
    assert.equal(await status(), 401);
    await cloud.client.setTokenLifetime(150);
    const { token } = await cloud.client.login();
    assert.equal(await status(token), 200);
    await sleep(200);
    assert.equal(await status(token), 401);
    await cloud.client.setTokenLifetime(60_000);
    const revoked = await cloud.client.login();
    await cloud.ok("DELETE", TOKENS, undefined, { "x-subject-token": revoked.token });
    assert.equal(await status(revoked.token), 401);
  });

  it("keeps application credentials, which stand for their project", async () => {
    const path = `/identity/v3/users/${cloud.session.userId}/application_credentials`;
    const made = await cloud.ok("POST", path, { application_credential: { name: "robot" } });
    await cloud.refused(409, /Duplicate entry/, "POST", path, { application_credential: { name: "robot" } });
    const identity = (secret: string) => ({
      methods: ["application_credential"],
      application_credential: { id: made.id, secret },
    });
    const good = await authenticate(identity(made.secret));
    assert.equal(good.body["token"].project.id, cloud.session.projectId);
    assert.equal((await authenticate(identity("wrong"))).status, 401);
    assert.equal((await cloud.ok("GET", `${path}/${made.id}`)).secret, undefined);
    // A restricted credential cannot make another one.
    const headers = { "x-auth-token": good.token ?? "" };
    const body = { application_credential: { name: "child" } };
    assert.equal((await cloud.session.request("POST", path, { headers, body })).status, 403);
    await cloud.ok("DELETE", `${path}/${made.id}`);
    assert.equal((await cloud.session.request("GET", "/network/v2.0/ports", { headers })).status, 401);
    // Keystone tells who has lost a credential more than who has a wrong secret.
    assert.equal((await authenticate(identity(made.secret))).status, 404);
  });
});

describe("simulated Glance", () => {
  let cloud: TestCloud;
  before(async () => {
    cloud = await TestCloud.start();
  });
  after(() => cloud.stop());

  it("finds seeded images by name, property and page", async () => {
    const images = async (query: string) =>
      (await cloud.call("GET", `/image/v2/images?${query}`)).body["images"] as Json[];
    assert.deepEqual(
      (await images("name=debian-12")).map(({ status, visibility, min_disk }) => [
        status,
        visibility,
        min_disk,
      ]),
      [["active", "public", 3]],
    );
    assert.deepEqual(
      (await images("sort=name:asc&os_distro=ubuntu")).map(({ name }) => name),
      ["ubuntu-22.04", "ubuntu-24.04"],
    );
    assert.deepEqual(await images("name=windows"), []);
    const first = await cloud.call("GET", "/image/v2/images?limit=2&sort=name:asc");
    assert.match(first.body["next"], /^\/v2\/images\?.*marker=/);
    const rest = (await cloud.call("GET", `/image${first.body["next"]}`)).body;
    assert.deepEqual(
      [rest["images"].map(({ name }: Json) => name), rest["next"]],
      [["ubuntu-24.04"], undefined],
    );
    await cloud.refused(404, /No image found with ID nothing/, "GET", "/image/v2/images/nothing");
  });
});

describe("simulated OpenStack", () => {
  let cloud: TestCloud;
  beforeEach(async () => {
    cloud = await TestCloud.start();
  });
  afterEach(() => cloud.stop());

  it("refuses unknown paths and methods in the service's own words", async () => {
    await cloud.refused(404, /NeutronError/, "GET", "/network/v2.0/nothing");
    await cloud.refused(405, /badMethod/, "DELETE", "/compute/v2.1/servers");
    await cloud.refused(400, /not JSON|Unable to find 'network'/, "POST", "/network/v2.0/networks", "text");
    assert.equal((await cloud.call("GET", "/nothing")).status, 404);
  });

  it("counts calls by kind of object", async () => {
    await cloud.client.resetCounts();
    const { id } = await cloud.network();
    await cloud.ok("GET", `/network/v2.0/networks/${id}`);
    await cloud.ok("PUT", `/network/v2.0/networks/${id}/tags`, { tags: [] });
    assert.deepEqual(await cloud.client.counts(), {
      "GET network/networks/:id": 1,
      "POST network/networks": 1,
      "PUT network/networks/:id/tags": 1,
    });
  });

  it("injects faults: which, how often and after how many", async () => {
    const attempt = async () => (await cloud.call("GET", "/network/v2.0/ports")).status;
    const fault = await cloud.client.addFault({
      service: "neutron",
      path: "/ports$",
      status: 503,
      skip: 1,
      every: 2,
      times: 2,
    });
    const seen = [];
    for (let n = 0; n < 6; n++) seen.push(await attempt());
    assert.deepEqual(seen, [200, 503, 200, 503, 200, 200]);
    assert.equal((await cloud.client.faults())[0]?.hits, 2);
    await cloud.client.clearFaults(fault.id);
    assert.deepEqual(await cloud.client.faults(), []);
    await assert.rejects(cloud.client.addFault({ path: "(" }), /regular expression/);
  });

  it("injects delays and lost answers, before and after the work", async () => {
    await cloud.client.addFault({ method: "GET", service: "network", delayMs: 200, times: 1 });
    const started = Date.now();
    await cloud.ok("GET", "/network/v2.0/networks");
    assert.ok(Date.now() - started >= 200);
    for (const afterWork of [undefined, true] as const) {
      await cloud.client.clearFaults();
      await cloud.client.addFault({ method: "POST", service: "network", drop: true, afterWork });
      await assert.rejects(cloud.network(), /fetch failed/);
      const made = (await cloud.ok("GET", "/network/v2.0/networks?name=net")) as Json[];
      assert.equal(made.length, afterWork === true ? 1 : 0);
    }
    await cloud.client.clearFaults();
    await cloud.client.addFault({ method: "POST", status: 500, afterWork: true, times: 1 });
    await assert.rejects(cloud.network(), /SandboxFault/);
    assert.equal(((await cloud.ok("GET", "/network/v2.0/networks?name=net")) as Json[]).length, 2);
  });

  it("shows a project's objects, and nothing secret", async () => {
    await cloud.network();
    const state = await cloud.client.state("sandbox");
    assert.deepEqual(
      state["network.networks"]?.map(({ name }) => name),
      ["net"],
    );
    assert.equal((await cloud.client.state("admin"))["network.networks"], undefined);
    await assert.rejects(cloud.client.state("nowhere"), /there is no project nowhere/);
    const everything = JSON.stringify(await cloud.client.state());
    assert.ok(!everything.includes(cloud.session.token) && !everything.includes("_password"));
  });

  it("gives a service that is new to a state file its first objects, once", async () => {
    const { store } = cloud.simulator;
    for (const { id } of store.list("compute.flavors")) store.remove("compute.flavors", id);
    await cloud.restart();
    assert.deepEqual(await cloud.ok("GET", "/compute/v2.1/flavors"), []);
    cloud.simulator.store.remove("sandbox.seeded", "nova");
    await cloud.restart();
    assert.equal(((await cloud.ok("GET", "/compute/v2.1/flavors")) as Json[]).length, 5);
  });

  it("keeps its state over a restart, with work that was under way", async () => {
    const { id } = await cloud.network();
    const server = await cloud.server();
    cloud.simulator.store.later("compute.servers", server.id, 0, { status: "ERROR" });
    await cloud.restart();
    assert.equal((await cloud.ok("GET", `/network/v2.0/networks/${id}`)).name, "net");
    assert.equal((await cloud.ok("GET", `/compute/v2.1/servers/${server.id}`)).status, "ERROR");
  });

  it("is empty after a reset, and the ways into it stay", async () => {
    await cloud.network();
    const { id } = await cloud.client.ensureProject("another");
    await cloud.client.reset();
    assert.equal((await cloud.client.login("another")).projectId, id);
    cloud.session = await cloud.client.login();
    assert.deepEqual(
      ((await cloud.ok("GET", "/network/v2.0/networks")) as Json[]).map(({ name }) => name),
      ["public"],
    );
  });
});

describe("the simulator's store", () => {
  let directory: string;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "opencenter-store-"));
  });
  afterEach(() => rmSync(directory, { recursive: true }));

  const open = () => new FileStore(join(directory, "state"), 0);

  it("refuses changes behind its back, which a restart would lose", () => {
    const object = open().insert("kind", { list: [1] });
    assert.throws(() => (object["list"] as number[]).push(2), TypeError);
  });

  it("forgets a record that a kill cut off, and reports one that is damaged", () => {
    const store = open();
    store.insert("kind", { id: "a" });
    store.flush();
    appendFileSync(join(directory, "state"), '{"put":{"id":"b"');
    assert.deepEqual(open().list("kind"), [{ id: "a" }]);
    writeFileSync(join(directory, "state"), "nonsense\n");
    assert.throws(open, /line 1: not a JSON record. Delete the file/);
  });

  it("stays small and quick with 20,000 objects", () => {
    const store = open();
    for (let n = 0; n < 20_000; n++) store.insert("kind", { id: `${n}`, text: "x".repeat(500) });
    store.flush();
    const started = Date.now();
    for (let n = 0; n < 70_000; n++) {
      store.update("kind", `${n % 100}`, { n });
      if (n % 100 === 0) store.flush();
    }
    store.flush();
    // Not a measurement: rewriting the file for each flush would take minutes.
    assert.ok(Date.now() - started < 15_000);
    assert.ok(statSync(join(directory, "state")).size < 60_000_000);
    assert.equal(open().get("kind", "99")?.["n"], 69_999);
  });
});

describe("the simulator as a program", () => {
  let directory: string;
  const children: ChildProcess[] = [];
  const main = join(__dirname, "../../../sandbox/openstack/main.ts");
  const file = (name: string) => join(directory, name);
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), "opencenter-simulator-"));
  });
  afterEach(async () => {
    for (const child of children.splice(0)) {
      if (child.exitCode !== null || child.signalCode !== null) continue;
      child.kill("SIGKILL");
      await once(child, "exit");
    }
    rmSync(directory, { recursive: true });
  });

  const args = (...more: string[]) => [
    "--require=./runner/typescript.cjs",
    main,
    "--state",
    file("state"),
    ...more,
  ];

  async function start(): Promise<{ child: ChildProcess; client: SimulatorClient }> {
    rmSync(file("address"), { force: true });
    const files = [
      "--address-file",
      file("address"),
      "--pid-file",
      file("pid"),
      "--clouds-yaml",
      file("clouds.yaml"),
      "--log",
      file("log"),
    ];
    const child = spawn(process.execPath, args(...files), {
      stdio: ["ignore", "ignore", "inherit"],
      cwd: join(__dirname, "../../.."),
    });
    children.push(child);
    while (!existsSync(file("address"))) {
      assert.equal(child.exitCode, null, "the simulator ended by itself");
      await sleep(50);
    }
    return { child, client: new SimulatorClient(readFileSync(file("address"), "utf8").trim()) };
  }

  it("loses nothing that it answered when it is killed", async () => {
    const { child, client } = await start();
    const session = await client.login();
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, n) =>
        session.request<Json>("POST", "/network/v2.0/networks", { body: { network: { name: `n${n}` } } }),
      ),
    );
    child.kill("SIGKILL");
    await once(child, "exit");
    const again = await start();
    const networks = (await again.client.state("sandbox"))["network.networks"] ?? [];
    assert.deepEqual(
      networks.map(({ id }) => id).sort(),
      answers.map(({ body }) => body["network"].id).sort(),
    );
  });

  it("writes a clouds.yaml for its owner, a log without secrets, and ends with 0", async () => {
    const { child, client } = await start();
    const session = await client.login("other");
    assert.equal(statSync(file("clouds.yaml")).mode & 0o777, 0o600);
    assert.equal(statSync(file("state")).mode & 0o777, 0o600);
    const { clouds } = parse(readFileSync(file("clouds.yaml"), "utf8")) as Json;
    assert.deepEqual(Object.keys(clouds), ["sandbox", "other", "admin"]);
    assert.equal(clouds.other.auth.auth_url, `${client.url}/identity/v3`);
    assert.equal(readFileSync(file("pid"), "utf8").trim(), String(child.pid));
    await client.addFault({ service: "network", method: "GET", status: 403, times: 1 });
    assert.equal((await session.request("GET", "/network/v2.0/ports")).status, 403);
    child.kill("SIGTERM");
    assert.deepEqual(await once(child, "exit"), [0, null]);
    assert.ok(!existsSync(file("pid")));
    const log = readFileSync(file("log"), "utf8");
    assert.match(log, /POST \/identity\/v3\/auth\/tokens 201 \d+ms/);
    assert.match(log, /GET \/network\/v2\.0\/ports 403 injected \d+ms/);
    assert.ok(!log.includes(session.token));
  });

  it("says in one sentence that a port is in use", async () => {
    const { client } = await start();
    const { port } = new URL(client.url);
    const second = spawnSync(process.execPath, args("--port", port), {
      encoding: "utf8",
      cwd: join(__dirname, "../../.."),
    });
    assert.equal(second.status, 1);
    assert.equal(
      second.stderr.trim(),
      `port ${port} on 127.0.0.1 is in use: choose another one with --port, or stop what uses it.`,
    );
  });
});
