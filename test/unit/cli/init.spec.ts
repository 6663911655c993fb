import { strict as assert } from "node:assert";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { defaultKubernetesVersion, defaultKubesprayRef } from "../../../config/compatibility";
import { clusterSchema } from "../../../config/schema";
import { validateStackFile } from "../../../config/validate";
import { DECISIONS, decide, problemWith, type Answers } from "../../../cli/init/decisions";
import { otherSections, stackDocument } from "../../../cli/init/document";
import { fakeProgram, makeProject, opencenter, STACK_TRACE } from "./support/bin";

const GIVEN: Answers = {
  organization: "acme",
  environment: "staging",
  externalNetwork: "public",
  image: "ubuntu-24.04",
  controlPlaneFlavor: "large",
  workerFlavor: "xlarge",
  sshAllowedCidr: ["198.51.100.0/24"],
  apiAllowedCidr: ["198.51.100.0/24", "203.0.113.0/24"],
};

function flags(answers: Answers): string[] {
  return DECISIONS.flatMap(({ key, flag }) => {
    const value = answers[key];
    const values = value === undefined ? [] : typeof value === "string" ? [value] : value;
    return values.flatMap((one) => [flag.split(" ")[0] ?? "", one]);
  });
}

/** A file whose offered sections are taken up: the comment signs go. */
function withOthers(text: string): string {
  const [above, below = ""] = text.split(/ {4}# Other sections.*\n/);
  assert.ok(below.length > 0);
  return `${above}${below.replace(/^ {4}# /gm, "    ")}`;
}

describe("opencenter init", () => {
  let project: ReturnType<typeof makeProject>;
  const file = (name: string) => join(project.folder, "stacks", `Pulumi.${name}.yaml`);
  const init = (args: readonly string[], env: Record<string, string> = {}) =>
    opencenter(["init", ...args], { cwd: project.folder, env });

  beforeEach(() => {
    project = makeProject();
  });
  afterEach(() => project.remove());

  it("writes a valid file, names what is left to do, and leaves an existing file alone", async () => {
    const first = await init(["prod", ...flags(GIVEN)]);
    assert.equal(first.code, 0, first.stderr);
    assert.match(first.stdout, /there is no pulumi on PATH\. By hand:\n {2}pulumi stack init prod/);
    const text = readFileSync(file("prod"), "utf8");
    assert.deepEqual(validateStackFile(text).issues, []);
    assert.deepEqual(readdirSync(join(project.folder, "stacks")), ["Pulumi.prod.yaml"]);
    writeFileSync(file("prod"), "encryptionsalt: precious\n");
    const second = await init(["prod", ...flags(GIVEN)]);
    assert.equal(second.code, 1);
    assert.equal(readFileSync(file("prod"), "utf8"), "encryptionsalt: precious\n");
  });

  it("names all wrong and all missing flags at once without a terminal, and writes nothing", async () => {
    const { code, stderr } = await init(["prod", "--environment", "prod", "--image", "u"]);
    assert.equal(code, 2);
    assert.match(stderr, /--environment: "prod" must be one of development, staging, production/);
    for (const { flag, key, fallback } of DECISIONS.filter(
      (one) => !["environment", "image"].includes(one.key),
    ))
      assert.equal(stderr.includes(flag), fallback === undefined, key);
    assert.doesNotMatch(stderr, STACK_TRACE);
    assert.ok(!existsSync(file("prod")));
  });

  it("refuses a name that no cluster can have", async () => {
    const { code, stderr } = await init(["../Prod", ...flags(GIVEN)]);
    assert.equal(code, 2);
    assert.match(stderr, /\.\.\/Prod must be lower-case/);
  });

  it("writes nothing when flags do not fit together", async () => {
    const { code, stderr } = await init([
      "prod",
      ...flags({ ...GIVEN, controlPlanes: "3", apiEndpoint: "single" }),
    ]);
    assert.equal(code, 2);
    assert.match(stderr, /do not fit together/);
    assert.ok(!existsSync(file("prod")));
  });

  it("makes the stack where pulumi is there and logged in", async () => {
    const programs = join(project.folder, "bin");
    fakeProgram(programs, "pulumi", `echo "$*" >> "${project.folder}/calls"`);
    const { code, stdout } = await init(["prod", ...flags(GIVEN)], { PATH: `${programs}:/usr/bin:/bin` });
    assert.equal(code, 0);
    assert.match(stdout, /Made the stack prod/);
    const calls = readFileSync(join(project.folder, "calls"), "utf8").trim().split("\n");
    assert.deepEqual(calls, ["whoami --non-interactive", "stack init prod --no-select --non-interactive"]);
  });

  it("keeps the file and says what to do when pulumi fails", async () => {
    const programs = join(project.folder, "bin");
    fakeProgram(
      programs,
      "pulumi",
      '[ "$1" = whoami ] || { echo "error: passphrase must be set" >&2; exit 255; }',
    );
    const { code, stderr } = await init(["prod", ...flags(GIVEN)], { PATH: `${programs}:/usr/bin:/bin` });
    assert.equal(code, 1);
    assert.match(stderr, /passphrase must be set[\s\S]*pulumi stack init prod/);
    assert.ok(existsSync(file("prod")));
  });

  it("does not touch pulumi with --no-stack", async () => {
    const programs = join(project.folder, "bin");
    fakeProgram(programs, "pulumi", `touch "${project.folder}/called"`);
    const { code } = await init(["prod", "--no-stack", ...flags(GIVEN)], {
      PATH: `${programs}:/usr/bin:/bin`,
    });
    assert.equal(code, 0);
    assert.ok(!existsSync(join(project.folder, "called")));
  });

  it("asks on a terminal for what is not given, with defaults that follow from earlier answers", async () => {
    const asked: Record<string, string | undefined> = {};
    const answers = await decide(
      { ...GIVEN, environment: undefined, apiAllowedCidr: undefined },
      (decision, fallback) => {
        asked[decision.key] = fallback;
        const typed: Record<string, string> = {
          environment: "development",
          apiAllowedCidr: "10.1.0.0/16, 10.2.0.0/16",
        };
        return Promise.resolve(typed[decision.key] ?? fallback ?? "");
      },
    );
    assert.ok("environment" in asked && !("image" in asked));
    assert.deepEqual([asked["controlPlanes"], asked["apiEndpoint"]], ["1", "single"]);
    assert.deepEqual(answers["apiAllowedCidr"], ["10.1.0.0/16", "10.2.0.0/16"]);
    assert.deepEqual(validateStackFile(stackDocument("dev", answers)).issues, []);
  });

  for (const [key, answer, words] of [
    ["controlPlanes", "2", /odd/],
    ["controlPlanes", "three", /whole number/],
    ["sshAllowedCidr", "198.51.100.7/24", /the network is 198\.51\.100\.0\/24/],
    ["sshAllowedCidr", "", /at least one/],
    ["organization", "Acme", /lower-case/],
    ["domain", "nodots", /DNS name/],
    ["image", "", /empty/],
    ["repository", "git@git.acme.internal:p.git", /must begin with https/],
  ] as const) {
    it(`refuses ${JSON.stringify(answer)} for ${key} as it is typed`, () => {
      const decision = DECISIONS.find((one) => one.key === key);
      assert.ok(decision !== undefined);
      assert.match(problemWith(decision, answer) ?? "fine", words);
    });
  }

  it("explains every key by the schema's own words", async () => {
    const text = stackDocument("prod", await decide(GIVEN));
    assert.ok(text.startsWith("# yaml-language-server: $schema=../schema/cluster.schema.json\n"));
    assert.ok(text.includes(`    # ${clusterSchema.shape.name.description}\n    name: prod\n`));
    assert.match(text, /pulumi:disable-default-providers: \["\*"\]/);
  });

  it("writes down the versions, whose defaults move with the program", async () => {
    const { config } = parse(stackDocument("prod", await decide(GIVEN)));
    const { kubernetes, kubespray } = config["opencenter:cluster"];
    assert.equal(kubernetes.version, defaultKubernetesVersion);
    assert.equal(kubespray.ref, defaultKubesprayRef);
  });

  it("writes the platform's repository down, and says what is left to do for it", async () => {
    const repository = "https://git.acme.internal/acme/platform.git";
    const { code, stdout, stderr } = await init(["prod", ...flags({ ...GIVEN, repository })]);
    assert.equal(code, 0, stderr);
    assert.match(stdout, /pulumi config set --secret opencenter:gitToken --stack prod\n[^]*Next:/);
    const text = readFileSync(file("prod"), "utf8");
    const { config, issues } = validateStackFile(text);
    assert.deepEqual([config?.gitops?.repository.url, issues], [repository, []]);
    // No second one among the sections that are offered.
    assert.equal(validateStackFile(withOthers(text)).config?.gitops?.repository.url, repository);
  });

  it("says what a cluster without a repository has not", async () => {
    const { code, stdout } = await init(["prod", ...flags(GIVEN)]);
    assert.equal(code, 0);
    assert.match(stdout, /no storage classes, no Flux, no Velero[^]*gitops\.repository\.url/);
  });

  it("tells of the deploy key where the repository is reached by ssh", async () => {
    const { stdout } = await init([
      "prod",
      ...flags({ ...GIVEN, repository: "ssh://git@git.acme.internal/p.git" }),
    ]);
    assert.match(stdout, /stops with a deploy key/);
    assert.doesNotMatch(stdout, /gitToken/);
  });

  it("offers other sections that are valid when the comment signs go", async () => {
    const text = stackDocument("prod", await decide(GIVEN));
    const { config, issues } = validateStackFile(withOthers(text));
    assert.deepEqual(issues, []);
    assert.equal(config?.gitops?.repository.url, otherSections("acme", "prod").gitops?.repository.url);
  });
});
