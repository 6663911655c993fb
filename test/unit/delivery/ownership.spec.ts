import { strict as assert } from "node:assert";
import { recipientsOf } from "../../../delivery/seal/document";
import { RunFailure } from "../../../runner/errors";
import { changed, type Cluster, commitAs, files, git, newCluster, newRepository, run, show } from "./support";

const SECRET = "overlays/prod/services/secret-admin.yaml";

describe("a folder of the same name on day 1", function () {
  this.timeout(60_000);

  /** A cluster with more services than those that the tests begin with. */
  async function published() {
    const repository = newRepository();
    const settings = { services: { harbor: "1.0.0", loki: "6.0.0" } };
    const cluster = changed(await newCluster("prod", `file://${repository}`), { settings });
    await run(cluster);
    return { repository, cluster };
  }

  /** What a run leaves on the branch, and what it said. */
  async function refused(repository: string, cluster: Cluster): Promise<RunFailure> {
    const before = git(repository, "rev-parse", "main");
    const error: unknown = await run(cluster).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    assert.ok(error instanceof RunFailure, "it went through");
    assert.equal(git(repository, "rev-parse", "main"), before, "something was pushed");
    return error;
  }

  it("is left alone where another stack's keys open it: its Flux would delete what is off here", async () => {
    const { repository } = await published();
    const copy = await newCluster("prod", `file://${repository}`);
    const { message, hints } = await refused(repository, copy);
    assert.match(message, /Branch main of file:\S+ has a cluster prod already/);
    assert.ok(message.includes(`\n  overlays/prod/.sops.yaml\n  ${SECRET}`), message);
    assert.match(hints.join("\n"), /a name of its own[^]*opencenter restore[^]*git rm -r clusters\/prod/);
  });

  it("is known by its rules alone, where it has no encrypted file", async () => {
    const { repository } = await published();
    commitAs(repository, "main", { [SECRET]: undefined });
    const { message } = await refused(repository, await newCluster("prod", `file://${repository}`));
    assert.match(message, /:\n {2}overlays\/prod\/\.sops\.yaml$/);
  });

  it("is known by a user's encrypted file, too", async () => {
    const { repository } = await published();
    const own = "overlays/prod/customer-managed/secret.yaml";
    commitAs(repository, "main", {
      [own]: show(repository, SECRET),
      [SECRET]: undefined,
      "overlays/prod/.sops.yaml": undefined,
    });
    const { message } = await refused(repository, await newCluster("prod", `file://${repository}`));
    assert.ok(message.endsWith(`\n  ${own}`), message);
  });

  it("is gone on with when the stack has the keys again, or the folder is gone", async () => {
    const { repository, cluster } = await published();
    const copy = await newCluster("prod", `file://${repository}`);
    const [old] = cluster.secrets.identities;
    const identities = [old!, { ...copy.secrets.identities[0]!, generation: 2 }];
    const restored = { ...copy, secrets: { ...copy.secrets, identities, active: 2 } };
    assert.equal((await run(restored)).result.published, true);
    assert.deepEqual(recipientsOf(show(repository, SECRET)), [identities[1]!.recipient]);
    const folders = files(repository).filter((path) => /^(clusters|overlays)\/prod\//.test(path));
    commitAs(repository, "main", Object.fromEntries(folders.map((path) => [path, undefined])));
    const third = await newCluster("prod", `file://${repository}`);
    assert.equal((await run(third)).result.published, true);
  });
});
