/** Backups as an operator makes, checks, rehearses and needs them; Velero is played, everything else is real. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isDeepStrictEqual } from "node:util";
import { gunzipSync } from "node:zlib";
import { begunAt } from "../../cli/backup/names";
import type { BackupStore } from "../../cli/backup/store";
import { swiftStore } from "../../cli/backup/store/swift";
import { connect } from "../../sandbox/cloudSetup";
import { findFlux, findKubernetes } from "../../sandbox/toolchain";
import { projectRoot } from "../../sandbox/workspace";
import { skip } from "../support/skip";
import { GitOpsBed } from "./support/gitopsbed";
import { KubernetesBed } from "./support/kubernetes";
import { runToEnd, type StopOrder } from "./support/processes";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

const missing = [findKubernetes(), findFlux()].flatMap((found) => ("why" in found ? [found.why] : []));

const off = { enabled: false };
const cluster = {
  ...SMALL_CLUSTER,
  network: {},
  apiEndpoint: { type: "octavia" },
  pools: { general: { count: 1, flavor: "small" } },
  gitops: { repository: { url: "http://127.0.0.1/" }, interval: "1m" },
  // Velero alone: what else there is does not change what a backup is.
  services: Object.fromEntries(
    ["kyverno", "cert-manager", "etcd-backup", "metrics-server", "cinder-csi", "external-snapshotter"].map(
      (name) => [name, off],
    ),
  ),
};

const PLANTED = "PLANTED-password-of-the-shop";
type Json = Record<string, any>;

describe("backup and restore", () => {
  let bed: Testbed;
  let kubernetes: KubernetesBed;
  let gitops: GitOpsBed;
  let store: BackupStore;
  let first: string;
  /** Everything that any command said. */
  let said = "";

  before(async function () {
    if (missing[0] !== undefined) skip(this, missing[0]);
    bed = await Testbed.open("safe", cluster);
    kubernetes = new KubernetesBed(bed);
    gitops = new GitOpsBed(bed, kubernetes);
    await bed.up();
    store = swiftStore(await connect(bed.session.workspace), `${bed.organization}-safe-backup`);
    await plantShop();
  });
  after(() => bed?.close());

  async function plantShop(): Promise<void> {
    const api = gitops.objects();
    const metadata = (name: string) => ({ name, namespace: "shop" });
    const labels = { app: "web" };
    const containers = [{ name: "web", image: "registry.example.org/web:1" }];
    const group = "rbac.authorization.k8s.io";
    for (const object of [
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
      { apiVersion: "v1", kind: "ConfigMap", metadata: metadata("prices"), data: { apple: "1" } },
      { apiVersion: "v1", kind: "Secret", metadata: metadata("login"), stringData: { password: PLANTED } },
      {
        apiVersion: "apps/v1",
        kind: "Deployment",
        metadata: metadata("web"),
        spec: { selector: { matchLabels: labels }, template: { metadata: { labels }, spec: { containers } } },
      },
      {
        apiVersion: `${group}/v1`,
        kind: "RoleBinding",
        metadata: metadata("web"),
        roleRef: { apiGroup: group, kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "ServiceAccount", name: "web", namespace: "shop" }],
      },
    ])
      assert.ok(await api.create(object), JSON.stringify(object));
  }

  async function run(
    args: readonly string[],
    code = 0,
    stop?: StopOrder,
    more: Record<string, string> = {},
  ): Promise<string> {
    const command = [join(projectRoot, "cli/opencenter.mjs"), ...args];
    const env = { ...process.env, NO_COLOR: "1", ...bed.session.pulumi.environment, ...more };
    const result = await runToEnd(process.execPath, command, env, stop);
    said += result.output;
    if (stop === undefined) assert.equal(result.code, code, result.output);
    else assert.ok(result.stopped, `ended before it could be stopped:\n${result.output}`);
    return result.output;
  }

  /** The document on standard output; it is the only line that is one. */
  async function json(args: readonly string[], code = 0): Promise<Json> {
    const output = await run([...args, "--json"], code);
    return JSON.parse(output.split("\n").find((line) => line.startsWith('{"ok"')) ?? output) as Json;
  }

  /** What a killed run started may still be at it: its API server stops and starts beneath the first tries. */
  async function insistently<T>(work: () => Promise<T>): Promise<T> {
    for (const until = Date.now() + 240_000; ; await sleep(2_000))
      try {
        return await work();
      } catch (error) {
        if (Date.now() > until) throw error;
      }
  }

  const setsFolder = "opencenter/safe/";

  async function shopIs(there: boolean): Promise<void> {
    const api = gitops.objects();
    const found = await api.read({ apiVersion: "v1", kind: "ConfigMap", name: "prices", namespace: "shop" });
    assert.equal(found !== undefined, there);
  }

  it("makes one set of everything, lists it and finds it sound", async () => {
    const dry = await json(["backup", "safe", "--dry-run"]);
    assert.deepEqual([dry.ok, dry.without], [true, []]);
    assert.deepEqual(await store.list(setsFolder), []);
    const { backup, velero } = await json(["backup", "safe"]);
    first = backup.name;
    assert.ok(begunAt(first));
    assert.equal(velero, "Completed");
    const parts = ["configuration", "etcd", "recipients", "secrets", "stackFile", "state", "velero"];
    assert.deepEqual([...backup.parts].sort(), parts);
    const verified = await json(["backup", "safe", "verify"]);
    assert.equal(verified.backups[0].sound, true);
    assert.ok(verified.backups[0].checks.some(({ what }: Json) => String(what).endsWith(".tar.gz")));
  });

  it("refuses a set that was changed in the store, and restores nothing of it", async () => {
    const objects = await store.list(`${setsFolder}${first}/`);
    const velero = (await store.list(`velero/backups/${first}/`)).filter(({ name }) =>
      name.endsWith(".tar.gz"),
    );
    for (const wanted of [/state\.json/, /manifest\.json/, /\.tar\.gz/]) {
      const { name } = [...objects, ...velero].find((object) => wanted.test(object.name))!;
      const original = (await store.read(name))!;
      const changed = Buffer.from(original);
      // In the manifest: a digit of a digest.
      const at = name.endsWith(".json") ? original.indexOf('"sha256": "') + 12 : original.length >> 1;
      changed[at] = changed[at] === 0x31 ? 0x32 : 0x31;
      await store.write(name, changed);
      if (/state/.test(name)) assert.match(await run(["backup", "safe", "verify", first], 1), /✗ +state/);
      else assert.match(await run(["restore", "safe", "--backup", first, "--yes"], 1), /is refused/);
      await store.write(name, original);
    }
    const restores = await gitops.objects().list("velero.io/v1", "Restore");
    assert.deepEqual(restores, []);
  });

  it("brings back a namespace that was deleted, Secrets and all", async () => {
    const api = gitops.objects();
    await api.remove({ apiVersion: "v1", kind: "Namespace", name: "shop" });
    await gitops.until(async () =>
      (await api.read({ apiVersion: "v1", kind: "Namespace", name: "shop" })) === undefined
        ? ""
        : "it is there",
    );
    const order = ["restore", "safe", "--backup", first, "--namespace", "shop"];
    assert.equal((await json([...order, "--dry-run"])).plan.length, 2);
    await shopIs(false);
    await run([...order, "--yes"]);
    await shopIs(true);
    assert.equal((await gitops.secret("login", "shop")).password, PLANTED);
    const web = await gitops.read({
      apiVersion: "apps/v1",
      kind: "Deployment",
      name: "web",
      namespace: "shop",
    });
    assert.equal(web.metadata?.labels?.["velero.io/backup-name"], first);
  });

  it("rehearses a restore in a scratch namespace, compares, and leaves nothing there", async () => {
    const { comparison, namespace } = await json(["backup", "safe", "drill"]);
    assert.equal(namespace, "shop");
    assert.equal(comparison.same, true, JSON.stringify(comparison));
    assert.deepEqual(
      comparison.kinds.map(({ kind, restored }: Json) => [kind, restored]),
      [
        ["ConfigMap", 1],
        ["Deployment", 1],
        ["RoleBinding", 1],
        ["Secret", 1],
      ],
    );
    const names = (await gitops.objects().list("v1", "Namespace")).map(({ metadata }) => metadata?.name);
    assert.deepEqual(
      names.filter((name) => name?.startsWith("opencenter-drill")),
      [],
    );
  });

  it("survives kill -9 in the middle: the next one clears away what was left", async () => {
    await run(["backup", "safe"], 0, {
      signal: "SIGKILL",
      when: { lines: 1, match: /snapshot\.yml: snapshot of etcd/ },
    });
    const { backups } = await json(["backup", "safe", "list"]);
    const dead = backups.find(({ state }: Json) => state === "incomplete")?.name as string;
    assert.ok(dead, JSON.stringify(backups));
    await forgetHolder();
    const { deleted, backup } = await json(["backup", "safe", "--break-lock"]);
    assert.deepEqual(
      deleted.map(({ name }: Json) => name),
      [dead],
    );
    const left = await store.list(`${setsFolder}${dead}/`);
    assert.deepEqual(left, []);
    await gitops.until(async () =>
      (await store.list(`velero/backups/${dead}/`)).length === 0 ? "" : "Velero has not deleted its part",
    );
    assert.notEqual(backup.name, first);
    assert.ok(
      !existsSync(join(kubernetes.path("kubespraySecrets"), "../backup")),
      "a snapshot is left in clear",
    );
  });

  /** As if its minute were over. */
  async function forgetHolder(): Promise<void> {
    const lease = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      name: "opencenter-operation",
      namespace: "kube-system",
    };
    await gitops.objects().mergeRaw(lease, { spec: { renewTime: "2026-01-01T00:00:00.000000Z" } });
  }

  it("keeps sets in a folder, too, and says what one has not", async () => {
    const folder = mkdtempSync(join(tmpdir(), "opencenter-sets-"));
    const skipped = ["--skip", "velero", "etcd"];
    const { backup } = await json(["backup", "safe", "create", "--dir", folder, ...skipped]);
    assert.deepEqual(
      backup.without.map(({ part }: Json) => part),
      ["velero", "etcd"],
    );
    const order = ["restore", "safe", "--backup", backup.name, "--dir", folder, "--etcd", "--yes"];
    assert.match(await run(order, 1), /left out with --skip/);
    rmSync(folder, { recursive: true });
  });

  /** With secrets in plain text: encrypted, they look different each time. */
  async function exported(env: Record<string, string> = {}): Promise<Json> {
    const { code, output } = await bed.session.pulumi.try(["stack", "export", "--show-secrets"], { env });
    assert.equal(code, 0);
    return JSON.parse(output.slice(output.indexOf("{"))).deployment.resources as Json;
  }

  it("imports the stack's state, and only with force over a newer one", async () => {
    const order = ["restore", "safe", "--backup", first, "--state", "--yes"];
    const before_ = await exported();
    const { urn } = before_.find(({ type }: Json) => type === "command:local:Command");
    const edited = await bed.session.pulumi.try(["state", "protect", urn, "--yes"]);
    assert.equal(edited.code, 0, edited.output);
    assert.match(await run(order, 1), /the state of now is newer/);
    const { done } = await json([...order, "--force"]);
    const kept = /before: (\S+)\.( |$)/.exec(done[0].text)?.[1] ?? "";
    assert.equal(statSync(join(projectRoot, kept)).mode & 0o777, 0o600);
    assert.ok(isDeepStrictEqual(await exported(), before_), "the state is not the one of the backup");
  });

  it("brings the state into a backend that has none, with the key that was kept elsewhere", async () => {
    const folder = mkdtempSync(join(tmpdir(), "opencenter-backend-"));
    const env = { PULUMI_BACKEND_URL: `file://${folder}` };
    // Where the session made its stack, too: in the project's own folder Pulumi writes a file of the repository.
    const elsewhere = join(bed.session.workspace.directory, "init");
    const made = await bed.session.pulumi.try(["stack", "init", "safe", "--no-select"], { env }, elsewhere);
    assert.equal(made.code, 0, made.output);
    const keys = ["--identity", kubernetes.path("ageKeys")];
    await run(["restore", "safe", "--backup", first, "--state", "--yes", ...keys], 0, undefined, env);
    assert.ok(
      isDeepStrictEqual(await exported(env), await exported()),
      "another state than the one that was saved",
    );
    rmSync(folder, { recursive: true });
  });

  it("takes etcd back only for somebody who types the cluster's name, also after kill -9 on the way", async () => {
    const order = ["restore", "safe", "--backup", first, "--etcd", "--yes"];
    assert.match(await run([...order, "--confirm-name", "prod"], 1), /is not the name of the cluster/);
    const api = gitops.objects();
    const made = { apiVersion: "v1", kind: "ConfigMap", namespace: "default", name: "made-after" } as const;
    await api.create({ ...made, metadata: { name: made.name, namespace: made.namespace }, data: { a: "b" } });
    const nodes = await kubernetes.nodeNames();
    await run([...order, "--confirm-name", "safe"], 0, {
      signal: "SIGKILL",
      when: { lines: 1, match: /restore-etcd\.yml: / },
    });
    // Its lock, or that of the backup which the snapshot brought back: nobody waits the minute in a test.
    const lock = {
      apiVersion: "coordination.k8s.io/v1",
      kind: "Lease",
      namespace: "kube-system",
      name: "opencenter-operation",
    };
    const output = await insistently(async () => {
      await api.answered(120_000, () => undefined);
      if ((await api.read(lock)) !== undefined) await api.remove(lock);
      return run([...order, "--confirm-name", "safe"]);
    });
    assert.match(output, /etcd is as in the backup, on every member/);
    assert.equal(await api.read(made), undefined, "what came after the backup is still there");
    assert.deepEqual(await kubernetes.nodeNames(), nodes);
    assert.equal(await api.read(lock), undefined, "the lock of the snapshot is still held");
    const left = join(kubernetes.path("kubespraySecrets"), "..", "backup");
    assert.ok(!existsSync(left), "the snapshot lies in clear");
    await gitops.applied();
  });

  it("leaves no secret in anything that was said, logged, or stored in clear", async () => {
    const [identity = ""] =
      /AGE-SECRET-KEY-1\w+/.exec(readFileSync(kubernetes.path("ageKeys"), "utf8")) ?? [];
    const key = readFileSync(kubernetes.path("sshPrivateKey"), "utf8").split("\n")[2]!;
    const secrets = [PLANTED, identity, key, gitops.token];
    assert.ok(secrets.every((secret) => secret.length > 20));
    const places: (readonly [string, Buffer])[] = [
      ["output", Buffer.from(said)],
      ["audit log", readFileSync(join(kubernetes.path("state"), "audit.log"))],
    ];
    for (const { name } of [...(await store.list("opencenter/")), ...(await store.list("velero/"))]) {
      const content = (await store.read(name))!;
      places.push([name, content], [name, unzipped(content)]);
    }
    assert.ok(places.length > 20);
    for (const [place, content] of places)
      for (const secret of secrets)
        for (const form of [secret, Buffer.from(secret).toString("base64")])
          assert.ok(!content.includes(form), `a secret is in ${place}`);
  });
});

function unzipped(content: Buffer): Buffer {
  return content[0] === 0x1f && content[1] === 0x8b ? gunzipSync(content) : content;
}
