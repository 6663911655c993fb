/** Day 2 as an operator does it: look, repair, take over, put off, take down. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { ClusterObjects, ObjectRef } from "../../runner/kubernetes/objects";
import { GitOpsBed } from "./support/gitopsbed";
import { findingsOf, type DriftReport } from "../../cli/drift/report";
import { DayTwoBed, type Named } from "./support/dayTwoBed";
import { changeEverything, deleteSome, loseMachine } from "./support/handMade";
import { KubernetesBed } from "./support/kubernetes";
import { opencenter } from "./support/processes";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

const off = { enabled: false };
const cluster = {
  ...SMALL_CLUSTER,
  gitops: { repository: { url: "http://127.0.0.1/" }, interval: "1m" },
  // Three are enough to be suspended and to be behind.
  services: { kyverno: off, "cert-manager": off, "etcd-backup": off, velero: off },
};

const LEASE: ObjectRef = {
  apiVersion: "coordination.k8s.io/v1",
  kind: "Lease",
  namespace: "kube-system",
  name: "opencenter-operation",
};

/** Each is four seconds of processor time: OPENCENTER_FLEET_SIZE=50 asks for more than CI has. */
const FLEET = Number(process.env["OPENCENTER_FLEET_SIZE"] ?? 10);

const isReady = ({ ready, total }: { ready: number; total: number }) => ready === total;

