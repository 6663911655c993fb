import { strict as assert } from "node:assert";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { validateStackFile } from "../../../config/validate";
import { issuesAsJson, issuesAsText } from "../../../cli/issues";
import { hasColours, painter } from "../../../cli/style";
import { makeProject, opencenter, repository, STACK_TRACE } from "./support/bin";

const example = (name: string) => readFileSync(join(repository, "stacks", `Pulumi.${name}.yaml`), "utf8");

/** The smallest example, as another cluster. */
const named = (name: string) => example("minimal").replace("name: minimal", `name: ${name}`);

describe("opencenter validate", () => {
  let project: ReturnType<typeof makeProject>;
  const write = (name: string, text: string) =>
    writeFileSync(join(project.folder, "stacks", `Pulumi.${name}.yaml`), text);
  const validate = (...args: string[]) => opencenter(["validate", ...args], { cwd: project.folder });

  before(() => {
    project = makeProject();
    write("prod", example("minimal"));
    write("bad", named("bad").replace("count: 1", "count: 2").replace("sizeGiB", "sizeGib"));
    write("broken", "config:\n  opencenter:cluster: [\n");
  });
  after(() => project.remove());

  it("ends with 0 for a valid file, by name and by path", async () => {
    for (const given of ["prod", "stacks/Pulumi.prod.yaml"]) {
      const { code, stdout } = await validate(given);
      assert.deepEqual([code, stdout], [0, "valid stacks/Pulumi.prod.yaml\n"]);
    }
  });

  it("prints exactly the promised JSON", async () => {
    const good = await validate("prod", "--json");
    assert.deepEqual(JSON.parse(good.stdout), { valid: true, issues: [] });
    const bad = await validate("bad", "--json");
    assert.equal(bad.code, 1);
    const report = JSON.parse(bad.stdout) as { valid: boolean; issues: Record<string, unknown>[] };
    assert.deepEqual(Object.keys(report), ["valid", "issues"]);
    assert.equal(report.valid, false);
    const keys = ["code", "severity", "path", "line", "column", "message", "hint"];
    for (const issue of report.issues) assert.deepEqual(Object.keys(issue), keys);
  });

  it("keeps every key in JSON, also for an issue without a place", () => {
    const issue = { code: "c", severity: "warning", path: "p", message: "m" } as const;
    const expected = { ...issue, line: null, column: null, hint: null };
    assert.deepEqual(JSON.parse(issuesAsJson([issue])), { valid: true, issues: [expected] });
  });

  it("shows place, line and mark, and no colours in a pipe", async () => {
    const { code, stdout } = await validate("bad");
    assert.equal(code, 1);
    assert.match(stdout, /^stacks\/Pulumi\.bad\.yaml:\d+:\d+ error \[[a-z-]+\] cluster\./);
    assert.match(stdout, /\n {2}\d+ \| .*\n +\| +\^/);
    assert.match(stdout, /\ninvalid stacks\/Pulumi\.bad\.yaml: \d+ errors?/);
    assert.ok(!stdout.includes("\u001b"));
  });

  it("finds a copy that kept its name, in both files, and nowhere else", async () => {
    for (const [name, text] of [
      ["one", named("twin")],
      ["two", named("twin")],
      ["three", named("twin").replace(/organization: \S+/, "organization: other")],
    ] as const)
      write(name, text);
    const found = async (name: string) => {
      const { code, stdout } = await validate(name, "--json");
      const { issues } = JSON.parse(stdout) as { issues: Record<string, unknown>[] };
      return [
        code,
        ...issues.map((issue) => `${String(issue.code)} ${String(issue.path)} ${String(issue.line)}`),
      ];
    };
    const line =
      named("twin")
        .split("\n")
        .findIndex((text) => text.includes("name: twin")) + 1;
    assert.deepEqual(await found("one"), [1, `same-cluster cluster.name ${line}`]);
    assert.deepEqual(await found("two"), [1, `same-cluster cluster.name ${line}`]);
    assert.match((await validate("two")).stdout, /twin of organization \S+ is the cluster of stack one, too/);
    assert.deepEqual(await found("three"), [0]);
    writeFileSync(join(project.folder, "copy.yaml"), named("twin"));
    assert.equal((await validate("copy.yaml")).code, 0);
    for (const name of ["one", "two", "three"]) rmSync(join(project.folder, "stacks", `Pulumi.${name}.yaml`));
  });

  it("explains a YAML error as an issue", async () => {
    const { code, stdout, stderr } = await validate("broken");
    assert.equal(code, 1);
    assert.match(stdout, /\[yaml-syntax\]/);
    assert.doesNotMatch(stdout + stderr, STACK_TRACE);
  });

  for (const [what, given, words] of [
    ["an unknown stack", "pord", /Did you mean prod\? Stacks: bad, broken, prod/],
    ["a missing file", "stacks/none.yaml", /does not exist/],
    ["a directory", "./stacks", /is a directory/],
  ] as const) {
    it(`ends with 2 for ${what}`, async () => {
      const { code, stdout, stderr } = await validate(given);
      assert.deepEqual([code, stdout], [2, ""]);
      assert.match(stderr, words);
      assert.doesNotMatch(stderr, STACK_TRACE);
    });
  }

  it("ends with 2 for a file that may not be read", async function () {
    if (process.getuid?.() === 0) {
      console.log("      skipped: root may read every file");
      return this.skip();
    }
    write("closed", "");
    chmodSync(join(project.folder, "stacks", "Pulumi.closed.yaml"), 0);
    const { code, stderr } = await validate("closed");
    assert.equal(code, 2);
    assert.match(stderr, /may not be read/);
  });

  it("colours for people only, and not with NO_COLOR", () => {
    assert.equal(hasColours({ isTTY: true }, {}), true);
    assert.equal(hasColours({ isTTY: true }, { NO_COLOR: "1" }), false);
    assert.equal(hasColours({}, {}), false);
    const issue = { code: "c", severity: "error", path: "p", line: 1, column: 3, message: "m" } as const;
    assert.ok(issuesAsText([issue], "f", "\tab", painter(true)).includes("\u001b"));
  });

  it("keeps the mark under its place behind a tab", () => {
    const issue = { code: "c", severity: "error", path: "p", line: 1, column: 3, message: "m" } as const;
    const lines = issuesAsText([issue], "f", "\tab", painter(false)).split("\n");
    assert.deepEqual(lines.slice(1, 3), ["  1 | \tab", "    | \t ^"]);
  });

  it("warns of a version that is left to the program, in a file that stays valid", () => {
    const text = example("minimal").replace(/ {4}# Written down[^#]*(?= {4}#)/, "");
    const { valid, issues } = validateStackFile(text);
    assert.deepEqual(
      [valid, issues.map(({ severity, code }) => `${severity} ${code}`)],
      [true, ["warning version-unwritten"]],
    );
    assert.match(issues[0]?.hint ?? "", /kubernetes\.version: \S+ and kubespray\.ref: v\S+/);
  });

  for (const name of ["minimal", "production"]) {
    it(`finds nothing, not even a warning, in the example ${name}`, () => {
      assert.deepEqual(validateStackFile(example(name)).issues, []);
    });
  }
});
