/** The files of CI: what they may do, for whom, and that what they call is there. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { satisfies } from "semver";
import { parse, parseDocument } from "yaml";
import { catalogue } from "../../../config/catalogue";
import { defaultFluxVersion } from "../../../config/compatibility";
import { CLI } from "../../../sandbox/toolchain/parts";
import { actionlint } from "../../support/actionlint";
import { skip } from "../../support/skip";
import { isProgram, scriptsIn, workflowProblems } from "../../support/workflowRules";
import { repository } from "./support/bin";

const FOLDER = join(repository, ".github/workflows");
/** Beside them lie kubeconfig and keys. */
const OF_AN_UP = ["ci-logs/", "clusters/state/*/*/logs/", "clusters/state/*/*/audit.log"];
const NAMES = ["ci", "drift", "nightly", "preview", "release", "up"];
const read = (path: string) => readFileSync(join(repository, path), "utf8");
const workflow = (name: string) => read(`.github/workflows/${name}.yml`);

describe("the workflows", () => {
  it("are these", () => {
    assert.deepEqual(
      readdirSync(FOLDER).sort(),
      NAMES.map((name) => `${name}.yml`),
    );
  });

  for (const name of NAMES)
    it(`${name}: pinned, with least rights, nothing for forks`, () => {
      assert.deepEqual(workflowProblems(workflow(name), repository), []);
    });

  /** Each a way in which a file could go wrong, and what must be said of it. */
  const broken: readonly [string, string, RegExp | string, string, string][] = [
    ["a tag instead of a digest", "ci", /checkout@\w{40} # v/, "checkout@v", "not pinned"],
    ["a digest without its version", "ci", / # v7\.0\.1/, "", "not pinned"],
    [
      "a job without permissions",
      "drift",
      /permissions:\n {6}contents: read\n {6}issues: write/,
      "",
      "drift: no permissions",
    ],
    ["a job without an end", "up", "timeout-minutes: 350", "", "up: no timeout"],
    ["rights for all jobs", "up", "permissions: {}", "permissions: write-all", "not {}"],
    [
      "a fork's program with our secrets",
      "preview",
      "pull_request:\n",
      "pull_request_target:\n",
      "trigger pull_request_target",
    ],
    [
      "no condition",
      "preview",
      "github.event.pull_request.head.repo.full_name == github.repository\n      && ",
      "",
      "preview: a secret for forks",
    ],
    [
      "a condition that is one of two",
      "preview",
      "&& !cancelled()",
      "|| always()",
      "preview: a secret for forks",
    ],
    [
      "a secret where forks are",
      "preview",
      "BASE: ${{ github.event.pull_request.base.sha }}",
      "BASE: ${{ secrets.X }}",
      "validate: a secret for forks",
    ],
    [
      "all secrets where forks are",
      "ci",
      "persist-credentials: false",
      "persist-credentials: false\n          x: ${{ toJSON(secrets) }}",
      "check: a secret for forks",
    ],
    [
      "a secret for every job",
      "ci",
      "permissions: {}",
      "permissions: {}\nenv: { A: '${{ secrets.A }}' }",
      "a secret for every job",
    ],
    ["rights for forks", "ci", "contents: read", "contents: write", "check: forks may write"],
    [
      "a runner of one's own for forks",
      "ci",
      "runs-on: ubuntu-24.04",
      "runs-on: ${{ vars.R }}",
      "not a runner of GitHub's",
    ],
    [
      "a title in a script",
      "ci",
      "run: ci/setup.sh",
      'run: ci/setup.sh "${{ github.event.pull_request.title }}"',
      "an expression inside of a script",
    ],
    ["a script that is not there", "up", "run: ci/up.sh", "run: ci/upp.sh", "ci/upp.sh is not a program"],
    [
      "a script in the file",
      "up",
      'run: ci/up.sh "$STACK"',
      "run: |\n          a\n          b",
      "several lines",
    ],
    [
      "a token that stays in the checkout",
      "up",
      "persist-credentials: false",
      "clean: true",
      "keeps its token",
    ],
  ];
  for (const [what, name, from, to, said] of broken)
    it(`are refused with ${what}`, () => {
      const text = workflow(name);
      const changed = text.replace(from, to);
      assert.notEqual(changed, text);
      const problems = workflowProblems(changed, repository);
      assert.ok(
        problems.some((problem) => problem.includes(said)),
        problems.join("\n"),
      );
    });

  it("apply to one stack one at a time, and are never cut off", () => {
    const { jobs } = parse(workflow("up"));
    assert.deepEqual(jobs.up.concurrency, { group: "up-${{ matrix.stack }}", "cancel-in-progress": false });
    assert.equal(jobs.up.environment, "${{ matrix.environment }}");
    assert.equal(jobs.up.strategy["fail-fast"], false);
    // A group of the whole workflow would let a newer push take a waiting run's place, and with it its stacks.
    assert.equal(parse(workflow("up")).concurrency, undefined);
  });

  it("end a preview that a newer push has made worthless, of the same pull request only", () => {
    const { concurrency } = parse(workflow("preview"));
    assert.equal(concurrency["cancel-in-progress"], true);
    assert.match(concurrency.group, /github\.event\.pull_request\.number/);
  });

  it("keep logs of what ran, whatever came of it, and nothing else of a cluster", () => {
    for (const [name, jobs] of Object.entries({
      ci: ["check", "engine"],
      preview: ["preview"],
      up: ["up"],
      drift: ["drift"],
    }))
      for (const job of jobs) {
        const steps: any[] = parse(workflow(name)).jobs[job].steps;
        const upload = steps.find(({ uses = "" }) => uses.startsWith("actions/upload-artifact@"));
        assert.equal(upload.if, "always()", `${name}/${job}`);
        const paths: string[] = upload.with.path.split("\n").map((path: string) => path.trim());
        assert.deepEqual(
          paths.filter((path) => path !== ""),
          name === "up" ? OF_AN_UP : ["ci-logs/"],
          `${name}/${job}`,
        );
      }
    const { ".up": up } = parse(read("ci/gitlab/up.gitlab-ci.yml"));
    assert.deepEqual(up.artifacts.paths, OF_AN_UP);
  });

  it("give a preview and a look for drift what may read, and only up the stack's own environment", () => {
    assert.equal(parse(workflow("preview")).jobs.preview.environment, "read-only");
    assert.equal(parse(workflow("drift")).jobs.drift.environment, "read-only");
  });
});

describe("actionlint", function () {
  // Built once, from Go modules.
  this.timeout(600_000);
  let program = "";
  before(async function () {
    try {
      program = await actionlint();
    } catch (error) {
      skip(this, `actionlint cannot be built: ${(error as Error).message.split("\n")[0]}`);
    }
  });
  const lint = (file: string) =>
    spawnSync(program, ["-no-color", "-shellcheck=", "-pyflakes=", file], { encoding: "utf8" });

  for (const name of NAMES)
    it(`has nothing against ${name}`, () => {
      const { status, stdout, stderr } = lint(join(FOLDER, `${name}.yml`));
      assert.equal(status, 0, `${stdout}${stderr}`);
    });

  it("sees what is wrong", () => {
    const folder = mkdtempSync(join(tmpdir(), "opencenter-actionlint-"));
    try {
      const file = join(folder, "up.yml");
      writeFileSync(file, workflow("up").replace("needs.plan.outputs.matrix", "needs.plan.outputs.matrx"));
      const { status, stdout } = lint(file);
      assert.equal(status, 1);
      assert.match(stdout, /property "matrx" is not defined/);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe("the scripts of CI", () => {
  const scripts = ["ci", "ci/gitlab"].flatMap((folder) =>
    readdirSync(join(repository, folder))
      .filter((name) => name.endsWith(".sh"))
      .map((name) => `${folder}/${name}`),
  );

  for (const script of scripts)
    it(`${script} is read by bash, and stops at the first failure`, () => {
      execFileSync("bash", ["-n", join(repository, script)]);
      if (script === "ci/lib.sh") return;
      assert.match(read(script), /^#!\/usr\/bin\/env bash\n(#.*\n)+set -euo pipefail\n/);
      assert.ok(isProgram(join(repository, script)));
    });

  it("get the Pulumi that is tested", () => {
    assert.equal(/^PULUMI_VERSION=(.+)$/m.exec(read("ci/lib.sh"))?.[1], CLI.version);
  });

  it("ignore the examples of this repository", () => {
    const ignored = read("ci/ignored-stacks")
      .split("\n")
      .filter((line) => /^[^#]/.test(line));
    const examples = execFileSync("git", ["ls-files", "stacks"], { cwd: repository, encoding: "utf8" });
    for (const name of ignored) assert.ok(examples.includes(`stacks/Pulumi.${name}.yaml\n`), name);
  });
});

describe("GitLab's pipelines", () => {
  const FILES = ["opencenter", "up"].map((name) => `ci/gitlab/${name}.gitlab-ci.yml`);
  const WORDS = ["stages", "workflow", "default", "variables", "include"];
  const jobsOf = (file: string) =>
    Object.entries<any>(parse(read(file))).filter(([name]) => !WORDS.includes(name));

  for (const file of FILES)
    it(`${file} parses, and the scripts that it calls are there`, () => {
      assert.deepEqual(parseDocument(read(file)).errors, []);
      const called = jobsOf(file).flatMap(([, { script = [] }]) => script.flatMap(scriptsIn));
      assert.ok(called.length > 0);
      for (const script of called) assert.ok(isProgram(join(repository, script)), script);
      for (const [name, job] of jobsOf(file))
        if (job.script !== undefined) assert.ok(job.timeout, `${name} has no timeout`);
    });

  const [main, up] = FILES.map((file) => parse(read(file)));

  it("give variables of an environment to merge requests of the project itself only", () => {
    for (const [name, { rules, environment }] of jobsOf(FILES[0]!)) {
      const forForks = (rules ?? []).some(
        ({ if: condition = "" }: { if?: string }) =>
          condition.includes("merge_request_event") &&
          !condition.includes("&& $CI_MERGE_REQUEST_SOURCE_PROJECT_ID == $CI_PROJECT_ID"),
      );
      if (forForks) assert.equal(environment, undefined, name);
    }
    assert.equal(main.preview.environment.name, "read-only");
  });

  it("let no job with credentials run what a fork's job has put into a cache", () => {
    const jobs = FILES.flatMap((file) =>
      jobsOf(file).map(([name, job]) => ({ name, job, cache: job.cache ?? parse(read(file)).default.cache })),
    );
    const trusted = jobs.filter(
      ({ job }) => job.environment !== undefined || job.script?.includes("ci/setup.sh --pulumi"),
    );
    assert.deepEqual(
      trusted.map(({ name }) => name),
      ["preview", "drift", ".up"],
    );
    for (const { name, cache } of trusted) assert.deepEqual(cache, [], name);
    // npm compares what it takes from there with package-lock.json.
    assert.deepEqual(main.default.cache.paths, [".cache/npm/"]);
    assert.equal(main.variables.npm_config_cache, "$CI_PROJECT_DIR/.cache/npm");
  });

  it("cut off what only looks, and never what applies", () => {
    assert.equal(main.default.interruptible, false);
    assert.equal(main.preview.interruptible, true);
    assert.equal(up[".up"].interruptible, false);
  });
});

describe("Renovate", () => {
  const { packageRules, constraints, customManagers } = JSON.parse(read("renovate.json"));
  const manifest = JSON.parse(read("package.json"));
  const versions: Record<string, string> = { ...manifest.dependencies, ...manifest.devDependencies };
  const allowed = (name: string): string | undefined =>
    packageRules.find(
      ({ matchPackageNames = [], allowedVersions }: any) =>
        allowedVersions !== undefined && matchPackageNames.includes(name),
    )?.allowedVersions;

  /** The first version of each that must not be proposed. */
  const refused: Readonly<Record<string, string>> = {
    "@pulumi/command": "4.5.0",
    "@pulumi/pulumi": "3.249.0",
    "@pulumi/openstack": "4.0.0",
    typescript: "6.1.0",
    "@types/node": "22.0.0",
    node: "22.0.0",
  };
  for (const [name, version] of Object.entries(refused))
    it(`keeps ${name} below ${version}`, () => {
      const range = allowed(name);
      assert.ok(range !== undefined && !satisfies(version, range), `${name}: ${range}`);
    });

  it("allows every version that is there, and has no rule for what is not", () => {
    for (const rule of packageRules.filter((one: any) => one.allowedVersions !== undefined))
      for (const name of rule.matchPackageNames) {
        const version = name === "node" ? read(".node-version").trim() : versions[name];
        assert.ok(version !== undefined, `${name} is no dependency`);
        assert.ok(satisfies(version, rule.allowedVersions), `${name} ${version}`);
      }
  });

  const found = (file: string) =>
    customManagers
      .filter(({ managerFilePatterns }: any) =>
        managerFilePatterns.some((pattern: string) => new RegExp(pattern.slice(1, -1)).test(file)),
      )
      .flatMap(({ matchStrings, ...manager }: any) =>
        matchStrings.flatMap((one: string) =>
          [...read(file).matchAll(new RegExp(one, "g"))].map(({ groups }) => ({ ...groups, ...manager })),
        ),
      );

  it("finds the versions that are not in package.json", () => {
    assert.equal(constraints.node, `>=${read(".node-version").trim()} <21`);
    for (const file of ["ci/lib.sh", "sandbox/toolchain/parts.ts"])
      assert.deepEqual(
        found(file).map(({ currentValue }: any) => currentValue),
        [CLI.version],
        file,
      );
  });

  it("finds the Flux of a new cluster", () => {
    const [flux] = found("config/compatibility.ts");
    assert.deepEqual([flux.currentValue, flux.depNameTemplate], [defaultFluxVersion, "fluxcd/flux2"]);
  });

  it("finds each chart of the catalogue once, where it comes from", () => {
    const charts = Object.values(catalogue).flatMap(({ chart }) => chart ?? []);
    assert.ok(charts.length > 10);
    const expected = charts.map(({ name, repository, version }) => `${name} ${repository} ${version}`);
    const actual = found("config/catalogue.ts").map(
      ({ depName, registryUrl, registryUrlTemplate, registry, currentValue }: any) =>
        `${depName} ${registryUrl ?? registryUrlTemplate ?? `oci://${registry}`} ${currentValue}`,
    );
    assert.deepEqual(actual.sort(), [...new Set(expected)].sort());
  });
});
