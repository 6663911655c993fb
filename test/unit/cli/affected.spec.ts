/** Which stacks are previewed for which change. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { affectedStacks, removedStacks } from "../../../cli/report/affected";
import { changedFiles, textBefore } from "../../../cli/report/change";
import { loweredFrom, stricterEnvironment } from "../../../cli/report/environment";

const STACKS = [
  { stack: "one", text: "config: {}\n" },
  {
    stack: "two",
    text: "config: {flux: {manifests: {file: ./flux/install.yaml}}, source: {directory: vendor/kubespray/}}\n",
  },
  { stack: "broken", text: "a: [\n" },
];
const ALL = STACKS.map(({ stack }) => stack);
const names = (...changed: string[]) => affectedStacks(changed, STACKS).map(({ stack }) => stack);

describe("affected stacks", () => {
  it("are those whose file changed, whatever else is harmless", () => {
    assert.deepEqual(affectedStacks(["docs/a.md", "stacks/Pulumi.one.yaml", "README.md"], STACKS), [
      { stack: "one", because: "stacks/Pulumi.one.yaml" },
    ]);
    assert.deepEqual(names("stacks/Pulumi.on.yaml", "stacks/Pulumi.two.yml"), ["two"]);
  });

  it("are all where the program, its rules or its dependencies changed, and where nobody knows the file", () => {
    for (const file of [
      "plan/machines.ts",
      "policy/rules/naming.ts",
      "package-lock.json",
      "index.ts",
      "new/thing.ts",
    ])
      assert.deepEqual(names(file), ALL, file);
  });

  it("are none for what no preview reads", () => {
    const harmless = [
      "docs/x.md",
      "test/run.mjs",
      "sandbox/main.ts",
      "cli/main.ts",
      ".github/workflows/ci.yml",
      ".gitlab-ci.yml",
    ];
    assert.deepEqual(names(...harmless, "LICENSE", ".gitignore", "CHANGELOG.md"), []);
  });

  it("are those that name a changed file, or a folder that it is in", () => {
    assert.deepEqual(names("docs/x.md", "flux/install.yaml").sort(), ALL.slice().sort());
    const texts = [{ stack: "two", text: "a: docs/flux/install.yaml\nb: test/kubespray\n" }, STACKS[0]!];
    assert.deepEqual(affectedStacks(["docs/flux/install.yaml"], texts), [
      { stack: "two", because: "docs/flux/install.yaml" },
    ]);
    assert.deepEqual(affectedStacks(["test/kubespray/roles/a.yml"], texts).length, 1);
    assert.deepEqual(affectedStacks(["test/kubespray2/a.yml"], texts), []);
  });

  it("whose file went are named apart", () => {
    assert.deepEqual(removedStacks(["stacks/Pulumi.old.yaml", "stacks/Pulumi.one.yaml"], STACKS), ["old"]);
  });

  const file = fc.oneof(
    fc.constantFrom(
      "docs/a.md",
      "cli/b.ts",
      "plan/c.ts",
      "Pulumi.yaml",
      "stacks/Pulumi.one.yaml",
      "stacks/Pulumi.two.yaml",
    ),
    fc.string({ unit: "grapheme", minLength: 1 }),
  );

  it("grow with the change: more files never mean fewer stacks, in any order", () => {
    fc.assert(
      fc.property(fc.array(file), fc.array(file), (some, more) => {
        const few = new Set(names(...some));
        const many = new Set(names(...more, ...some));
        return [...few].every((stack) => many.has(stack));
      }),
    );
  });

  it("never miss a stack whose own file changed", () => {
    fc.assert(
      fc.property(fc.array(file), (changed) => {
        const found = names(...changed);
        return changed.every((one) => {
          const own = /^stacks\/Pulumi\.(one|two)\.yaml$/.exec(one)?.[1];
          return own === undefined || found.includes(own);
        });
      }),
    );
  });
});

describe("a change in Git", () => {
  const project = mkdtempSync(join(tmpdir(), "opencenter-affected-"));
  const git = (...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd: project,
      encoding: "utf8",
    });

  before(() => {
    mkdirSync(join(project, "stacks"));
    git("init", "--quiet", "--initial-branch=main");
    const commit = (file: string, text: string) => {
      writeFileSync(join(project, file), text);
      git("add", "--all");
      git("commit", "--quiet", "--message", file);
    };
    commit("stacks/Pulumi.a.yaml", "before\n");
    git("checkout", "--quiet", "-b", "change");
    commit("stacks/Pulumi.a.yaml", "after\n");
    git("mv", "stacks/Pulumi.a.yaml", "stacks/Pulumi.b.yaml");
    git("commit", "--quiet", "--message", "move");
    git("checkout", "--quiet", "main");
    commit("other.md", "main went on\n");
  });
  after(() => rmSync(project, { recursive: true }));

  it("names both files of a renamed one, and nothing that only the base has got since", async () => {
    assert.deepEqual((await changedFiles(project, "main", "change")).sort(), [
      "stacks/Pulumi.a.yaml",
      "stacks/Pulumi.b.yaml",
    ]);
  });

  it("knows what a file was before", async () => {
    assert.equal(await textBefore(project, "main", "change", "stacks/Pulumi.a.yaml"), "before\n");
    assert.equal(await textBefore(project, "main", "change", "stacks/Pulumi.b.yaml"), undefined);
  });

  it("says what is missing where a reference is not there, and takes no option for one", async () => {
    await assert.rejects(changedFiles(project, "nowhere", "change"), /git diff failed: .*nowhere/);
    await assert.rejects(changedFiles(project, "--output=x", "change"), /is not a commit/);
  });
});

describe("the environment of a change", () => {
  const file = (environment: string) => `config: {"opencenter:cluster": {environment: ${environment}}}\n`;

  it("is the stricter one of before and after", () => {
    assert.equal(stricterEnvironment("development", file("production")), "production");
    assert.equal(stricterEnvironment("staging", file("production")), "production");
    assert.equal(stricterEnvironment("production", file("development")), "production");
    assert.equal(stricterEnvironment("staging", file("staging")), "staging");
  });

  it("is its own where the file is new, and the strictest where nobody can tell what it was", () => {
    assert.equal(stricterEnvironment("development", undefined), "development");
    for (const text of ["a: [\n", "", file("somewhere"), "config: 3\n", "config: {opencenter:cluster: a}\n"])
      assert.equal(stricterEnvironment("development", text), "production", text);
  });

  it("is lowered by less only, and not by the mending of a file that was broken", () => {
    assert.equal(loweredFrom("development", file("staging")), "staging");
    assert.equal(loweredFrom("staging", file("production")), "production");
    for (const [after, before] of [
      ["staging", file("staging")],
      ["production", file("staging")],
      ["development", "a: [\n"],
      ["development", undefined],
    ] as const)
      assert.equal(loweredFrom(after, before), undefined);
  });
});
