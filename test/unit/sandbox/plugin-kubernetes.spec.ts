import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createServer, type IncomingMessage, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { configurationDiff, configurationProblems } from "../../../sandbox/plugins/kubernetes/configuration";
import { parsePath, printPath } from "../../../sandbox/plugins/kubernetes/diff";
import { withoutIgnored } from "../../../sandbox/plugins/kubernetes/ignored";
import { KubernetesStandIn, type Versions } from "../../../sandbox/plugins/kubernetes/provider";
import { type Properties, secret, UNKNOWN } from "../../../sandbox/plugins/shared";
import { PROJECT } from "../../../sandbox/toolchain/paths";
import { encoded } from "./plugin-kubernetes-support";

const urn = (type: string) => `urn:pulumi:dev::trial::my:component$kubernetes:${type}::object`;
const MAP = urn("core/v1:ConfigMap");
const SECRET = urn("core/v1:Secret");
const SEED = Buffer.from("seed");

function kubeconfig(server: string, name = "prod"): string {
  return JSON.stringify({
    "current-context": "admin",
    contexts: [{ name: "admin", context: { cluster: name, user: "admin" } }],
    clusters: [{ name, cluster: { server, "insecure-skip-tls-verify": true } }],
    users: [{ name: "admin", user: { token: "sesame" } }],
  });
}

/** An API server that answers what a test wants. */
class Api {
  readonly requests: { method: string; url: URL; body: Properties }[] = [];
  answer: (method: string, url: URL) => { status: number; body: unknown } = () => ({ status: 404, body: {} });
  private readonly server: Server = createServer((message, response) => {
    void text(message).then((body) => {
      const url = new URL(message.url!, "http://api");
      this.requests.push({ method: message.method!, url, body: body === "" ? {} : JSON.parse(body) });
      const { status, body: answer } = this.answer(message.method!, url);
      response.writeHead(status).end(JSON.stringify(answer));
    });
  });

  async start(): Promise<void> {
    await new Promise<void>((resolve) => this.server.listen(0, "127.0.0.1", resolve));
  }
  get url(): string {
    return `http://127.0.0.1:${(this.server.address() as AddressInfo).port}`;
  }
  stop(): void {
    this.server.close();
    this.server.closeAllConnections();
  }
}

async function text(message: IncomingMessage): Promise<string> {
  let body = "";
  for await (const chunk of message) body += String(chunk);
  return body;
}

