import { strict as assert } from "node:assert";
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { makeAgeIdentity } from "../../../delivery/identity";
import type { RunFailure } from "../../../runner/errors";
import { decryptDocument, recipientsOf } from "../../../delivery/seal/document";
import {
  branches,
  changed,
  clone,
  commitAs,
  files,
  git,
  HEADER,
  newCluster,
  newFolder,
  newRepository,
  PLANTED,
  run,
  show,
} from "./support";

const SECRET = "overlays/prod/services/secret-admin.yaml";
const log = (repository: string, branch = "main") => git(repository, "log", "-1", "--format=%B", branch);

async function published(settings = {}) {
  const repository = newRepository();
  const cluster = changed(await newCluster("prod", `file://${repository}`), { settings });
  const first = await run(cluster);
  return { repository, cluster, first, folder: join(cluster.root, "clusters/gitops/acme") };
}

describe("publishing on day 1", function () {
  this.timeout(60_000);

  it("fills an empty repository, encrypted before anything is written, and says what it did", async () => {
    const { repository, cluster, first, folder } = await published();
    const { result } = first;
    assert.deepEqual(branches(repository), ["main"]);
    assert.equal(result.commit, git(repository, "rev-parse", "main").trim());
    assert.equal(result.published, true);
    assert.equal(result.branch, "main");
    assert.ok(files(repository).includes("clusters/prod/flux-system/gotk-components.yaml"));
    assert.deepEqual(result.recipients, [cluster.secrets.identities[0]?.recipient]);
    const text = show(repository, SECRET);
    const plain = await decryptDocument(text, [cluster.secrets.identities[0]?.identity ?? ""]);
    assert.deepEqual(plain.stringData, { password: `${PLANTED}password` });
    assert.match(show(repository, "overlays/prod/.sops.yaml"), /age: age1/);
    const message = log(repository);
    assert.match(message, /^prod: first version\n\n- harbor: enabled at 1\.0\.0 \(the program's catalogue\)/);
    assert.match(message, /Added:\n[^]*base\/[0-9a-f]{12}\/ \(1 files\)/);
    assert.equal(git(repository, "log", "-1", "--format=%an", "main").trim(), "opencenter");
    assert.equal(git(folder, "status", "--porcelain"), "");
    assert.equal(git(folder, "rev-parse", "HEAD").trim(), result.commit);
    assert.ok(!existsSync(join(cluster.root, "clusters/secrets/acme/prod/git/askpass")));
    const search = spawnSync("grep", ["-rlI", PLANTED, cluster.root, repository]);
    assert.equal(search.stdout.toString(), "", "not encrypted");
    assert.equal(search.status, 1);
  });

  it("does nothing when everything is there, and says the same of the files", async () => {
    const { repository, cluster, first } = await published();
    const again = await run(cluster);
    assert.equal(again.result.published, false);
    assert.equal(again.result.commit, first.result.commit);
    assert.deepEqual(again.result.files, first.result.files);
    const elsewhere = await run({ ...cluster, root: newFolder("machine") });
    assert.equal(elsewhere.result.commit, first.result.commit);
    assert.equal(git(repository, "rev-list", "--count", "main").trim(), "1");
  });

  it("puts its commit on top of what others pushed, and leaves their files alone", async () => {
    const { repository, cluster } = await published();
    commitAs(repository, "main", {
      "README.md": "ours\n",
      "overlays/prod/customer-managed/README.md": "changed\n",
      "overlays/prod/customer-managed/app.yaml": `${HEADER}copied: true\n`,
      "overlays/prod/services/harbor/extra.yaml": "kind: ConfigMap\n",
    });
    const { result, said } = await run(changed(cluster, { settings: { services: { harbor: "1.1.0" } } }));
    assert.equal(result.published, true);
    assert.equal(show(repository, "README.md"), "ours\n");
    assert.equal(show(repository, "overlays/prod/customer-managed/README.md"), "changed\n");
    assert.equal(show(repository, "overlays/prod/customer-managed/app.yaml"), `${HEADER}copied: true\n`);
    assert.ok(!said.includes("customer-managed/app.yaml"));
    assert.equal(show(repository, "overlays/prod/services/harbor/extra.yaml"), "kind: ConfigMap\n");
    assert.match(said, /warning: overlays\/prod\/services\/harbor\/extra\.yaml is not generated and stays/);
    assert.match(log(repository), /harbor: 1\.0\.0 → 1\.1\.0/);
  });

  it("removes what is not generated any more, and bases that nothing names", async () => {
    const { repository, cluster } = await published({ services: { harbor: "1.0.0", loki: "6.0.0" } });
    const base = files(repository)
      .find((path) => path.startsWith("base/"))!
      .split("/")[1]!;
    commitAs(repository, "main", {
      "base/0123456789ab/x.yaml": HEADER,
      "base/fedcba987654/x.yaml": HEADER,
      "overlays/dev/kustomization.yaml": "- ../../base/fedcba987654/x.yaml\n",
    });
    await run(
      changed(cluster, {
        settings: { services: { harbor: "1.0.0" } },
        services: { loki: { enabled: false } },
      }),
    );
    const now = files(repository);
    assert.ok(!now.some((path) => path.includes("loki")), now.join());
    assert.ok(!now.some((path) => path.startsWith(`base/${base}/`) || path.startsWith("base/0123456789ab/")));
    assert.ok(now.includes("base/fedcba987654/x.yaml"), "another cluster's base");
    assert.match(log(repository), /loki: removed \(services\.loki\.enabled\)/);
  });

  it("keeps encrypted files while nothing about them changes, and encrypts for a new generation alone", async () => {
    const { repository, cluster } = await published();
    const text = show(repository, SECRET);
    await run(changed(cluster, { settings: { services: { harbor: "2.0.0" } } }));
    assert.equal(show(repository, SECRET), text);
    const key = JSON.parse(await makeAgeIdentity()) as { identity: string; recipient: string };
    const identities = [...cluster.secrets.identities, { generation: 2, ...key }];
    const { result } = await run({ ...cluster, secrets: { ...cluster.secrets, identities, active: 2 } });
    assert.deepEqual(recipientsOf(show(repository, SECRET)), [key.recipient]);
    assert.deepEqual(result.recipients, [key.recipient]);
    assert.match(show(repository, "overlays/prod/.sops.yaml"), new RegExp(key.recipient));
    assert.match(log(repository), /age recipients changed/);
    await assert.rejects(
      run({ ...cluster, secrets: { ...cluster.secrets, active: 3 } }),
      /no age key of generation 3/,
    );
  });

  it("lets go of an age key only when nothing on the branch needs it", async () => {
    const { repository, cluster } = await published();
    const key = JSON.parse(await makeAgeIdentity()) as { identity: string; recipient: string };
    const second = { generation: 2, ...key };
    const later = changed(cluster, { lifecycle: "day-2" });
    const both = [...cluster.secrets.identities, second];
    const rotating = { ...later, secrets: { ...cluster.secrets, identities: both, active: 2 } };
    const { result } = await run(rotating);
    assert.notEqual(result.branch, "main");
    const alone = { ...later, secrets: { ...cluster.secrets, identities: [second], active: 2 } };
    await assert.rejects(run(alone), (error: RunFailure) => {
      assert.match(error.message, /no age key of secrets\.age\.generations decrypts:\n {2}overlays\/prod\//);
      assert.match(error.hints.join(" "), /merge the pull request/);
      return true;
    });
    git(repository, "update-ref", "refs/heads/main", result.commit);
    assert.equal((await run(alone)).result.published, false);
  });

  it("lets a second cluster join without touching the first one's files", async () => {
    const { repository, cluster } = await published();
    const before = new Map(files(repository).map((path) => [path, show(repository, path)]));
    const other = await newCluster("dev", `file://${repository}`, cluster.root);
    await run(changed(other, { settings: { base: "2" } }));
    for (const [path, text] of before) assert.equal(show(repository, path), text, path);
    assert.deepEqual(recipientsOf(show(repository, "overlays/dev/services/secret-admin.yaml")), [
      other.secrets.identities[0]?.recipient,
    ]);
    const again = await run(cluster);
    assert.equal(again.result.published, false);
  });
});

describe("the folder that a user sees", function () {
  this.timeout(60_000);
  const next = { settings: { services: { harbor: "1.1.0" }, values: { a: 1 } } };
  const VALUES = "overlays/prod/services/harbor/values.yaml";

  it("keeps changes of the user, and does not publish them", async () => {
    const { repository, cluster, folder } = await published();
    writeFileSync(join(folder, VALUES), "mine\n");
    writeFileSync(join(folder, "notes.txt"), "mine too\n");
    const { said, result } = await run(changed(cluster, next));
    assert.equal(readFileSync(join(folder, VALUES), "utf8"), "mine\n");
    assert.equal(readFileSync(join(folder, "notes.txt"), "utf8"), "mine too\n");
    assert.match(
      said,
      /has changes of its own, which stay and are not published: overlays\/prod\/services\/harbor\/values\.yaml/,
    );
    assert.notEqual(show(repository, VALUES), "mine\n");
    assert.equal(git(folder, "rev-parse", "HEAD").trim(), result.commit);
    assert.equal(git(folder, "status", "--porcelain"), ` M ${VALUES}\n?? notes.txt\n`);
    assert.ok(!existsSync(join(folder, "base/x")));
  });

  it("is left as it is on another branch, with commits of its own, or with staged changes", async () => {
    for (const [prepare, reason] of [
      [(folder: string) => git(folder, "checkout", "--quiet", "-b", "mine"), /is on mine, not on main/],
      [
        (folder: string) => git(folder, "commit", "--quiet", "--allow-empty", "-m", "mine"),
        /has commits that are not on main of the host/,
      ],
      [
        (folder: string) => {
          writeFileSync(join(folder, "x"), "x");
          git(folder, "add", "x");
        },
        /has staged changes/,
      ],
      [(folder: string) => writeFileSync(join(folder, ".git/index.lock"), ""), /is locked by another git/],
    ] as const) {
      const { cluster, folder } = await published();
      prepare(folder);
      const before = git(folder, "rev-parse", "HEAD");
      const { said, result } = await run(changed(cluster, next));
      assert.match(said, reason);
      assert.equal(result.published, true);
      assert.equal(git(folder, "rev-parse", "HEAD"), before);
    }
  });

  it("becomes a work tree where `generate` wrote files before", async () => {
    const repository = newRepository();
    const cluster = await newCluster("prod", `file://${repository}`);
    const folder = join(cluster.root, "clusters/gitops/acme");
    mkdirSync(join(folder, dirname(VALUES)), { recursive: true });
    writeFileSync(join(folder, VALUES), "mine\n");
    await run(cluster);
    assert.equal(git(folder, "status", "--porcelain"), ` M ${VALUES}\n`);
    assert.equal(readFileSync(join(folder, VALUES), "utf8"), "mine\n");
  });

  it("is made again when it is gone, and its files go with what is removed", async () => {
    const { cluster, folder } = await published({ services: { harbor: "1.0.0", loki: "6.0.0" } });
    rmSync(folder, { recursive: true });
    await run(changed(cluster, { settings: { services: { harbor: "1.0.0" } } }));
    assert.equal(git(folder, "status", "--porcelain"), "");
    await run(changed(cluster, { settings: { services: { loki: "6.0.0" } } }));
    assert.ok(!existsSync(join(folder, "overlays/prod/services/harbor")));
    assert.equal(git(folder, "status", "--porcelain"), "");
  });

  it("never takes the project's own repository for it", async () => {
    const root = newFolder("project");
    git(root, "init", "--quiet");
    git(root, "commit", "--quiet", "--allow-empty", "-m", "project");
    const head = git(root, "rev-parse", "HEAD");
    const cluster = await newCluster("prod", `file://${newRepository()}`, root);
    mkdirSync(join(root, "clusters/gitops/acme/.git"), { recursive: true });
    await run(cluster);
    assert.equal(git(root, "rev-parse", "HEAD"), head);
    assert.equal(git(root, "remote"), "");
    assert.equal(git(join(root, "clusters/gitops/acme"), "status", "--porcelain"), "");
  });
});

describe("publishing on day 2", function () {
  this.timeout(90_000);
  const day2 = { lifecycle: "day-2" } as const;
  const next = {
    ...day2,
    settings: { services: { harbor: "1.1.0" } },
    services: { harbor: { version: "1.1.0" } },
  };

  function merge(repository: string, branch: string): void {
    const folder = clone(repository);
    git(folder, "merge", "--quiet", "--no-ff", "-m", "merge", `origin/${branch}`);
    git(folder, "push", "--quiet", "origin", "main");
  }

  it("proposes on a branch by the content, and never pushes to the branch that Flux reads", async () => {
    const { repository, cluster, first } = await published();
    const { result, said } = await run(changed(cluster, next));
    assert.match(result.branch, /^opencenter\/prod\/[0-9a-f]{12}$/);
    assert.equal(git(repository, "rev-parse", "main").trim(), first.result.commit);
    assert.equal(git(repository, "rev-parse", result.branch).trim(), result.commit);
    assert.match(
      log(repository, result.branch),
      /^prod: harbor: 1\.0\.0 → 1\.1\.0\n\n- harbor: 1\.0\.0 → 1\.1\.0 \(services\.harbor\.version\)/,
    );
    assert.match(said, /no pull request was opened .* merge branch opencenter\/prod\//);
    assert.equal(
      git(join(cluster.root, "clusters/gitops/acme"), "rev-parse", "HEAD").trim(),
      first.result.commit,
    );
    const again = await run({ ...changed(cluster, next), root: newFolder("machine") });
    assert.deepEqual(again.result, { ...result, published: false });
    merge(repository, result.branch);
    const merged = await run(changed(cluster, next));
    assert.equal(merged.result.branch, "main");
    assert.equal(merged.result.published, false);
    assert.deepEqual(branches(repository).sort(), ["main", result.branch]);
  });

  it("has nothing to do when the branch that Flux reads is as configured", async () => {
    const { repository, cluster, first } = await published();
    const { result } = await run(changed(cluster, day2));
    assert.deepEqual([result.branch, result.commit, result.published], ["main", first.result.commit, false]);
    assert.deepEqual(branches(repository), ["main"]);
  });

  it("says which older proposal is superseded", async () => {
    const { repository, cluster } = await published();
    const older = await run(changed(cluster, next));
    const newer = await run(changed(cluster, { ...day2, settings: { services: { harbor: "1.2.0" } } }));
    assert.match(newer.said, new RegExp(`an older proposal is superseded: ${older.result.branch}`));
    assert.ok(branches(repository).includes(older.result.branch));
  });

  it("proposes again what was merged and then undone, in a way that merges", async () => {
    const { repository, cluster } = await published();
    const one = await run(changed(cluster, next));
    merge(repository, one.result.branch);
    const back = await run(changed(cluster, { ...day2 }));
    merge(repository, back.result.branch);
    const again = await run(changed(cluster, next));
    assert.equal(again.result.branch, one.result.branch);
    assert.equal(again.result.published, true);
    merge(repository, again.result.branch);
    assert.equal((await run(changed(cluster, next))).result.branch, "main");
  });

  it("brings a proposal up to date that would not merge any more, without rewriting it", async () => {
    const { repository, cluster } = await published();
    const one = await run(changed(cluster, next));
    const two = await run(changed(cluster, { ...day2, settings: { services: { harbor: "1.2.0" } } }));
    merge(repository, two.result.branch);
    const again = await run(changed(cluster, next));
    assert.equal(again.result.branch, one.result.branch);
    assert.equal(again.result.published, true);
    git(repository, "merge-base", "--is-ancestor", one.result.commit, again.result.commit);
    merge(repository, again.result.branch);
    assert.equal((await run(changed(cluster, next))).result.branch, "main");
  });

  it("keeps a base while the branch that Flux reads or a proposal names it", async () => {
    const { repository, cluster } = await published();
    const [old] = files(repository).filter((path) => path.startsWith("base/"));
    const one = await run(changed(cluster, { ...day2, settings: { base: "2" } }));
    assert.ok(files(repository, one.result.branch).includes(old!), "still named by main");
    merge(repository, one.result.branch);
    const same = await run(changed(cluster, { ...day2, settings: { base: "2" } }));
    assert.equal(same.result.branch, "main", "an unused base alone is no reason");
    const two = await run(changed(cluster, { ...day2, settings: { base: "2", values: { a: 1 } } }));
    assert.ok(!files(repository, two.result.branch).includes(old!), "nothing names it");
  });

  it("says so when the branch that Flux reads is gone", async () => {
    const cluster = await newCluster("prod", `file://${newRepository()}`);
    await assert.rejects(run(changed(cluster, next)), /Branch main, which Flux reads, is not at/);
  });
});

describe("places", () => {
  it("are private where they hold keys", async () => {
    const { cluster } = await published();
    assert.equal(statSync(join(cluster.root, "clusters/secrets/acme/prod/git")).mode & 0o777, 0o700);
  });
});
