import { strict as assert } from "node:assert";
import { join } from "node:path";
import { closeAccess, openAccess } from "../../../delivery/git/access";
import { Repository } from "../../../delivery/git/repository";
import { snapshotOf } from "../../../delivery/publishing";
import { Supervisor } from "../../../runner/supervisor/supervisor";
import { clone, commitAs, git, newCluster, newFolder, newRepository, run, show } from "./support";

/** A copy of a repository, as a run has it, with what the host has. */
async function opened<T>(origin: string, use: (repository: Repository) => Promise<T>): Promise<T> {
  const { request } = await newCluster("prod", `file://${origin}`);
  const folder = newFolder("copy");
  const access = openAccess(request.config.gitops!, {}, { gitKey: join(folder, "key"), learntHosts: [] });
  const supervisor = new Supervisor();
  try {
    const repository = await Repository.open(join(folder, "gitops.git"), access, supervisor);
    await repository.fetch("main");
    return await use(repository);
  } finally {
    closeAccess(access);
    supervisor.close();
    for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.removeAllListeners(signal);
  }
}

/** Puts a submodule between the files of a branch, as `git submodule add` does. */
function addSubmodule(repository: string, path: string): void {
  const folder = clone(repository);
  git(folder, "checkout", "--quiet", "main");
  git(folder, "update-index", "--add", "--cacheinfo", `160000,${"1234567890".repeat(4)},${path}`);
  git(folder, "commit", "--quiet", "-m", "a submodule");
  git(folder, "push", "--quiet", "origin", "main");
}

describe("the copy of the repository", function () {
  this.timeout(60_000);

  it("reads every file as it is where a submodule is between them", async () => {
    const origin = newRepository();
    commitAs(origin, "main", { "a.yaml": "first\n", "c.yaml": "third\n", "d/e.yaml": "last: ü\n\n", z: "" });
    addSubmodule(origin, "b");
    const { paths, texts } = await opened(origin, async (repository) => {
      const head = (await repository.branches("")).get("main");
      return snapshotOf(repository, head!);
    });
    assert.deepEqual(Object.fromEntries(texts), {
      "a.yaml": "first\n",
      "c.yaml": "third\n",
      "d/e.yaml": "last: ü\n\n",
      z: "",
    });
    assert.deepEqual([...paths], ["a.yaml", "c.yaml", "d/e.yaml", "z"]);
  });

  it("goes on behind an object that is not there", async () => {
    const origin = newRepository();
    commitAs(origin, "main", { "a.yaml": "first\n" });
    const missing = "1234567890".repeat(4);
    const texts = await opened(origin, async (repository) => {
      const head = (await repository.branches("")).get("main");
      const ids = [...(await repository.files(head!)).values()];
      return repository.texts([missing, ...ids]);
    });
    assert.deepEqual([...texts.values()], ["first\n"]);
  });

  it("keeps a submodule of others where it is", async () => {
    const origin = newRepository();
    const cluster = await newCluster("prod", `file://${origin}`);
    await run(cluster);
    addSubmodule(origin, "overlays/prod/customer-managed/shared");
    const secret = show(origin, "overlays/prod/services/secret-admin.yaml");
    assert.equal((await run(cluster)).result.published, false);
    assert.equal(show(origin, "overlays/prod/services/secret-admin.yaml"), secret);
    assert.match(git(origin, "ls-tree", "main", "overlays/prod/customer-managed/shared"), /^160000 commit/);
  });
});