describe("the stand-in for the kubernetes provider", () => {
  const standIn = new KubernetesStandIn();
  const check = async (type: string, news: Properties, olds: Properties = {}) =>
    standIn.check(type, olds, news, SEED);
  const reasons = async (type: string, news: Properties) =>
    (await check(type, news)).failures!.map(({ property, reason }) => `${property}: ${reason}`);

  it("gives the engine its port first, and says what it is", async () => {
    const main = join(PROJECT, "sandbox/plugins/kubernetes/main.ts");
    const child = spawn(process.execPath, ["--require=./runner/typescript.cjs", main], { cwd: PROJECT });
    let [output, said] = ["", ""];
    child.stdout.on("data", (chunk) => (output += String(chunk)));
    try {
      await new Promise<void>((resolve, reject) => {
        child.once("close", () => reject(new Error(said)));
        child.stderr.on("data", (chunk) => {
          said += String(chunk);
          if (said.includes("\n")) resolve();
        });
      });
    } finally {
      child.kill("SIGKILL");
    }
    assert.match(
      said,
      /^Objects are applied by the sandbox's stand-in for the kubernetes provider 4\.34\.2\.\n/,
    );
    assert.match(output, /^\d+\n/);
  }).timeout(60_000);

  it("refuses all other types by name", async () => {
    await assert.rejects(
      check(urn("apps/v1:Deployment"), {}),
      /knows only kubernetes:core\/v1:ConfigMap, kubernetes:core\/v1:Namespace and kubernetes:core\/v1:Secret, not kubernetes:apps\/v1:Deployment\. .*resource kubernetes 4\.34\.2/,
    );
  });

  describe("check", () => {
    it("fills in what kind of object it is, and keeps a name that is given", async () => {
      const { inputs } = await check(MAP, { metadata: { name: "a" }, data: { b: "c" } });
      assert.deepEqual(inputs, {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "a" },
        data: { b: "c" },
      });
    });

    it("makes up a name, the same in preview and update, and keeps it from then on", async () => {
      const { inputs: first } = await check(MAP, {});
      const name = first.metadata.name as string;
      assert.match(name, /^object-[0-9a-f]{8}$/);
      assert.deepEqual((await check(MAP, {})).inputs, first);
      const later = await standIn.check(MAP, first, {}, Buffer.from("another"));
      assert.deepEqual(later.inputs, first);
      const given = await standIn.check(MAP, { metadata: { name: "given" } }, {}, SEED);
      assert.equal(given.inputs.metadata.name, name);
    });

    it("turns stringData into data, and marks it as secret", async () => {
      const news = { metadata: { name: "a" }, data: { b: encoded("c") }, stringData: secret({ d: "e" }) };
      const { inputs } = await check(SECRET, news);
      assert.deepEqual(inputs.data, secret({ b: encoded("c"), d: encoded("e") }));
      assert.equal("stringData" in inputs, false);
      const unknown = await check(SECRET, { metadata: { name: "a" }, stringData: { d: UNKNOWN } });
      assert.deepEqual(unknown.inputs.data, secret({ d: UNKNOWN }));
    });

    it("keeps secret what is secret elsewhere, and only that", async () => {
      const { inputs } = await check(MAP, { metadata: { name: "a" }, data: { b: secret("c"), d: "e" } });
      assert.deepEqual(inputs.data, { b: secret("c"), d: "e" });
    });

    it("says what is wrong without showing it", async () => {
      assert.deepEqual(await reasons(SECRET, { data: secret({ a: { sesame: "sesame" } }) }), [
        "data: a: Invalid input: expected string, received object",
      ]);
      assert.deepEqual(await reasons(MAP, { spec: {} }), [
        "spec: is not something that the sandbox's stand-in knows",
      ]);
      assert.match((await reasons(MAP, { metadata: { generateName: "a-" } }))[0]!, /server-side apply/);
    });

    it("takes anything that a preview does not know yet", async () => {
      const news = { metadata: { name: UNKNOWN, namespace: UNKNOWN }, data: UNKNOWN };
      assert.deepEqual((await check(SECRET, news)).failures, []);
      assert.deepEqual((await check(MAP, { metadata: UNKNOWN })).failures, []);
    });

    it("puts objects into the provider's namespace, but no Namespace", async () => {
      const placed = new KubernetesStandIn();
      placed.configure({ kubeconfig: kubeconfig("http://127.0.0.1:1"), namespace: "here" });
      const { inputs } = await placed.check(MAP, {}, { metadata: { name: "a" } }, SEED);
      assert.equal(inputs.metadata.namespace, "here");
      const type = urn("core/v1:Namespace");
      const { inputs: namespace } = await placed.check(type, {}, { metadata: { name: "a" } }, SEED);
      assert.equal(namespace.metadata.namespace, undefined);
    });
  });

  describe("diff", () => {
    const object = (more: Properties, metadata: Properties = {}) => ({
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name: "a", namespace: "b", ...metadata },
      ...more,
    });
    const diff = (versions: Partial<Versions>, flags: Properties = {}, type = MAP) => {
      const provider = new KubernetesStandIn();
      provider.configure({ kubeconfig: kubeconfig("http://127.0.0.1:1"), ...flags });
      const olds = versions.olds ?? versions.oldInputs!;
      const result = provider.diff(type, {
        news: {},
        oldInputs: {},
        ignoreChanges: [],
        ...versions,
        olds,
      });
      const changes = result.changes.map(
        ({ path, kind, replaces }) => `${kind}${replaces ? "!" : ""} ${printPath(path)}`,
      );
      return { changes, first: result.deleteBeforeReplace };
    };
    const MUTABLE = { enableConfigMapMutable: "true", enableSecretMutable: "true" };

    it("is silent about what the API server and others added", () => {
      const oldInputs = object({ data: { c: "d" } });
      const olds = object(
        { data: { c: "d", other: "e" }, status: {}, __fieldManager: "f" },
        { uid: "1", resourceVersion: "2", managedFields: [{}], labels: { g: "h" } },
      );
      assert.deepEqual(diff({ olds, oldInputs, news: oldInputs }).changes, []);
    });

    it("finds what differs from the live object, although the program did not change", () => {
      const oldInputs = object({ data: { c: "d", e: "f" } });
      const olds = object({ data: { c: "changed" } });
      assert.deepEqual(diff({ olds, oldInputs, news: oldInputs }, MUTABLE).changes, [
        "update data.c",
        "add data.e",
      ]);
    });

    it("replaces for data only where that is not allowed to change", () => {
      const versions = {
        oldInputs: object({ data: { "c.d": "1", e: "2" } }),
        news: object({ data: { e: "3" } }),
      };
      const inPlace = ['delete data["c.d"]', "update data.e"];
      assert.deepEqual(diff(versions, MUTABLE).changes, inPlace);
      const replaced = diff(versions);
      assert.deepEqual(replaced.changes, ['delete! data["c.d"]', "update! data.e"]);
      assert.equal(replaced.first, true);
      const frozen = { ...versions, olds: { ...versions.oldInputs, immutable: true } };
      assert.equal(diff(frozen, MUTABLE).first, true);
      assert.deepEqual(diff(versions, { enableConfigMapMutable: true }, SECRET).first, true);
    });

    it("replaces for another name, namespace or type", () => {
      const oldInputs = object({ type: "Opaque" });
      const change = (news: Properties, type = MAP) => diff({ oldInputs, news }, MUTABLE, type);
      const renamed = change(object({ type: "Opaque" }, { name: "z" }));
      assert.deepEqual(renamed, { changes: ["update! metadata.name"], first: false });
      const moved = change(object({ type: "Opaque" }, { namespace: UNKNOWN }));
      assert.deepEqual(moved.changes, ["update! metadata.namespace"]);
      assert.deepEqual(change(object({ type: "x" }), SECRET), { changes: ["update! type"], first: true });
      const labelled = change(object({ type: "Opaque" }, { labels: { a: "b" } }));
      assert.deepEqual(labelled, { changes: ["add metadata.labels.a"], first: false });
    });

    it("takes no namespace and `default` for the same", () => {
      const oldInputs = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } };
      const olds = object({}, { namespace: "default" });
      const news = object({}, { namespace: "default" });
      assert.deepEqual(diff({ olds, oldInputs, news }).changes, []);
    });

    it("leaves out what is ignored", () => {
      const oldInputs = object({ data: { c: "1", "d.e": "2", f: "3" } }, { labels: { g: "4" } });
      const olds = object({ data: { c: "x", "d.e": "x", f: "x" } }, { labels: { g: "x" } });
      const ignore = (...ignoreChanges: string[]) =>
        diff({ olds, oldInputs, news: oldInputs, ignoreChanges }, MUTABLE).changes;
      assert.deepEqual(ignore('data["d.e"]', "metadata.labels"), ["update data.c", "update data.f"]);
      assert.deepEqual(ignore("data"), ["update metadata.labels.g"]);
      assert.deepEqual(ignore("*"), []);
    });

    it("reads paths as it writes them", () => {
      for (const path of [
        ["data", 'a."b"\\'],
        ["metadata", "labels", "x/y"],
        ["data", "[0]"],
      ])
        assert.deepEqual(parsePath(printPath(path)), path);
    });
  });

  it("applies no ignored field of others, and repeats its own", () => {
    const live = {
      metadata: {
        labels: { theirs: "1", ours: "2" },
        managedFields: [
          { manager: "flux", fieldsV1: { "f:metadata": { "f:labels": { "f:theirs": {} } } } },
          { manager: "us", fieldsV1: { "f:metadata": { "f:labels": { "f:ours": {} } } } },
        ],
      },
    };
    const object = { metadata: { name: "a", labels: { theirs: "x", ours: "x", new: "3" } } };
    const paths = ["theirs", "ours", "new", "none"].map((label) => `metadata.labels.${label}`);
    assert.deepEqual(withoutIgnored(object, live, paths, "us"), {
      metadata: { name: "a", labels: { ours: "2", new: "3" } },
    });
  });

  describe("configuration", () => {
    const one = kubeconfig("https://one:6443");
    const two = kubeconfig("https://two:6443");

    it("replaces for another cluster, and never for another kubeconfig of the same", () => {
      const change = (before: Properties, after: Properties) => configurationDiff(before, after).replaces;
      assert.deepEqual(change({ kubeconfig: one }, { kubeconfig: two }), ["kubeconfig"]);
      assert.deepEqual(change({ kubeconfig: one }, { kubeconfig: secret(one) }), []);
      assert.deepEqual(change({ kubeconfig: one }, { kubeconfig: one.replace("sesame", "other") }), []);
      assert.deepEqual(change({ kubeconfig: one }, { kubeconfig: UNKNOWN }), ["kubeconfig"]);
      const same = { clusterIdentifier: "a" };
      assert.deepEqual(change({ kubeconfig: one, ...same }, { kubeconfig: two, ...same }), []);
      assert.deepEqual(change({ kubeconfig: one, ...same }, { kubeconfig: UNKNOWN, ...same }), []);
      assert.deepEqual(change({ kubeconfig: one, ...same }, { kubeconfig: one, clusterIdentifier: "b" }), [
        "clusterIdentifier",
      ]);
      assert.deepEqual(change({ kubeconfig: one }, { kubeconfig: one, ...same }), []);
    });

    it("refuses by name what it does not know, and quotes no kubeconfig", () => {
      const found = (inputs: Properties) =>
        configurationProblems(inputs).map(({ property, reason }) => `${property} ${reason}`);
      assert.deepEqual(found({ kubeconfig: one, enableServerSideApply: "true", version: "4.34.2" }), []);
      assert.deepEqual(found({ kubeconfig: UNKNOWN }), []);
      assert.match(
        found({ kubeconfig: one, renderYamlToDirectory: "x" })[0]!,
        /^renderYamlToDirectory is not/,
      );
      assert.match(
        found({ kubeconfig: one, enableServerSideApply: "false" })[0]!,
        /^enableServerSideApply must/,
      );
      for (const broken of ["token: sesame\n  - : [", "sesame", one.replace('"prod"', '"other"'), ""]) {
        const [problem] = found({ kubeconfig: broken });
        assert.match(problem!, /^kubeconfig is not the text of a kubeconfig/);
        assert.ok(!problem!.includes("sesame"));
      }
    });
  });

  describe("with an API server", () => {
    const api = new Api();
    const connected = new KubernetesStandIn();
    const inputs = {
      apiVersion: "v1",
      kind: "Secret",
      metadata: { name: "a", namespace: "b" },
      data: { c: "d" },
    };
    const live = (uid: string, more: Properties = {}) => ({
      ...inputs,
      metadata: { ...inputs.metadata, uid, ...more },
    });

    before(async () => {
      await api.start();
      connected.configure({ kubeconfig: kubeconfig(api.url), upsertExistingObjects: "true" });
    });
    beforeEach(() => void api.requests.splice(0));
    after(() => api.stop());

    it("keeps the owner of the fields from one update to the next", async () => {
      api.answer = () => ({ status: 200, body: live("1") });
      const { outs } = await connected.create(SECRET, inputs, false);
      const versions = { olds: outs as Properties, oldInputs: inputs, news: inputs, ignoreChanges: [] };
      const after = await connected.update(SECRET, "b/a", versions, false);
      const managers = api.requests
        .filter(({ method }) => method === "PATCH")
        .map(({ url }) => url.searchParams.get("fieldManager"));
      assert.match(managers[0]!, /^pulumi-kubernetes-[0-9a-f]{8}$/);
      assert.deepEqual(managers, [managers[0], managers[0]]);
      assert.deepEqual(after, outs);
    });

    it("marks the data of a Secret, and keeps no copy of it in an annotation", async () => {
      const annotations = { "kubectl.kubernetes.io/last-applied-configuration": "d", other: "e" };
      api.answer = () => ({ status: 200, body: live("1", { annotations }) });
      const read = await connected.read(SECRET, "b/a", {}, {});
      assert.deepEqual(read?.props.data, secret({ c: "d" }));
      assert.deepEqual(read?.inputs.data, secret({ c: "d" }));
      assert.deepEqual(read?.props.metadata.annotations, { other: "e" });
      assert.deepEqual(read?.inputs.metadata, { name: "a", namespace: "b", annotations: { other: "e" } });
    });

    it("waits until a deleted object is gone, and takes a new one of its name for another", async () => {
      const uids: (string | undefined)[] = ["1", "1", "1", undefined];
      api.answer = (method) => {
        // The last one goes on for ever.
        const uid = uids.length > 1 && method === "GET" ? uids.shift() : uids[0];
        return uid === undefined ? { status: 404, body: {} } : { status: 200, body: live(uid) };
      };
      await connected.delete(SECRET, "b/a", 0);
      assert.deepEqual(
        api.requests.map(({ method }) => method),
        ["GET", "DELETE", "GET", "GET", "GET"],
      );
      uids.splice(0, 1, "1", "2");
      await connected.delete(SECRET, "b/a", 2);
      uids.splice(0, 1, undefined);
      await connected.delete(SECRET, "b/a", 2);
    });

    it("gives up after a while, and says what holds it", async () => {
      api.answer = () => ({ status: 200, body: live("1", { finalizers: ["example.org/hold"] }) });
      await assert.rejects(
        connected.delete(SECRET, "b/a", 1),
        /Secret b\/a at http:\S+ is still there 1 s after its deletion \(finalizers: example\.org\/hold\)/,
      );
    });

    it("takes changes of kubectl back, and leaves those of others", async () => {
      const conflict = (...owners: string[]) => ({
        message: `Apply failed with ${owners.length} conflicts`,
        details: {
          causes: owners.map((owner) => ({
            reason: "FieldManagerConflict",
            message: `conflict with "${owner}" using v1`,
          })),
        },
      });
      let owners = ["kubectl-edit"];
      api.answer = (method, url) =>
        method === "PATCH" && url.searchParams.get("force") === "false"
          ? { status: 409, body: conflict(...owners) }
          : { status: 200, body: live("1") };
      await connected.create(SECRET, inputs, false);
      owners = ["kubectl-edit", "helm"];
      await assert.rejects(connected.create(SECRET, inputs, false), /refuses: .*Let kubectl-edit, helm give/);
    });

    it("says in one line who refuses what, and what to do", async () => {
      const cases: [number, unknown, RegExp][] = [
        [403, { message: "forbidden:\nno" }, /refuses: forbidden: no\. The provider's kubeconfig/],
        [404, { message: 'namespaces "b" not found' }, /refuses: namespaces "b" not found$/],
        [502, "<html>", /refuses: status 502$/],
      ];
      for (const [status, body, reason] of cases) {
        api.answer = () => ({ status, body });
        const error = await connected.create(SECRET, inputs, false).catch((failure: Error) => failure);
        assert.ok(error instanceof Error);
        assert.match(error.message, /^Secret b\/a: the Kubernetes API at http:\/\/127\.0\.0\.1:\d+ /);
        assert.match(error.message, reason);
        assert.ok(!error.message.includes("\n"));
      }
    });

    it("stops to wait when the engine is interrupted", async () => {
      const interrupted = new KubernetesStandIn();
      interrupted.configure({ kubeconfig: kubeconfig(api.url) });
      api.answer = () => ({ status: 200, body: live("1") });
      const deletion = interrupted.delete(SECRET, "b/a", 0);
      setTimeout(() => interrupted.cancel(), 100);
      await assert.rejects(deletion, /interrupted|abort/i);
    });
  });
});
