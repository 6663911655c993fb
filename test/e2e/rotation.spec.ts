/** Rotation of application credentials on a running cluster: stops for the review, goes on after the merge. */
import assert from "node:assert/strict";
import { madeCredentials } from "../../cli/rotate/credential";
import { parseState } from "../../cli/recover/state";
import { startControlPlanes, stopControlPlanes } from "../../sandbox/kubernetes";
import { DayTwoBed } from "./support/dayTwoBed";
import { GitOpsBed } from "./support/gitopsbed";
import { KubernetesBed } from "./support/kubernetes";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

const off = { enabled: false };
const cluster = {
  ...SMALL_CLUSTER,
  gitops: { repository: { url: "http://127.0.0.1/" }, interval: "1m" },
  services: { kyverno: off, "cert-manager": off, "etcd-backup": off, velero: off },
};

describe("rotate app-credential", () => {
  let bed: Testbed;
  let ops: DayTwoBed;
  let gitops: GitOpsBed;
  let output = "";

  before(async () => {
    bed = await Testbed.open("rota", cluster);
    await bed.up();
    ops = new DayTwoBed(bed);
    gitops = new GitOpsBed(bed, new KubernetesBed(bed));
  });
  after(() => bed.close());

  const made = async () =>
    madeCredentials(parseState((await bed.session.pulumi.run(["stack", "export"])).stdout));
  const conf = async () =>
    (await gitops.secret("cinder-csi-cloud-config", "openstack-csi"))["cloud.conf"] ?? "";
  const secretIn = (text: string) => /application-credential-secret = "([^"]+)"/.exec(text)?.[1] ?? "";

  async function rotate(): Promise<number | null> {
    const finished = await ops.run("rotate", "app-credential", ops.stack, "--yes");
    output += finished.output;
    return finished.code;
  }

  it("makes new ones beside the old, hands them out, and stops until the proposal is merged", async () => {
    const before = await made();
    const old = await conf();
    assert.ok(before.length >= 2, String(before.length));
    assert.equal(await rotate(), 1, output);
    assert.match(output, /Review and merge .*opencenter\/rota\//);
    const both = await made();
    assert.equal(both.length, before.length * 2);
    for (const { id } of before)
      assert.ok(
        both.some((one) => one.id === id),
        "an old credential went too early",
      );
    assert.equal(await conf(), old);
    const { code, document } = await ops.json<{ steps: { name: string; state: string }[] }>(
      "rotate",
      "app-credential",
      ops.stack,
      "--status",
    );
    assert.equal(code, 1);
    assert.equal(document.steps.find(({ state }) => state === "next")?.name, "merged");
  });

  it("drops nothing while the cluster does not answer, and says so", async () => {
    gitops.merge(gitops.open());
    const both = await made();
    const { kubernetes } = bed.session.workspace;
    await stopControlPlanes(kubernetes);
    const { code, output: said } = await ops.run("rotate", "app-credential", ops.stack, "--yes");
    await startControlPlanes(kubernetes);
    output += said;
    assert.equal(code, 1, said);
    assert.match(said, /error: .*(does not answer|cannot be reached|ECONNREFUSED|Bad Gateway)/);
    assert.doesNotMatch(said, /This is a bug/);
    assert.deepEqual(await made(), both);
  });

  it("goes on after the merge: Secrets, restarts, and only then the old ones go", async () => {
    const old = secretIn(await conf());
    assert.equal(await rotate(), 0, output);
    const left = await made();
    assert.deepEqual([...new Set(left.map(({ generation }) => generation))], [2]);
    const text = await conf();
    assert.ok(left.some(({ id }) => text.includes(id)));
    assert.notEqual(secretIn(text), old);
    const told = output + JSON.stringify(ops.audit());
    for (const secret of [old, secretIn(text)]) {
      assert.ok(secret.length > 20);
      assert.ok(!told.includes(secret), "a secret was told");
    }
  });
});
