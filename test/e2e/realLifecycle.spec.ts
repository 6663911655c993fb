/**
 * One cluster from nothing through Day 2 to nothing: real OpenStack services, a real Kubernetes API, real Flux. Machines
 * and Kubespray are played. `npm run e2e:real` runs this file alone.
 */
import assert from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import type { Context } from "mocha";
import { cloudAgainstState } from "../../sandbox/expectations";
import { findFlux, findKubernetes } from "../../sandbox/toolchain";
import { change } from "../../sandbox/verbs/change";
import { scale } from "../../sandbox/verbs/scale";
import { upgrade } from "../../sandbox/verbs/upgrade";
import { editCluster } from "../../sandbox/stackFile";
import { UPDATE_FLAGS } from "../../sandbox/session";
import { skip } from "../support/skip";
import { RealCloud } from "./openstack/bed";
import { OpenstackCommandLine } from "./openstack/commandLine";
import { example } from "./openstack/examples";
import { uncomparedRealCalls } from "./support/callKinds";
import { CloudControllers } from "./support/cloudControllers";
import { DayTwoBed, type Named } from "./support/dayTwoBed";
import { GitOpsBed } from "./support/gitopsbed";
import { loseEverything } from "./support/handMade";
import { KubernetesBed } from "./support/kubernetes";
import { apiMembers } from "./support/parts";
import { printStages } from "./support/stageTable";
import { tail, type Testbed } from "./support/testbed";

const PROJECT = "sandbox";

/** The example, one minor version of Kubernetes earlier. */
const CLUSTER = {
  ...example("sandbox"),
  kubernetes: { version: "1.34.3" },
  kubespray: { ref: "v2.30.0" },
};

/** What the provider reads under another name, or the program leaves to the cloud: `opencenter drift` looks itself. */
const UNCOMPARED = /^(Port|Member) /;

const missing = [findKubernetes(), findFlux()].flatMap((found) => ("why" in found ? [found.why] : []));

