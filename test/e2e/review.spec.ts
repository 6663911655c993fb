/**
 * A change from its pull request to the cluster, by the very scripts of the workflows: previewed, commented, merged, and
 * applied only if it is what was reviewed.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { copyFileSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { digestsIn } from "../../cli/report/markdown";
import { projectRoot } from "../../sandbox/workspace";
import { FakeHost, TOKEN } from "../support/fakeHost";
import { DayTwoBed } from "./support/dayTwoBed";
import { runToEnd } from "./support/processes";
import { SMALL_CLUSTER, Testbed } from "./support/testbed";

type Cluster = typeof SMALL_CLUSTER;

const BEFORE = { ...SMALL_CLUSTER, environment: "staging" };

describe("from a pull request to the cluster", () => {
  let bed: Testbed;
  let ops: DayTwoBed;
  let host: FakeHost;
  let said = "";

  before(async () => {
    host = await FakeHost.start("github");
    bed = (await Testbed.open("rev", BEFORE)).playKubernetes();
    await bed.up();
    ops = new DayTwoBed(bed);
  });
  after(async () => {
    host.stop();
    await bed.close();
  });

  const ofPulumi = () => bed.session.pulumi.environment;
  async function script(name: string, args: readonly string[], ref: object = {}) {
    // As in CI, where nothing but variables says how the state and the cloud are reached.
    const environment = { ...process.env, ...ofPulumi(), ...host.environment, ...ref, NO_COLOR: "1" };
    const logs = join(bed.session.workspace.directory, "ci-logs");
    const env = { ...environment, OPENCENTER_CI_LOGS: logs };
    const finished = await runToEnd("bash", [join(projectRoot, "ci", name), ...args], env);
    said += finished.output;
    return finished;
  }
  const preview = () => script("preview.sh", ["HEAD", "rev"]);
  const up = () => script("up.sh", ["rev"], { GITHUB_REF: "refs/heads/main" });
  const comment = () => String(host.comments.at(-1)?.["body"]);
  const write = (cluster: Cluster) => bed.writeCluster(cluster);
  const general = (count: number) => ({ general: { ...BEFORE.pools.general, count } });

  it("a pool that shrinks, a rule that opens and a version that jumps are what the comment begins with", async () => {
    const kubernetes = { version: "1.33.7" };
    const open = { ...BEFORE.access, apiAllowedCidrs: ["0.0.0.0/0"] };
    write({ ...BEFORE, pools: general(1), access: open });
    const { code, output } = await preview();
    assert.equal(code, 1, output);
    assert.equal(host.comments.length, 1);
    assert.match(comment(), /### ❌ rev \(staging\)/);
    assert.match(comment(), /Must not be merged:\*\*\n\n(- .*\n)*- policy api-not-open is not kept/);
    assert.match(comment(), /Instance `rev-general-2`/);
    assert.match(comment(), /remove-node\.yml|rev-general-2/);
    assert.match(comment(), /```mermaid/);
    assert.equal(digestsIn(comment()).size, 0, "what fails cannot be applied as reviewed");
    write({ ...BEFORE, kubernetes });
    const jump = await preview();
    assert.equal(jump.code, 1, jump.output);
    assert.equal(host.comments.length, 1, "edited in place");
    assert.match(comment(), /❌ rev/);
    assert.match(comment(), /1\.33\.7/);
  });

  it("in a clone with the stack's file in Git, one screen says what becomes of the cluster", async () => {
    const clone = mkdtempSync(join(tmpdir(), "opencenter-clone-"));
    const git = (...args: string[]) =>
      execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], { cwd: clone });
    const commit = (message: string) => {
      copyFileSync(bed.session.workspace.stackFile, join(clone, "stacks/Pulumi.rev.yaml"));
      git("add", "stacks");
      git("commit", "--quiet", "-m", message);
    };
    try {
      execFileSync("git", ["clone", "--quiet", "--no-hardlinks", projectRoot, clone]);
      symlinkSync(join(projectRoot, "node_modules"), join(clone, "node_modules"));
      git("checkout", "--quiet", "-B", "main");
      write(BEFORE);
      commit("as it is");
      git("checkout", "--quiet", "-b", "change");
      write({ ...BEFORE, pools: general(1), access: { ...BEFORE.access, apiAllowedCidrs: ["0.0.0.0/0"] } });
      commit("smaller, and open");
      const environment: NodeJS.ProcessEnv = { ...process.env, ...ofPulumi(), ...host.environment };
      // The file is where everybody has it.
      const { PULUMI_OPTION_CONFIG_FILE: _, ...rest } = environment;
      const env = { ...rest, NO_COLOR: "1", OPENCENTER_CI_LOGS: join(clone, "ci-logs") };
      const affected = await runToEnd(
        "bash",
        [join(clone, "ci/matrix.sh"), "affected", "main"],
        env,
        undefined,
        clone,
      );
      assert.match(affected.output, /"stack":"rev"/, affected.output);
      const { code, output } = await runToEnd(
        "bash",
        [join(clone, "ci/preview.sh"), "main", "rev"],
        env,
        undefined,
        clone,
      );
      said += output;
      assert.equal(code, 1, output);
      const text = comment();
      assert.equal(text.trimEnd(), readFileSync(join(clone, "ci-logs/comment.md"), "utf8").trimEnd());
      assert.match(text, /Must not be merged:\*\*\n\n(- .*\n)*- policy api-not-open is not kept/);
      assert.match(text, /Instance `rev-general-2`/);
      assert.match(text, /remove-node/);
      // A difference, and not a new cluster: what stays is there once, and what goes is marked.
      const picture = /```mermaid\n([^`]*)```/.exec(text)?.[1] ?? "";
      assert.match(picture, /rev_general_2\[.*:::removed/);
      assert.ok(!/:::(added|changed)/.test(picture), picture);
      assert.ok(text.split("\n").length <= 90, `${text.split("\n").length} lines are more than a screen`);
      if (process.env["OPENCENTER_SHOW_COMMENT"] !== undefined) console.log(text);
    } finally {
      rmSync(clone, { recursive: true, force: true });
      host.comments.length = 0;
    }
  });

  it("what was reviewed is applied after the merge, and the comment is the one that was edited", async () => {
    write({ ...BEFORE, pools: general(1) });
    const { code, output } = await preview();
    assert.equal(code, 0, output);
    assert.equal(host.comments.length, 1);
    const unmerged = await up();
    assert.equal(unmerged.code, 1, "nobody has merged it");
    assert.match(unmerged.output, /no merged pull request/);
    host.pulls = [
      { number: 6, merged_at: "2026-11-24", base: { ref: "stacked" } },
      { number: 7, merged_at: "2026-11-24", base: { ref: "main" } },
    ];
    const { code: applied, output: told } = await up();
    assert.equal(applied, 0, told);
    assert.match(told, /Applied to rev: .*as reviewed/);
    await bed.assertQuiet();
    const again = await up();
    assert.equal(again.code, 0, again.output);
    assert.match(again.output, /Nothing to do/);
  });

  it("anything else than what was reviewed is not applied", async () => {
    write({ ...BEFORE, pools: general(2) });
    assert.equal((await preview()).code, 0);
    // Somebody merges another change into the same stack.
    write({ ...BEFORE, pools: { general: { ...BEFORE.pools.general, count: 2, flavor: "large" } } });
    const { code, output } = await up();
    assert.equal(code, 1, output);
    assert.match(output, /this is not what was reviewed/);
    const servers = await (
      await ops.cloud()
    )
      .service("compute")
      .list<{ name: string }>("/servers/detail", "servers");
    assert.ok(!servers.some(({ name }) => name === "rev-general-2"), "something was done");
    // A comment that somebody else has written about what is here now.
    host.comments.push({ ...host.by("them"), id: 999, body: comment() });
    assert.equal((await up()).code, 1);
  });

  it("drift gets one ticket, which is closed when the cluster is clean", async () => {
    write({ ...BEFORE, pools: general(1) });
    const cloud = (await ops.cloud()).service("compute");
    const server = await ops.one("compute", "/servers/detail", "servers", "rev-general-1");
    const rename = (name: string) => cloud.change("PUT", `/servers/${server.id}`, { server: { name } });
    const drift = async () => {
      const looked = await ops.run("drift", "rev", "--json", "--layer", "cloud");
      const file = join(bed.session.workspace.directory, "drift.json");
      const { writeFileSync } = await import("node:fs");
      writeFileSync(file, looked.output.split("\n").find((line) => line.startsWith('{"ok"')) ?? "");
      const args = [join(projectRoot, "cli/opencenter.mjs"), "report", "drift", "--from", file, "--post"];
      const posted = await runToEnd(process.execPath, args, { ...process.env, ...host.environment });
      assert.equal(posted.code, 0, posted.output);
      said += posted.output;
    };
    await rename("renamed");
    await drift();
    assert.equal(host.issues.length, 1);
    assert.match(String(host.issues[0]!["body"]), /rev-general-1.*name/s);
    await rename("rev-general-1");
    await drift();
    assert.deepEqual(
      host.issues.map(({ state }) => state as string),
      ["closed"],
    );
  });

  it("told no secret to anybody", async () => {
    const told = said + ops.said + JSON.stringify([host.comments, host.issues]) + JSON.stringify(ops.audit());
    assert.ok(!told.includes(TOKEN), "the token was told");
    for (const word of await ops.secretWords()) assert.ok(!told.includes(word), "a secret was told");
  });
});