describe("Day 2", () => {
  let bed: Testbed;
  let ops: DayTwoBed;
  let api: ClusterObjects;

  before(async () => {
    bed = await Testbed.open("day", cluster);
    await bed.up();
    ops = new DayTwoBed(bed);
    api = new GitOpsBed(bed, new KubernetesBed(bed)).objects();
  });
  after(() => bed.close());

  /** What somebody else has in the same project: names and tags that look like the cluster's. */
  async function lookAlikes(): Promise<Named[]> {
    const network = (await ops.cloud()).service("network");
    const make = async (name: string, organization: string, cluster: string) => {
      const { network: made } = await network.change<{ network: Named }>("POST", "/networks", {
        network: { name },
      });
      const tags = ["opencenter", `opencenter-organization=${organization}`, `opencenter-cluster=${cluster}`];
      await network.change("PUT", `/networks/${made.id}/tags`, { tags });
      return made;
    };
    return [
      await make("day-2", bed.organization, "day-2"),
      await make("myday", bed.organization, "myday"),
      await make("day", "another", "day"),
    ];
  }

  const journal = () => readFileSync(bed.session.workspace.simulator.log, "utf8").split("\n");
  const writes = (since: number) =>
    journal()
      .slice(since)
      .filter((line) => / (POST|PUT|PATCH|DELETE) /.test(line) && !/\/auth\/tokens/.test(line));

  it("finds nothing on a cluster that nobody has touched, and only reads", async () => {
    const [before, mark] = [await bed.session.pulumi.run(["stack", "export"]), journal().length];
    for (let run = 0; run < 3; run++) {
      const { code, findings } = await ops.drift();
      assert.deepEqual(findings, []);
      assert.equal(code, 0);
    }
    assert.equal((await bed.session.pulumi.run(["stack", "export"])).stdout, before.stdout);
    assert.deepEqual(writes(mark), []);
    assert.equal(await api.read(LEASE), undefined);
    assert.deepEqual(
      ops
        .audit()
        .map(({ verb, result }) => `${verb} ${result}`)
        .slice(-3),
      Array(3).fill("drift done"),
    );
  });

  it("finds a changed property of every kind that can have one, and reconcile repairs all", async function () {
    const alike = await lookAlikes();
    const changed = await changeEverything(ops);
    await changeInside(api);
    const { code, findings } = await ops.drift("--html", report("html"), "--junit", report("xml"));
    assert.equal(code, 2);
    const seen = findings.map(({ subject }) => subject);
    assert.deepEqual(
      changed.filter((subject) => !seen.includes(subject)),
      [],
      `found: ${seen.join(", ")}`,
    );
    assert.deepEqual(
      findings
        .filter(({ layer }) => layer !== "cloud")
        .map(({ code: what, subject }) => `${what} ${subject}`)
        .sort(),
      [
        "node-cordoned Node day-general-1",
        "node-labels Node day-general-1",
        "node-taints Node day-general-2",
        "suspended Kustomization flux-system/cinder-csi",
      ],
    );
    assert.equal(findings.length, changed.length + 4, seen.join(", "));
    assert.match(readFileSync(report("html"), "utf8"), /Instance day-general-1/);
    assert.match(readFileSync(report("xml"), "utf8"), /<failure type="changed"/);

    const plan = await ops.json<{ plan: { id: string; actions: unknown[] } }>(
      "reconcile",
      "day",
      "--dry-run",
    );
    assert.equal(plan.code, 2);
    const network = (await ops.cloud()).service("network");
    const [own] = await network.list<Named>("/networks", "networks", {
      name: "day",
      tags: `opencenter-organization=${bed.organization}`,
    });
    await network.change("PUT", `/networks/${own?.id}`, { network: { description: "moved", name: "moved" } });
    const stale = await ops.run("reconcile", "day", "--approve", plan.document.plan.id);
    assert.equal(stale.code, 1);
    assert.match(stale.output, /is not what would be done now. Nothing was done/);
    // A renamed network makes every server look as if it had lost its port: none may be replaced for that.
    const servers = async () =>
      (await (await ops.cloud()).service("compute").list<Named>("/servers", "servers"))
        .map(({ id }) => id)
        .sort();
    const before = await servers();
    const done = await ops.run("reconcile", "day", "--yes");
    assert.equal(done.code, 0, done.output.slice(-6_000));
    assert.deepEqual(await servers(), before);
    const names = async () =>
      (await network.list<Named>("/networks", "networks"))
        .filter(({ id }) => alike.some((one) => one.id === id))
        .map(({ name }) => name);
    assert.deepEqual((await names()).sort(), ["day", "day-2", "myday"]);
  });

  it("finds what was deleted of each kind, and what nobody manages, and leaves the latter alone", async () => {
    const gone = await deleteSome(ops);
    const network = (await ops.cloud()).service("network");
    const { network: stray } = await network.change<{ network: Named }>("POST", "/networks", {
      network: { name: "stray" },
    });
    const tags = ["opencenter", `opencenter-organization=${bed.organization}`, "opencenter-cluster=day"];
    await network.change("PUT", `/networks/${stray.id}/tags`, { tags });
    const { report: whole, findings } = await ops.drift();
    assert.deepEqual(
      whole.layers.filter(({ looked }) => !looked),
      [],
    );
    const seen = findings.map(({ code, subject }) => `${code} ${subject}`);
    for (const subject of gone)
      assert.ok(seen.includes(`deleted ${subject}`), `${subject} not in ${seen.join(", ")}`);
    assert.ok(seen.includes("unmanaged Unmanaged network stray"), seen.join(", "));
    // The provider gives up on a route that is not there; without it, nothing of the cloud would be seen.
    const route = findings.find(({ code }) => code === "route-missing");
    assert.match(route?.subject ?? "", /^SubnetRoute /, seen.join(", "));
    const done = await ops.run("reconcile", "day", "--yes");
    assert.equal(done.code, 2, done.output.slice(-6_000));
    assert.match(done.output, /1 finding/);
    assert.equal((await network.list<Named>("/networks", "networks", { name: "stray" })).length, 1);
    await network.delete(`/networks/${stray.id}`);
  });

  it("brings back a lost machine with its disk, and what all machines stand on, when told that it may replace", async () => {
    const gone = await loseMachine(ops);
    const { report: whole, findings } = await ops.drift();
    const unseen = whole.layers.filter(({ looked }) => !looked);
    assert.deepEqual(unseen, [], JSON.stringify(unseen));
    const deleted = findings.filter(({ code }) => code === "deleted").map(({ subject }) => subject);
    assert.deepEqual(deleted.sort(), gone);
    const done = await ops.run("reconcile", "day", "--replace", "--yes");
    assert.equal(done.code, 0, done.output.slice(-6_000));
    const { document } = await ops.json<{ report: DriftReport }>("drift", "day");
    assert.deepEqual(findingsOf(document.report), []);
  });

  it("takes what was meant into the configuration, or puts it off until a day", async () => {
    const subnet = await ops.one("network", "/subnets", "subnets", "day");
    const network = (await ops.cloud()).service("network");
    await network.change("PUT", `/subnets/${subnet.id}`, { subnet: { dns_nameservers: ["192.0.2.53"] } });
    const router = await ops.one("network", "/routers", "routers", "day");
    await network.change("PUT", `/routers/${router.id}`, { router: { name: "renamed" } });
    const { findings } = await ops.drift();
    const urn = findings.find(({ subject }) => subject.startsWith("Subnet"))?.urn ?? "";
    const adopted = await ops.run("reconcile", "day", "--adopt", urn, "--yes");
    assert.equal(adopted.code, 0, adopted.output);
    assert.match(bed.stackFile(), /dnsServers:\s*(\[ ?"?192\.0\.2\.53|\n\s*- "?192\.0\.2\.53)/);
    const subject = findings.find((one) => one.subject.startsWith("Router "))?.subject ?? "";
    const refused = await ops.run(
      "reconcile",
      "day",
      "--adopt",
      findings.find((one) => one.subject === subject)?.urn ?? "",
      "--yes",
    );
    assert.match(refused.output, /cannot be adopted/);
    const put = ["--ignore", subject, "--reason", "renamed for the audit", "--until", "2099-12-31", "--yes"];
    assert.equal((await ops.run("reconcile", "day", ...put)).code, 0);
    const { report, code } = await ops.drift();
    assert.deepEqual(
      report.ignored.map(({ finding }) => finding.subject),
      [subject],
    );
    assert.equal(code, 2, "the subnet is in the configuration now, and not yet in the state");
    const pending = await ops.run("reconcile", "day", "--yes");
    assert.equal(pending.code, 1);
    assert.match(pending.output, /asks for changes that were not brought in yet/);
    await bed.session.pulumi.run(["up", "--yes", "--skip-preview", "--refresh"]);
    assert.equal((await ops.drift()).code, 0);
  });

  it("lets one operator work at a time, and says who; a dead one's lock goes with a flag alone", async () => {
    const held = (renewTime: string) => ({
      ...LEASE_OBJECT,
      spec: { ...LEASE_OBJECT.spec, renewTime },
    });
    const flags = ["reconcile", "day", "--only", "nodes", "--yes"];
    await api.create(held(microTime(0)));
    const alive = await ops.run(...flags, "--break-lock");
    assert.equal(alive.code, 1);
    assert.match(alive.output, /being worked on by alice@elsewhere.*since 2026-01-01/);
    await api.remove(LEASE);
    await api.create(held(microTime(-120_000)));
    const dead = await ops.run(...flags);
    assert.equal(dead.code, 1);
    assert.match(dead.output, /--break-lock/);
    const broken = await ops.run(...flags, "--break-lock");
    assert.equal(broken.code, 0, broken.output);
    assert.equal(await api.read(LEASE), undefined, "the lock is given back");
    const [begun, ended] = ops.audit().slice(-2);
    assert.deepEqual([begun?.result, ended?.result], ["started", "done"]);
  });

  it(`shows where the cluster stands, and a fleet of ${FLEET}, one failure hiding nothing`, async () => {
    const status = () => ops.json<{ status: Record<string, any> }>("status", "day");
    // Flux may be at work on what the test before it changed, and says so.
    let { code, document } = await status();
    for (let asked = 1; asked < 6 && !isReady(document.status.cluster.flux); asked++) {
      await sleep(5000);
      ({ code, document } = await status());
    }
    const { lifecycle, kubernetes, pending, drift, cluster: inside } = document.status;
    assert.equal(code, 0);
    assert.deepEqual([lifecycle, pending.changes, drift.findings], ["day-2", 0, 0]);
    assert.match(kubernetes, /^\d+\.\d+\.\d+$/);
    assert.ok(inside.certificateDays > 100 && isReady(inside.flux), JSON.stringify(inside));

    const project = ops.fleet(FLEET);
    writeFileSync(join(project, "stacks/Pulumi.f07.yaml"), "config: {}\n");
    rmSync(join(bed.session.workspace.stateDirectory, ".pulumi/stacks/opencenter/f08.json"));
    const { PULUMI_OPTION_CONFIG_FILE: _, PULUMI_STACK: __, ...environment } = ops.environment;
    const flags = ["fleet", "status", "--quick", "--parallel", "4", "--json"];
    const answer = await opencenter(flags, environment, { cwd: project });
    assert.equal(answer.code, 1);
    const line = answer.output.split("\n").find((one) => one.startsWith("{"));
    const { clusters } = JSON.parse(line ?? "") as { clusters: Record<string, any>[] };
    assert.equal(clusters.length, FLEET);
    const failed = clusters.filter(({ problem }) => problem !== undefined);
    assert.deepEqual(
      failed.map(({ stack }) => stack),
      ["f07"],
    );
    const lifecycles = clusters.map(({ status: one }) => one?.lifecycle as string | undefined);
    assert.deepEqual([lifecycles[6], lifecycles[7]], [undefined, "not built"]);
    assert.equal(lifecycles.filter((one) => one === "day-2").length, FLEET - 2);
  });

  it("has said no secret anywhere: on no output, in no report, in no audit line", async () => {
    const places = {
      outputs: ops.said,
      page: readFileSync(report("html"), "utf8"),
      junit: readFileSync(report("xml"), "utf8"),
      audit: JSON.stringify(ops.audit()),
    };
    const words = await ops.secretWords();
    for (const [place, text] of Object.entries(places)) {
      assert.ok(text.length > 100, `${place} is empty`);
      assert.deepEqual(
        words.filter((word) => text.includes(word)).map((word) => word.slice(0, 8)),
        [],
        place,
      );
    }
  });

  it("ends the cluster when its name is typed, also after kill -9, with what was left behind, and nothing else", async () => {
    const refused = await ops.run("decommission", "day", "--yes");
    assert.equal(refused.code, 2);
    assert.match((await ops.run("decommission", "day", "--name", "dax", "--yes")).output, /is not the name/);
    const cloud = await ops.cloud();
    const metadata = { "opencenter-organization": bed.organization, "opencenter-cluster": "day" };
    await cloud
      .service("volume")
      .change("POST", "/volumes", { volume: { name: "forgotten", size: 1, metadata } });
    const order = ["decommission", "day", "--name", "day", "--yes", "--remove-stack"];
    const backup = await killedTwice(order);
    const { document } = await untilDone(order);
    assert.deepEqual(
      document.removed.map(({ name }) => name),
      ["forgotten"],
    );
    const left = (await bed.leftovers()).sort();
    // The last backup outlives the cluster.
    const container = `containers ${bed.organization}-day-backup`;
    assert.deepEqual(left, [container, "networks day", "networks day-2", "networks myday"]);
    assert.match(backup, /^day-/);
    const stacks = await bed.session.pulumi.run(["stack", "ls", "--json", "--all"]);
    assert.doesNotMatch(stacks.stdout, /"day"/);
  });

  /** In the middle of the last backup, and in the middle of `pulumi destroy`. @returns name of the backup */
  async function killedTwice(order: readonly string[]): Promise<string> {
    const kill = (match: RegExp, lines: number) => ({ signal: "SIGKILL" as const, when: { lines, match } });
    const first = await opencenter(order, ops.environment, { stop: kill(/Snapshot of etcd/, 1) });
    assert.ok(first.stopped, first.output);
    // What a minute without a sign of life would do.
    await api.merge(LEASE, { spec: { renewTime: microTime(-120_000) } });
    const refused = await ops.run(...order);
    assert.match(refused.output, /opencenter decommission.*--break-lock/s);
    const stop = kill(/ deleted \(/, 3);
    const second = await opencenter([...order, "--break-lock"], ops.environment, { stop });
    assert.ok(second.stopped, second.output);
    return /Set (\S+) in/.exec(second.output)?.[1] ?? second.output;
  }

  /** `pulumi destroy` outlives the verb that was killed, and comes to its end or not. */
  async function untilDone(order: readonly string[]) {
    let refusals = 0;
    for (;;) {
      const answer = await ops.json<{ removed: Named[] }>(...order);
      if (answer.code === 0) {
        assert.ok(refusals > 0, "the run that was still at work did not stop a second one");
        return answer;
      }
      const tail = answer.output.slice(-4_000);
      assert.ok(refusals++ < 60, tail);
      if (/opencenter recover/.test(answer.output)) await ops.run("recover", "day", "--yes");
      else assert.match(answer.output, /is being worked on by process \d+/, tail);
      await new Promise((resolve) => setTimeout(resolve, 2_000));
    }
  }

  const report = (kind: string) => join(bed.session.workspace.directory, `drift.${kind}`);
});

const microTime = (offset: number) => new Date(Date.now() + offset).toISOString().replace("Z", "000Z");

const LEASE_OBJECT = {
  apiVersion: LEASE.apiVersion,
  kind: LEASE.kind,
  metadata: { namespace: LEASE.namespace, name: LEASE.name },
  spec: {
    holderIdentity: "alice@elsewhere (opencenter rotate)",
    leaseDurationSeconds: 60,
    acquireTime: "2026-01-01T00:00:00.000000Z",
    renewTime: "",
    leaseTransitions: 0,
  },
};

async function changeInside(api: ClusterObjects): Promise<void> {
  const node = (name: string): ObjectRef => ({ apiVersion: "v1", kind: "Node", name });
  const owned = { "opencenter.io/labels": JSON.stringify(["left-over"]) };
  await api.merge(node("day-general-1"), {
    metadata: { labels: { "left-over": "x" }, annotations: owned },
    spec: { unschedulable: true },
  });
  await api.merge(node("day-general-2"), {
    spec: { taints: [{ key: "a", value: "b", effect: "NoSchedule" }] },
  });
  const stage = {
    apiVersion: "kustomize.toolkit.fluxcd.io/v1",
    kind: "Kustomization",
    name: "cinder-csi",
    namespace: "flux-system",
  };
  await api.merge(stage, { spec: { suspend: true } });
}
