/** The very scripts that the workflows call, on a clone with a remote. What changes something outside is doubled. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parse } from "yaml";
import { fakeProgram, repository } from "./support/bin";

interface Result {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

describe("the scripts of CI on a clone", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = mkdtempSync(join(tmpdir(), "opencenter-ci-"));
  const clone = join(folder, "clone");
  /** What the double was called with, one line each. */
  const calls = join(folder, "calls");
  const double = join(folder, "bin", "opencenter");

  const git = (cwd: string, ...args: string[]) =>
    execFileSync("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...args], {
      cwd,
      encoding: "utf8",
    });
  const change = (path: string, text: (before: string) => string, branch: string) => {
    git(clone, "checkout", "--quiet", "-B", branch, "origin/main");
    mkdirSync(dirname(join(clone, path)), { recursive: true });
    writeFileSync(
      join(clone, path),
      text(existsSync(join(clone, path)) ? readFileSync(join(clone, path), "utf8") : ""),
    );
    git(clone, "add", "--all", path);
    git(clone, "commit", "--quiet", "--message", path);
    git(clone, "push", "--quiet", "--force", "origin", branch);
  };

  function run(
    script: string,
    args: readonly string[] = [],
    env: Readonly<Record<string, string>> = {},
  ): Promise<Result> {
    return new Promise((resolve) => {
      const surroundings = {
        PATH: `${join(folder, "bin")}:${dirname(process.execPath)}:/usr/bin:/bin`,
        HOME: folder,
      };
      const child = spawn("bash", [join(clone, script), ...args], {
        cwd: clone,
        env: { ...surroundings, CALLS: calls, ...env },
        stdio: ["ignore", "pipe", "pipe"],
      });
      let [stdout, stderr] = ["", ""];
      child.stdout.on("data", (part: Buffer) => (stdout += part.toString()));
      child.stderr.on("data", (part: Buffer) => (stderr += part.toString()));
      child.on("close", (code) => resolve({ code: code ?? 1, stdout, stderr }));
    });
  }

  const cluster = (name: string, environment: string) =>
    readFileSync(join(repository, "stacks/Pulumi.minimal.yaml"), "utf8")
      .replace("name: minimal", `name: ${name}`)
      .replace("environment: development", `environment: ${environment}`);

  before(() => {
    const files = execFileSync("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], {
      cwd: repository,
      encoding: "utf8",
    });
    const seed = join(folder, "seed");
    for (const file of files.split("\0").filter((name) => name !== "" && existsSync(join(repository, name))))
      cpSync(join(repository, file), join(seed, file));
    // Whatever stacks there are: the examples, and two more.
    writeFileSync(join(seed, "stacks/Pulumi.alpha.yaml"), cluster("alpha", "development"));
    writeFileSync(join(seed, "stacks/Pulumi.beta.yaml"), cluster("beta", "staging"));
    git(folder, "init", "--quiet", "--bare", "--initial-branch=main", "remote.git");
    git(seed, "init", "--quiet", "--initial-branch=main");
    git(seed, "add", "--all");
    git(seed, "commit", "--quiet", "--message", "all");
    git(seed, "push", "--quiet", join(folder, "remote.git"), "main");
    git(folder, "clone", "--quiet", join(folder, "remote.git"), clone);
    symlinkSync(join(repository, "node_modules"), join(clone, "node_modules"));
    // What asks a cloud or a Git host notes its words, and what they see; EXIT_<verb> is how it ends.
    fakeProgram(
      join(folder, "bin"),
      "opencenter",
      [
        'printf "%s\\n" "$*" >> "$CALLS"',
        'env | grep -E "^(CLOUDS_YAML|CLOUDS_YAML_BASE64|PULUMI_CONFIG_PASSPHRASE|AWS_SECRET_ACCESS_KEY)=" >> "$CALLS"',
        'case "$1" in',
        'fleet) cat "$OS_CLIENT_CONFIG_FILE" "$PULUMI_CONFIG_PASSPHRASE_FILE" >> "$CALLS"; echo >> "$CALLS"; cat "$AWS_SHARED_CREDENTIALS_FILE" >> "$CALLS"; echo >> "$CALLS"; printf %s "$FLEET"; exit "${EXIT_fleet:-0}" ;;',
        'report) case "$*" in *--out*) while [ "$1" != --out ]; do shift; done; echo "the comment" > "$2" ;; esac; exit "${EXIT_report:-0}" ;;',
        'apply) echo "applying $2"; exit "${EXIT_apply:-0}" ;;',
        'validate) [ "$2" != "${BROKEN:-}" ] || exit 1 ;;',
        "esac",
      ].join("\n"),
    );
  });
  beforeEach(() => writeFileSync(calls, ""));
  after(() => rmSync(folder, { recursive: true, force: true }));

  const said = () => readFileSync(calls, "utf8").trim().split("\n");
  const environment = {
    PULUMI_BACKEND_URL: "file:///nowhere",
    CLOUDS_YAML: "clouds: {}",
    PULUMI_CONFIG_PASSPHRASE: "correct horse",
    AWS_ACCESS_KEY_ID: "key",
    AWS_SECRET_ACCESS_KEY: "PLANTED",
  };
  const withDouble = { ...environment, OPENCENTER: double };

  const matrixOf = async (...args: string[]) => {
    const result = await run("ci/matrix.sh", args);
    assert.equal(result.code, 0, result.stderr);
    return JSON.parse(result.stdout).include;
  };
  const ALPHA = { stack: "alpha", environment: "development" };
  const BETA = { stack: "beta", environment: "staging" };

  describe("matrix.sh", () => {
    it("has that stack only whose file changed", async () => {
      change(
        "stacks/Pulumi.alpha.yaml",
        (text) => text.replace("flavor: medium", "flavor: large"),
        "one-stack",
      );
      assert.deepEqual(await matrixOf("affected", "origin/main"), [ALPHA]);
    });

    it("has all where the program changed, except for what is ignored", async () => {
      change("plan/index.ts", (text) => `${text}\n// Changed.\n`, "program");
      assert.deepEqual(await matrixOf("affected", "origin/main"), [ALPHA, BETA]);
    });

    it("is empty where nothing changed, or nothing that a preview reads", async () => {
      git(clone, "checkout", "--quiet", "origin/main");
      assert.deepEqual(await matrixOf("affected", "origin/main"), []);
      change("docs/fleets.md", (text) => `${text}\nMore.\n`, "words");
      assert.deepEqual(await matrixOf("affected", "origin/main"), []);
    });

    it("compares with where the branch began, whatever main has got since", async () => {
      change("stacks/Pulumi.beta.yaml", (text) => `${text}# Later.\n`, "main-goes-on");
      const later = git(clone, "rev-parse", "HEAD").trim();
      change("stacks/Pulumi.alpha.yaml", (text) => `${text}# Changed.\n`, "branch");
      assert.deepEqual(await matrixOf("affected", later, "origin/branch"), [ALPHA]);
    });

    it("has all where there is nothing to compare with", async () => {
      for (const base of ["0".repeat(40), "1".repeat(40)])
        assert.deepEqual(await matrixOf("affected", base), [ALPHA, BETA], base);
    });

    it("has one by its name, an example too, and no unknown one", async () => {
      assert.deepEqual(await matrixOf("only", "beta"), [BETA]);
      assert.deepEqual(await matrixOf("only", "production"), [
        { stack: "production", environment: "production" },
      ]);
      const { code, stdout, stderr } = await run("ci/matrix.sh", ["only", "gamma; id"]);
      assert.deepEqual([code, stdout], [1, ""]);
      assert.match(stderr, /there is no stack gamma; id/);
    });

    it("asks for approval where a file cannot be read", async () => {
      change("stacks/Pulumi.alpha.yaml", () => "config: [\n", "broken");
      assert.deepEqual(await matrixOf("affected", "origin/main"), [
        { stack: "alpha", environment: "production" },
      ]);
      assert.deepEqual(await matrixOf("only", "alpha"), [{ stack: "alpha", environment: "production" }]);
    });

    it("asks for the approval that a change would take away, whichever way it is started", async () => {
      const set = (from: string, to: string) => (text: string) =>
        text.replace(`environment: ${from}`, `environment: ${to}`);
      change("stacks/Pulumi.beta.yaml", set("staging", "development"), "lowered");
      assert.deepEqual(await matrixOf("affected", "origin/main"), [BETA]);
      assert.deepEqual(await matrixOf("only", "beta"), [BETA]);
      assert.deepEqual(await matrixOf("affected", "1".repeat(40)), [ALPHA, BETA]);
      change("stacks/Pulumi.beta.yaml", set("staging", "production"), "raised");
      assert.deepEqual(await matrixOf("affected", "origin/main"), [
        { stack: "beta", environment: "production" },
      ]);
      assert.deepEqual(await matrixOf("only", "beta"), [{ stack: "beta", environment: "production" }]);
    });

    it("fails where `affected` does, and takes no other words", async () => {
      git(clone, "checkout", "--quiet", "origin/main");
      assert.equal((await run("ci/matrix.sh", ["affected", "HEAD", "nowhere"])).code, 1);
      for (const args of [[], ["affected"], ["some"], ["only", ""]])
        assert.equal((await run("ci/matrix.sh", args)).code, 2);
    });

    it("tells GitHub's next jobs", async () => {
      change("stacks/Pulumi.alpha.yaml", (text) => `${text}# Changed.\n`, "outputs");
      const file = join(folder, "outputs");
      for (const head of ["HEAD", "origin/main"])
        await run("ci/matrix.sh", ["affected", "origin/main", head], { GITHUB_OUTPUT: file });
      assert.deepEqual(readFileSync(file, "utf8").trim().split("\n"), [
        `matrix=${JSON.stringify({ include: [ALPHA] })}`,
        "stacks=alpha",
        "any=true",
        'matrix={"include":[]}',
        "stacks=",
        "any=false",
      ]);
    });
  });

  describe("the steps of GitHub's workflows, as they are written,", () => {
    /** The lines of shell of a job that name a script. */
    const lines = (workflow: string, job: string): string[] =>
      parse(readFileSync(join(clone, `.github/workflows/${workflow}.yml`), "utf8"))
        .jobs[job].steps.map(({ run: line = "" }) => line)
        .filter((line: string) => line.includes("ci/") && !line.includes("setup.sh"));

    /** As GitHub's runner does it. */
    const step = (line: string, env: Readonly<Record<string, string>>) => {
      const file = join(folder, "step.sh");
      writeFileSync(file, `cd ${clone}\nset -eo pipefail\n${line}\n`);
      return run("../step.sh", [], env);
    };

    it("find and check what a pull request changes, and preview it", async () => {
      change(
        "stacks/Pulumi.beta.yaml",
        (text) => text.replace("flavor: medium", "flavor: large"),
        "pull-request",
      );
      const [matrix, validate] = lines("preview", "validate");
      const outputs = join(folder, "pull-request-outputs");
      const env = { BASE: git(clone, "rev-parse", "origin/main").trim(), GITHUB_OUTPUT: outputs };
      assert.equal((await step(matrix!, env)).code, 0);
      const STACKS = /^stacks=(.+)$/m.exec(readFileSync(outputs, "utf8"))![1]!;
      assert.equal(STACKS, "beta");
      const checked = await step(validate!, { STACKS });
      assert.deepEqual([checked.code, checked.stdout], [0, "valid stacks/Pulumi.beta.yaml\n"]);
      const [preview] = lines("preview", "preview");
      assert.equal((await step(preview!, { ...withDouble, ...env, STACKS })).code, 0);
      assert.match(said()[0]!, new RegExp(`^report pr beta --base ${env.BASE} --post`));
    });

    it("apply what a push has changed, or the stack that somebody names", async () => {
      change("stacks/Pulumi.alpha.yaml", (text) => text.replace("flavor: medium", "flavor: large"), "merged");
      const [plan] = lines("up", "plan");
      const before = git(clone, "rev-parse", "origin/main").trim();
      const pushed = await step(plan!, { STACK: "", BEFORE: before });
      assert.deepEqual(JSON.parse(pushed.stdout), { include: [ALPHA] });
      const named = await step(plan!, { STACK: "beta", BEFORE: "" });
      assert.deepEqual(JSON.parse(named.stdout), { include: [BETA] });
      const [up] = lines("up", "up");
      await step(up!, { ...withDouble, STACK: "alpha" });
      assert.deepEqual(said(), ["apply alpha --from-review --yes"]);
    });

    it("take no word of an input for a command", async () => {
      const mark = join(folder, "mark");
      const [plan] = lines("up", "plan");
      const { code } = await step(plan!, { STACK: `$(touch ${mark}); touch ${mark} #`, BEFORE: "" });
      assert.deepEqual([code, existsSync(mark)], [1, false]);
    });
  });

  describe("drift.sh", () => {
    const clusters = (...names: string[]) => JSON.stringify({ clusters: names.map((stack) => ({ stack })) });

    it("goes on after one stack's failure: the other is looked at, tickets are kept, and the run fails", async () => {
      // The real fleet: neither has a cloud, and beta's file cannot even be read.
      change("stacks/Pulumi.beta.yaml", () => "config: [\n", "drift");
      const through = join(folder, "bin", "through");
      writeFileSync(
        through,
        `#!/bin/sh\n[ "$1" = report ] && exec ${double} "$@"\nexec ${process.execPath} ${clone}/cli/opencenter.mjs "$@"\n`,
        { mode: 0o755 },
      );
      const { code, stderr } = await run("ci/drift.sh", [], { ...environment, OPENCENTER: through });
      assert.equal(code, 1);
      assert.match(stderr, /not every stack could be looked at/);
      const file = join(clone, "ci-logs/drift.json");
      const found = JSON.parse(readFileSync(file, "utf8")).clusters;
      assert.deepEqual(found.map(({ stack }: any) => stack).sort(), ["alpha", "beta"]);
      assert.match(found[1].problem, /has problems/);
      assert.equal(found[0].report.layers[0].looked, false);
      assert.deepEqual(said(), [`report drift --from ${file} --post`]);
      git(clone, "checkout", "--quiet", "origin/main");
    });

    it("takes drift for no failure, since its tickets tell it; a ticket that cannot be written is one", async () => {
      const drifting = { ...withDouble, EXIT_fleet: "2", FLEET: clusters("alpha", "beta") };
      assert.equal((await run("ci/drift.sh", [], drifting)).code, 0);
      assert.equal((await run("ci/drift.sh", [], { ...drifting, EXIT_report: "1" })).code, 1);
      assert.notEqual((await run("ci/drift.sh", [], { ...drifting, FLEET: "" })).code, 0);
      assert.equal((await run("ci/drift.sh", [], { ...drifting, EXIT_fleet: "137" })).code, 1);
    });

    it("names a layer that nobody could look at, which drift elsewhere would hide", async () => {
      const layers = [
        { layer: "cloud", looked: true, checked: 1, findings: [{}] },
        { layer: "nodes", looked: false, reason: "no route" },
      ];
      const FLEET = JSON.stringify({ clusters: [{ stack: "alpha", report: { layers } }] });
      const { code, stderr } = await run("ci/drift.sh", [], { ...withDouble, EXIT_fleet: "2", FLEET });
      assert.equal(code, 0);
      assert.match(stderr, /alpha: could not look at nodes: no route/);
    });

    it("looks at each stack in one part of several", async () => {
      const asked: string[] = [];
      for (const part of ["1/3", "2/3", "3/3"]) {
        writeFileSync(calls, "");
        assert.equal((await run("ci/drift.sh", [part], { ...withDouble, FLEET: clusters() })).code, 0);
        asked.push(...said().flatMap((line) => /^fleet drift (.+) --json/.exec(line)?.[1] ?? []));
      }
      assert.deepEqual(asked, ["alpha", "beta"]);
      for (const part of ["0/1", "3/2", "1", "a/b", "1/1; id"])
        assert.equal((await run("ci/drift.sh", [part], withDouble)).code, 2);
    });

    it("takes clouds.yaml in base64 too, which GitLab can mask, and keeps it out of the environment", async () => {
      const { CLOUDS_YAML: _, ...rest } = withDouble;
      const CLOUDS_YAML_BASE64 = Buffer.from("clouds:\n  acme: {}\n").toString("base64");
      const { code, stderr } = await run("ci/drift.sh", [], {
        ...rest,
        CLOUDS_YAML_BASE64,
        FLEET: clusters(),
      });
      assert.equal(code, 0, stderr);
      assert.ok(said().includes("  acme: {}"), said().join());
      assert.ok(!said().some((line) => line.startsWith("CLOUDS_YAML_BASE64=")));
      writeFileSync(calls, "");
      for (const [env, reason] of [
        [{ ...rest, CLOUDS_YAML_BASE64: "{no base64}" }, /CLOUDS_YAML_BASE64 is not base64/],
        [{ ...withDouble, CLOUDS_YAML_BASE64 }, /are both set/],
      ] as const) {
        const refused = await run("ci/drift.sh", [], env);
        assert.equal(refused.code, 1);
        assert.match(refused.stderr, reason);
        assert.doesNotMatch(refused.stderr, /no base64\}/);
      }
      assert.deepEqual(said(), [""]);
    });

    it("keeps credentials out of the environment of what it starts, and removes their files", async () => {
      await run("ci/drift.sh", [], { ...withDouble, FLEET: clusters("alpha"), TMPDIR: join(folder, "bin") });
      for (const line of ["clouds: {}", "correct horse", "[default]", "aws_secret_access_key = PLANTED"])
        assert.ok(said().includes(line), said().join());
      assert.ok(
        !said().some((line) => /^(CLOUDS_YAML|PULUMI_CONFIG_PASSPHRASE|AWS_SECRET_ACCESS_KEY)=/.test(line)),
      );
      assert.deepEqual(
        readdirSync(join(folder, "bin")).filter((name) => name.startsWith("tmp.")),
        [],
      );
    });
  });

  describe("preview.sh, validate.sh and up.sh", () => {
    it("preview what they are given, show it, and fail as the report does", async () => {
      const page = join(folder, "summary");
      const env = { ...withDouble, GITHUB_STEP_SUMMARY: page, EXIT_report: "1" };
      assert.equal((await run("ci/preview.sh", ["origin/main", "alpha beta"], env)).code, 1);
      assert.deepEqual(said(), [
        `report pr alpha beta --base origin/main --post --out ${clone}/ci-logs/comment.md`,
      ]);
      assert.equal(readFileSync(page, "utf8"), "the comment\n");
      assert.equal((await run("ci/preview.sh", ["origin/main", "alpha"], withDouble)).code, 0);
    });

    it("say what went, and mend the comment, where no stack is affected", async () => {
      for (const none of [["origin/main"], ["origin/main", ""]]) {
        writeFileSync(calls, "");
        assert.equal((await run("ci/preview.sh", none, withDouble)).code, 0);
        assert.deepEqual(said(), [
          `report pr --none --base origin/main --post --out ${clone}/ci-logs/comment.md`,
        ]);
      }
    });

    it("check every file, and tell of all that are broken", async () => {
      const { code, stderr } = await run("ci/validate.sh", ["alpha beta gamma"], {
        OPENCENTER: double,
        BROKEN: "beta",
      });
      assert.equal(code, 1);
      assert.match(stderr, /1 of 3 stacks/);
      assert.deepEqual(said(), ["validate alpha", "validate beta", "validate gamma"]);
    });

    it("apply what was reviewed, with the log kept, and fail as it does", async () => {
      assert.equal((await run("ci/up.sh", ["alpha"], withDouble)).code, 0);
      assert.deepEqual(said(), ["apply alpha --from-review --yes"]);
      assert.equal(readFileSync(join(clone, "ci-logs/up-alpha.log"), "utf8"), "applying alpha\n");
      assert.equal((await run("ci/up.sh", ["alpha"], { ...withDouble, EXIT_apply: "1" })).code, 1);
    });

    it("say where the state's place is missing", async () => {
      const { code, stderr } = await run("ci/up.sh", ["alpha"], { OPENCENTER: double });
      assert.equal(code, 1);
      assert.match(stderr, /PULUMI_BACKEND_URL is not set/);
      assert.deepEqual(said(), [""]);
    });
  });

  describe("setup.sh", () => {
    const archive = `pulumi-v3.259.0-linux-${process.arch}.tar.gz`;
    const bin = join(folder, "setup-bin");
    let [served, checksum, site] = [Buffer.alloc(0), "", ""];
    const server = createServer((request, response) => {
      if (request.url?.endsWith(archive)) response.end(served);
      else if (request.url?.endsWith("-checksums.txt")) response.end(`${checksum}  ${archive}\n`);
      else response.writeHead(404).end();
    });
    before(async function () {
      if (process.platform !== "linux") this.skip();
      fakeProgram(bin, "npm", 'echo "npm $*" >> "$CALLS"');
      fakeProgram(join(folder, "pulumi"), "pulumi", "echo v3.259.0");
      execFileSync("tar", ["-czf", join(folder, "a.tgz"), "-C", folder, "pulumi/pulumi"]);
      served = readFileSync(join(folder, "a.tgz"));
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      site = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    });
    after(() => server.close());
    const setUp = (home: string, path = bin) =>
      run("ci/setup.sh", ["--pulumi"], {
        OPENCENTER_RELEASES: site,
        XDG_CACHE_HOME: join(folder, home),
        PATH: `${path}:${dirname(process.execPath)}:/usr/bin:/bin`,
      });

    it("installs without scripts of dependencies, and gets a Pulumi that has the release's checksum", async () => {
      checksum = createHash("sha256").update(served).digest("hex");
      const { code, stderr } = await setUp("cache");
      assert.equal(code, 0, stderr);
      assert.match(said()[0]!, /^npm ci --ignore-scripts/);
      assert.ok(existsSync(join(folder, "cache/opencenter/ci/pulumi-3.259.0/pulumi/pulumi")));
      checksum = "nobody asks again";
      assert.equal((await setUp("cache")).code, 0);
    });

    it("throws away what has another one", async () => {
      checksum = "0".repeat(64);
      const { code, stderr } = await setUp("other");
      assert.equal(code, 1);
      assert.match(stderr, /has the checksum .* and not 0000/);
      assert.ok(!existsSync(join(folder, "other/opencenter/ci/pulumi-3.259.0")));
    });

    it("replaces one that is too old, and keeps one that is not", async () => {
      checksum = createHash("sha256").update(served).digest("hex");
      const found = join(folder, "found");
      fakeProgram(found, "pulumi", "echo v3.99.1");
      assert.match((await setUp("third", `${bin}:${found}`)).stderr, /3\.99\.1 is older than 3\.219\.0/);
      fakeProgram(found, "pulumi", "echo v3.300.0");
      const kept = await setUp("fourth", `${bin}:${found}`);
      assert.equal(kept.code, 0);
      assert.ok(!existsSync(join(folder, "fourth")));
    });
  });

  describe("notes.sh", () => {
    it("prints what the changelog says of a version, and stops where it says nothing", async () => {
      const { version } = JSON.parse(readFileSync(join(clone, "package.json"), "utf8"));
      const heading = `## ${version} (2026-01-01)\n\n- One.\n- Two.\n\n## 0.0.1\n\n- Old.\n`;
      writeFileSync(join(clone, "CHANGELOG.md"), `# Changelog\n\n## Unreleased\n\n- Later.\n\n${heading}`);
      assert.equal((await run("ci/notes.sh", [`v${version}`])).stdout, "- One.\n- Two.\n");
      assert.match((await run("ci/notes.sh", ["v9.9.9"])).stderr, /the tag says 9\.9\.9/);
      writeFileSync(join(clone, "CHANGELOG.md"), "# Changelog\n\n## Unreleased\n\n- Later.\n");
      const { code, stderr } = await run("ci/notes.sh", [`v${version}`]);
      assert.equal(code, 1);
      assert.match(stderr, /has nothing below/);
      git(clone, "checkout", "--quiet", "--", "CHANGELOG.md");
    });
  });

  describe("GitLab's child pipeline", () => {
    const pipelineOf = async (include: readonly unknown[]) => {
      const file = join(folder, "matrix.json");
      writeFileSync(file, JSON.stringify({ include }));
      const { code, stdout, stderr } = await run("ci/gitlab/stacks.sh", [file]);
      assert.equal(code, 0, stderr);
      const { include: files, ...jobs } = parse(stdout);
      for (const { local } of files) assert.ok(existsSync(join(repository, local)), local);
      return jobs;
    };

    it("has a job per stack, one at a time for each, production by hand", async () => {
      const jobs = await pipelineOf([ALPHA, { stack: "prod", environment: "production" }]);
      assert.deepEqual(Object.keys(jobs), ["up alpha", "up prod"]);
      assert.equal(jobs["up alpha"].resource_group, "up-alpha");
      assert.equal(jobs["up alpha"].rules, undefined);
      assert.deepEqual(jobs["up prod"].rules, [{ when: "manual", allow_failure: false }]);
      assert.deepEqual(jobs["up prod"].environment, { name: "production/prod" });
      assert.deepEqual(jobs["up prod"].variables, { STACK: "prod" });
    });

    it("has one job that does nothing where no stack is affected", async () => {
      const jobs = await pipelineOf([]);
      assert.deepEqual(
        Object.values<any>(jobs).map(({ script }) => script),
        [["true"]],
      );
    });

    it("runs a script for the stacks of a matrix, or not at all", async () => {
      const file = join(folder, "matrix.json");
      writeFileSync(file, JSON.stringify({ include: [ALPHA, BETA] }));
      await run("ci/gitlab/each.sh", [file, "ci/validate.sh"], { OPENCENTER: double });
      assert.deepEqual(said(), ["validate alpha", "validate beta"]);
      writeFileSync(file, JSON.stringify({ include: [] }));
      assert.equal((await run("ci/gitlab/each.sh", [file, "false"])).code, 0);
    });
  });
});
