import { strict as assert } from "node:assert";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../../../runner/supervisor/processTree.mjs";
import {
  changed,
  ended,
  files,
  git,
  newCluster,
  newFolder,
  newRepository,
  PLANTED,
  run,
  startGitServer,
  startRun,
} from "./support";

/** What `ps` would show of everything that runs here, as long as a process runs. */
async function watchArguments(pid: number): Promise<Set<string>> {
  const seen = new Set<string>();
  while (isAlive(pid)) {
    for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
      try {
        seen.add(readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " "));
      } catch {
        // It has ended in the meantime.
      }
    }
    await sleep(5);
  }
  return seen;
}

describe("publishing, by several processes", function () {
  this.timeout(240_000);
  this.slow(60_000);

  it("goes on after a kill −9 at any point", async () => {
    const repository = newRepository();
    let cluster = await newCluster("prod", `file://${repository}`);
    const started = Date.now();
    assert.equal((await ended(startRun(cluster))).code, 0);
    const whole = Date.now() - started;
    for (let round = 1; round <= 10; round++) {
      cluster = changed(cluster, { settings: { services: { harbor: `1.${round}.0` }, base: String(round) } });
      const child = startRun(cluster);
      const end = ended(child);
      // From before the lock to after the push: the first half is mostly Node.js starting.
      await sleep(whole * (0.35 + round * 0.065));
      child.kill("SIGKILL");
      await end;
      if (round % 3 === 0) {
        // What a git that was killed in the middle of its own work leaves.
        const privateCopy = join(cluster.root, "clusters/state/acme/prod/gitops.git");
        writeFileSync(join(privateCopy, "packed-refs.lock"), "");
        writeFileSync(join(privateCopy, "refs/opencenter/draft.lock"), "");
      }
      const next = await ended(startRun(cluster));
      assert.equal(next.code, 0, `round ${round}: ${next.stderr}`);
      assert.match(git(repository, "show", `main:overlays/prod/services/harbor/kustomization.yaml`), /base/);
      const folder = join(cluster.root, "clusters/gitops/acme");
      assert.equal(git(folder, "status", "--porcelain"), "", `round ${round}: ${next.stderr}`);
      assert.equal(git(folder, "rev-parse", "HEAD"), git(repository, "rev-parse", "main"));
      assert.equal(files(repository).filter((path) => path.startsWith("base/")).length, 1);
    }
    git(repository, "fsck", "--strict");
  });

  it("goes on from a user's folder that a killed run left half-way", async () => {
    const repository = newRepository();
    const cluster = await newCluster("prod", `file://${repository}`);
    await run(cluster);
    const folder = join(cluster.root, "clusters/gitops/acme");
    const before = git(folder, "rev-parse", "HEAD").trim();
    writeFileSync(join(folder, ".git/opencenter-updating"), before);
    for (const lock of ["index.lock", "refs/heads/main.lock", "opencenter-index.lock"])
      writeFileSync(join(folder, ".git", lock), "");
    const { result } = await run(changed(cluster, { settings: { services: { harbor: "2.0.0" } } }));
    assert.equal(git(folder, "rev-parse", "HEAD").trim(), result.commit);
    assert.equal(git(folder, "status", "--porcelain"), "");
    assert.notEqual(result.commit, before);
  });

  it("makes a damaged copy of the repository again", async () => {
    const cluster = await newCluster("prod", `file://${newRepository()}`);
    await run(cluster);
    writeFileSync(join(cluster.root, "clusters/state/acme/prod/gitops.git/HEAD"), "");
    const { result } = await run(changed(cluster, { settings: { services: { harbor: "2.0.0" } } }));
    assert.equal(result.published, true);
  });

  it("brings both of two clusters that publish at the same time, ten times, from one machine and from two", async () => {
    const repository = newRepository();
    const shared = newFolder("machine");
    const url = `file://${repository}`;
    let clusters = [
      await newCluster("one", url, shared),
      await newCluster("two", url, shared),
      await newCluster("far", url),
    ];
    let met = 0;
    for (let round = 0; round < 10; round++) {
      clusters = clusters.map((cluster) =>
        changed(cluster, { settings: { services: { harbor: `1.${round}.0` } } }),
      );
      const ends = await Promise.all(clusters.map((cluster) => ended(startRun(cluster))));
      for (const { code, stderr } of ends) assert.equal(code, 0, stderr);
      met += ends.filter(({ stderr }) => stderr.includes("trying again on what it is now")).length;
      for (const name of ["one", "two", "far"]) {
        const path = `overlays/${name}/services/harbor/kustomization.yaml`;
        const [, base] = /base\/([0-9a-f]{12})/.exec(git(repository, "show", `main:${path}`)) ?? [];
        assert.match(
          git(repository, "show", `main:base/${base}/services/harbor/release.yaml`),
          new RegExp(`1\\.${round}\\.0`),
        );
      }
    }
    assert.ok(met > 0, "they never met, so nothing was tried again");
    assert.equal(git(repository, "rev-list", "--count", "main").trim(), "30");
    assert.equal(git(join(shared, "clusters/gitops/acme"), "status", "--porcelain"), "");
  });

  it("never shows a secret to other users of the machine, nor in what it prints", async () => {
    const token = `${PLANTED}token`;
    const server = await startGitServer(token);
    try {
      const made = await newCluster("prod", server.url(newRepository()));
      const secrets = { ...made.secrets, token, store: { accessKey: "a", secretKey: `${PLANTED}key` } };
      const child = startRun({ ...made, secrets });
      const end = ended(child);
      const seen = await watchArguments(child.pid ?? 0);
      const { code, stdout, stderr } = await end;
      assert.equal(code, 0, stderr);
      assert.ok(
        [...seen].some((line) => line.includes("git") && line.includes("push")),
        "git was seen",
      );
      const identity = secrets.identities[0]?.identity ?? "";
      for (const line of [...seen, stdout, stderr])
        for (const secret of [PLANTED, identity, secrets.seed]) assert.ok(!line.includes(secret), line);
    } finally {
      server.close();
    }
  });
});