describe(`a whole life on real services (${missing.length === 0 ? "Kubernetes and Flux too" : "Flux played"})`, () => {
  let cloud: RealCloud;
  let bed: Testbed;
  let ops: DayTwoBed;
  let gitops: GitOpsBed;
  let kubernetes: KubernetesBed;
  let hand: OpenstackCommandLine;

  before(async function () {
    this.timeout(30 * 60_000);
    cloud = await RealCloud.require(this);
    // Not the example's own name: the verbs would read, and change, the file in `stacks/` and not the bed's copy.
    bed = await cloud.open(PROJECT, "life", CLUSTER);
    ops = new DayTwoBed(bed);
    kubernetes = new KubernetesBed(bed);
    gitops = new GitOpsBed(bed, kubernetes);
    hand = new OpenstackCommandLine(cloud.layout, PROJECT, ops);
  });
  after(async function () {
    // A run that failed half way would greet the next one with its servers.
    if (bed !== undefined && (await cloud.leftovers(PROJECT, bed)).length > 0) await loseEverything(ops);
    await bed?.close();
    await cloud?.close();
    if (this.test?.parent) printStages(this.test.parent);
  });

  const requireFlux = (context: Context) =>
    missing[0] === undefined ? undefined : skip(context, missing[0]);

  /** Names of what differs, Commands and components left out: only the cloud was touched. */
  async function differing(): Promise<string[]> {
    const { steps } = await cloudAgainstState(bed.session.pulumi);
    const own = steps.filter(({ type }) => type.startsWith("openstack:"));
    return own.map(({ op, type, name }) => `${op} ${type.split(":").at(-1)} ${name}`).sort();
  }

  async function repair(): Promise<void> {
    await bed.session.pulumi.run(["up", "--yes", "--skip-preview", "--refresh", "--parallel", "32"]);
    await bed.assertQuiet();
  }

  it("validate: the cloud has what the example asks for", async () => {
    const { code, output } = await ops.run("validate", bed.session.workspace.stackFile, "--online");
    assert.equal(code, 0, output);
  });

  it("up: infrastructure, Kubernetes, Flux, and hand-over", async () => {
    await bed.up();
    if (missing.length === 0) {
      assert.equal((await bed.session.pulumi.outputs())["lifecycle"], "day-2");
      await gitops.applied();
    }
    await bed.assertConverged();
  });

  it("drift: one property of every kind is found, nothing else, and put right", async () => {
    const changed = await hand.changeEverything();
    const compared = changed.filter((subject) => !UNCOMPARED.test(subject));
    assert.deepEqual(await differing(), compared.map((subject) => `update ${subject}`).sort());
    const { findings } = await ops.drift("--layer", "cloud");
    assert.deepEqual(findings.map(({ subject }) => subject).sort(), changed.sort());
    const done = await ops.run("reconcile", ops.stack, "--yes");
    assert.equal(done.code, 0, done.output.slice(-6_000));
    await bed.assertQuiet();
  });

  it("drift: what was deleted is found, and comes back", async () => {
    const gone = await hand.deleteSome();
    const seen = await differing();
    for (const subject of gone) assert.ok(seen.includes(`delete ${subject}`), seen.join("\n"));
    assert.ok(
      seen.some((step) => step.startsWith("delete SecGroupRule")),
      seen.join("\n"),
    );
    await repair();
  });

  it("drift: a machine with all it stands on is lost, and comes back", async () => {
    const gone = await hand.loseMachine();
    const deleted = (await differing()).filter((step) => step.startsWith("delete "));
    assert.deepEqual(deleted, gone.map((subject) => `delete ${subject}`).sort());
    await repair();
  });

  it("scale: a pool and a node come, a node goes, and nothing else is touched", () => scale(bed.session));

  it("upgrade: one minor version further, on every machine", async () => {
    await upgrade(bed.session);
    const { version } = example("sandbox")["kubernetes"] as { version: string };
    const seen = (await kubernetes.nodes()).map(({ kubeletVersion }) => kubeletVersion);
    assert.deepEqual([...new Set(seen)], [version]);
  });

  it("replace: a control-plane node, in etcd and in the load balancer too", async () => {
    const setting = (key: string, value: unknown) => ({ path: ["controlPlane", key], value });
    // Each host has one of them, and for a while there are four.
    const edits = [setting("nodes", [1, 2, 4]), setting("serverGroupPolicy", "soft-anti-affinity")];
    editCluster(bed.session.workspace.stackFile, edits, [["controlPlane", "count"]]);
    const playbooks = await kubernetes.during(() => bed.up());
    assert.deepEqual(playbooks.slice(-3), [
      "remove-node.yml",
      "playbooks/facts.yml",
      "upgrade-cluster.yml etcd,kube_control_plane",
    ]);
    const wanted = [1, 2, 4].map((number) => `life-cp-${number}`);
    assert.deepEqual(
      (await kubernetes.nodeNames()).filter((name) => name.startsWith("life-cp-")),
      wanted,
    );
    assert.deepEqual((await apiMembers(ops)).map(({ name }) => name).sort(), wanted);
    await bed.assertQuiet();
  });

  it("change: through Git, applied by Flux", async function () {
    requireFlux(this);
    await change(bed.session);
  });

  it("rotate: application credentials, old beside new until the proposal is merged", async function () {
    requireFlux(this);
    const rotate = () => ops.run("rotate", "app-credential", ops.stack, "--yes");
    const first = await rotate();
    assert.equal(first.code, 1, first.output);
    gitops.merge(gitops.open());
    const second = await rotate();
    assert.equal(second.code, 0, second.output);
  });

  it("rotate: the SSH key of every machine", async () => {
    const { code, output } = await ops.run("rotate", "ssh", ops.stack, "--yes");
    assert.equal(code, 0, output);
    const compute = (await ops.cloud()).service("compute");
    const pairs = await compute.list<{ keypair: Named }>("/os-keypairs", "keypairs");
    assert.deepEqual(
      pairs.map(({ keypair }) => keypair.name),
      ["life-g2"],
    );
    await bed.assertQuiet();
  });

  it("destroy: nothing is left but a volume that Cinder does not delete, which is named", async () => {
    const controllers = new CloudControllers(ops, kubernetes);
    await controllers.serve("front");
    await controllers.claim("plain");
    const volume = await controllers.claim("held");
    const snapshot = await controllers.snapshot(volume);
    const destroyed = () => bed.session.pulumi.try(["destroy", ...UPDATE_FLAGS]);
    const { code, output } = await controllers.during(destroyed);
    assert.equal(code, 0, tail(output));
    assert.match(output, new RegExp(`volume ${volume} of default/held stays in the cloud: it has snapshots`));
    assert.deepEqual(await cloud.leftovers(PROJECT, bed), ["volumes pvc-held"]);
    await hand.run([`volume snapshot delete ${snapshot}`]);
    const cinder = (await ops.cloud()).service("volume");
    while ((await cinder.list("/snapshots", "snapshots")).length > 0) await sleep(500);
    await hand.run([`volume delete ${volume}`]);
  });

  it("recording: the provider asked for nothing that is not in it", () => {
    assert.deepEqual(uncomparedRealCalls(cloud.layout), []);
  });
});
