import { strict as assert } from "node:assert";
import { RunFailure } from "../../../runner/errors";
import {
  changed,
  type Cluster,
  clone,
  commitAs,
  files,
  git,
  HEADER,
  newCluster,
  newRepository,
  run,
  show,
} from "./support";

const VALUES = "overlays/prod/services/harbor/values.yaml";
const OWN = "overlays/prod/customer-managed/app.yaml";

describe("a proposal that others have committed to", function () {
  this.timeout(60_000);

  /** A cluster on day 2 with a proposal on its branch. */
  async function proposed() {
    const repository = newRepository();
    const first = await newCluster("prod", `file://${repository}`);
    await run(first);
    const cluster = changed(first, { lifecycle: "day-2", settings: { services: { harbor: "1.1.0" } } });
    const { result } = await run(cluster);
    return { repository, cluster, branch: result.branch };
  }

  /** What the branch that Flux reads gets, so that no proposal from before is whole any more. */
  const moveOn = (repository: string) => commitAs(repository, "main", { [VALUES]: `${HEADER}kind: Other\n` });

  async function refused(repository: string, cluster: Cluster, branch: string): Promise<RunFailure> {
    const before = git(repository, "rev-parse", branch);
    const error: unknown = await run(cluster).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof RunFailure, "it went through");
    assert.equal(git(repository, "rev-parse", branch), before, "something was pushed");
    return error;
  }

  it("is taken as it is while it has the content", async () => {
    const { repository, cluster, branch } = await proposed();
    commitAs(repository, branch, { [OWN]: "kind: ConfigMap\n" });
    const tip = git(repository, "rev-parse", branch).trim();
    const { result } = await run(cluster);
    assert.deepEqual([result.branch, result.commit, result.published], [branch, tip, false]);
  });

  it("is not brought up to date over what they added", async () => {
    const { repository, cluster, branch } = await proposed();
    commitAs(repository, branch, { [OWN]: "kind: ConfigMap\n" });
    moveOn(repository);
    const { message, hints } = await refused(repository, cluster, branch);
    assert.match(message, /^Branch opencenter\/prod\/\w+ has commits of others/);
    assert.match(message, /\n {2}[0-9a-f]{7,} user: by a user$/);
    assert.ok(hints.join("\n").includes(`git push origin --delete ${branch}`));
    git(repository, "update-ref", "-d", `refs/heads/${branch}`);
    const { result } = await run(cluster);
    assert.deepEqual([result.branch, result.published], [branch, true]);
    assert.ok(!files(repository, branch).includes(OWN));
  });

  it("is not taken back where they changed a generated file, in a commit of their own or by amending", async () => {
    const { repository, cluster, branch } = await proposed();
    const edit = (amend: boolean) => {
      const folder = clone(repository);
      git(folder, "checkout", "--quiet", branch);
      git(folder, "rm", "--quiet", VALUES);
      git(folder, "commit", "--quiet", ...(amend ? ["--amend", "--no-edit"] : ["-m", "mine"]));
      git(folder, "push", "--quiet", "--force", "origin", branch);
    };
    const ours = git(repository, "rev-parse", branch).trim();
    edit(false);
    assert.match((await refused(repository, cluster, branch)).message, /user: mine$/);
    git(repository, "update-ref", `refs/heads/${branch}`, ours);
    edit(true);
    assert.match(
      (await refused(repository, cluster, branch)).message,
      /opencenter: prod: harbor: 1\.0\.0 → 1\.1\.0$/,
    );
  });

  it("goes on where they only merged the branch that Flux reads, as hosts do at a click", async () => {
    const { repository, cluster, branch } = await proposed();
    commitAs(repository, "main", { "README.md": "ours\n" });
    const folder = clone(repository);
    git(folder, "checkout", "--quiet", branch);
    git(folder, "merge", "--quiet", "--no-ff", "-m", "merge", "origin/main");
    git(folder, "push", "--quiet", "origin", branch);
    moveOn(repository);
    const { result } = await run(cluster);
    assert.deepEqual([result.branch, result.published], [branch, true]);
    assert.equal(show(repository, "README.md", branch), "ours\n");
    assert.notEqual(show(repository, VALUES, branch), `${HEADER}kind: Other\n`);
  });
});
