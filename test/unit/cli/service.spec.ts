import { strict as assert } from "node:assert";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { catalogue } from "../../../config/catalogue";
import { serviceNames } from "../../../config/services";
import { makeProject, opencenter, repository, STACK_TRACE } from "./support/bin";

const stack = readFileSync(join(repository, "stacks", "Pulumi.production.yaml"), "utf8");

interface Row {
  readonly name: string;
  readonly version: string | null;
  readonly enabled: boolean;
  readonly why: string;
  readonly needs: readonly string[];
  readonly summary: string;
}

describe("opencenter service", function () {
  this.timeout(30_000);
  this.slow(8_000);

  let project: ReturnType<typeof makeProject>;
  let file: string;
  beforeEach(() => {
    project = makeProject();
    file = join(project.folder, "stacks", "Pulumi.production.yaml");
    writeFileSync(file, stack);
  });
  afterEach(() => project.remove());

  const service = (verb: string, ...args: string[]) =>
    opencenter(["service", verb, "production", ...args], { cwd: project.folder });
  const text = () => readFileSync(file, "utf8");
  /** Lines of the file that are not as they were, in the order of the file. */
  const changes = (before: string) => {
    const old = before.split("\n");
    const now = text().split("\n");
    return [
      ...old.filter((line) => !now.includes(line)).map((line) => `- ${line}`),
      ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`),
    ];
  };
  const rows = async () => JSON.parse((await service("list", "--json")).stdout) as Row[];

  it("lists the catalogue: versions, what is on and what decided", async () => {
    const { code, stdout } = await service("list");
    assert.equal(code, 0);
    const lines = stdout.trimEnd().split("\n");
    assert.equal(lines.length, 1 + serviceNames.length);
    assert.match(lines[0]!, /^SERVICE +VERSION +STATE +WHY +NEEDS +WHAT FOR$/);
    const velero = catalogue.velero.chart?.version.replaceAll(".", "\\.");
    assert.match(stdout, new RegExp(`^velero +${velero} +on +default +- +backups`, "m"));
    assert.match(stdout, /^keycloak +\S+ +off +default +postgres-operator +log-in/m);
    assert.match(stdout, /^etcd-backup +- +on +default +velero/m);
  });

  it("lists what the file says, as JSON too", async () => {
    writeFileSync(
      file,
      `${stack}    services: {harbor: {enabled: true, version: 9.9.9}, kyverno: {enabled: false}}\n`,
    );
    const found = await rows();
    assert.deepEqual(
      found.map(({ name }) => name),
      [...serviceNames],
    );
    const pick = (name: string) => found.find((row) => row.name === name);
    assert.deepEqual(pick("harbor"), {
      name: "harbor",
      version: "9.9.9",
      enabled: true,
      why: "services.harbor.enabled",
      needs: [],
      summary: catalogue.harbor.summary,
    });
    assert.equal(pick("kyverno")?.enabled, false);
    writeFileSync(file, stack.replace(/store: swift\n(.*\n)+/, "store: none\n"));
    const decided = async (name: string) => (await rows()).find((row) => row.name === name);
    const [velero, snapshots] = [await decided("velero"), await decided("etcd-backup")];
    assert.deepEqual([velero?.enabled, velero?.why], [false, "default, backup.store: none"]);
    assert.deepEqual([snapshots?.enabled, snapshots?.why], [false, "default, backup.store: none"]);
    writeFileSync(file, `${stack}      etcdSnapshots: false\n`);
    assert.equal((await decided("etcd-backup"))?.why, "default, backup.etcdSnapshots: false");
    writeFileSync(file, `${stack}    services: {velero: {enabled: false}}\n`);
    assert.equal((await decided("etcd-backup"))?.why, "default, velero is off");
  });

  it("switches services on and off, and changes no other line of the file", async () => {
    const on = await service("enable", "keycloak", "postgres-operator");
    assert.equal(on.code, 0, on.stderr);
    assert.match(on.stdout, /^stacks\/Pulumi\.production\.yaml: keycloak, postgres-operator on\.$/m);
    assert.deepEqual(changes(stack), [
      "+     services:",
      "+       keycloak:",
      "+         enabled: true",
      "+       postgres-operator:",
      "+         enabled: true",
    ]);
    const before = text();
    const off = await service("disable", "keycloak");
    assert.equal(off.code, 0);
    assert.deepEqual(changes(before), ["+         enabled: false"]);
    const again = await service("disable", "keycloak");
    assert.match(again.stdout, /^keycloak is off already \(services\.keycloak\.enabled\)\.$/m);
    assert.equal((await rows()).find(({ name }) => name === "postgres-operator")?.enabled, true);
  });

  it("keeps comments, brackets and what a service has beside", async () => {
    const written = `${stack.replaceAll("[", "[ ").replaceAll("]", " ]")}    # Ours.
    services:
      harbor: { version: 1.19.0, values: { a: 1 } } # pinned
      # Later.
      loki:
        values: { b: 2 }
`;
    writeFileSync(file, written);
    const { code, stderr } = await service("enable", "harbor", "loki");
    assert.equal(code, 0, stderr);
    assert.deepEqual(changes(written), [
      "-       harbor: { version: 1.19.0, values: { a: 1 } } # pinned",
      "+       harbor: { version: 1.19.0, values: { a: 1 }, enabled: true } # pinned",
      "+         enabled: true",
    ]);
  });

  it("begins where the file has an empty mapping", async () => {
    writeFileSync(file, `${stack}    services: {}\n`);
    assert.equal((await service("enable", "harbor")).code, 0);
    const { config } = parse(text()) as { config: Record<string, { services: unknown }> };
    assert.deepEqual(config["opencenter:cluster"]?.services, { harbor: { enabled: true } });
  });

  it("refuses with the rule's own words, and leaves the file alone", async () => {
    const { code, stdout, stderr } = await service("enable", "harbor", "keycloak");
    assert.deepEqual([code, stdout], [1, ""]);
    assert.match(stderr, /would not be valid; it was not changed/);
    assert.match(stderr, /keycloak needs postgres-operator, which is not enabled/);
    assert.match(stderr, /→ Add postgres-operator: \{enabled: true\}/);
    assert.doesNotMatch(stderr, STACK_TRACE);
    assert.equal(text(), stack);
    assert.equal((await service("enable", "keycloak", "postgres-operator")).code, 0);
    const before = text();
    const needed = await service("disable", "postgres-operator");
    assert.equal(needed.code, 1);
    assert.match(needed.stderr, /keycloak needs postgres-operator/);
    assert.equal(text(), before);
  });

  it("says as JSON what it switched", async () => {
    const { stdout } = await service("enable", "harbor", "velero", "--json");
    assert.deepEqual(JSON.parse(stdout), {
      file: "stacks/Pulumi.production.yaml",
      enabled: true,
      changed: ["harbor"],
      already: ["velero"],
    });
  });

  it("shows what the configuration changes in the folder's objects", async () => {
    await opencenter(["generate", "production"], { cwd: project.folder });
    assert.deepEqual((await service("diff")).stdout, "No difference.\n");
    await service("enable", "harbor");
    const { code, stdout } = await service("diff");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^harbor\n {2}\+ HelmRelease harbor\/harbor\n {2}\+ Kustomization flux-system\/harbor$/m,
    );
    assert.match(stdout, /^ {2}\+ Namespace harbor$/m);
    assert.match(stdout, /^sources\n {2}\+ HelmRepository flux-system\/helm-goharbor-io$/m);
    assert.doesNotMatch(stdout, /velero/);
    const { differences } = JSON.parse((await service("diff", "--json")).stdout) as {
      differences: Record<string, { object: string; kind: string }[]>;
    };
    assert.deepEqual(differences["harbor"]?.[0], {
      object: "HelmRelease harbor/harbor",
      kind: "added",
      fields: [],
    });
  });

  it("shows what another version would change, without changing anything", async () => {
    const { code, stdout } = await service("diff", "--service", "velero", "--version", "99.0.0");
    assert.equal(code, 0);
    const now = catalogue.velero.chart?.version;
    assert.deepEqual(stdout.split("\n").slice(0, 3), [
      "velero",
      "  ~ HelmRelease velero/velero",
      `      spec.chart.spec.version: ${now} → 99.0.0`,
    ]);
    assert.match(stdout, /What a chart makes of its version and values, Helm decides/);
    assert.equal(text(), stack);
    assert.equal(
      (await service("diff", "--service", "velero", "--version", now!)).stdout,
      "No difference.\n",
    );
  });

  for (const [what, args, code, words] of [
    [
      "an unknown service",
      ["enable", "production", "harbour"],
      2,
      /no service harbour[^]*Did you mean harbor/,
    ],
    ["no service", ["enable", "production"], 2, /missing required argument/],
    ["an unknown verb", ["enabel", "production", "harbor"], 2, /Did you mean enable/],
    ["a version without its service", ["diff", "production", "--version", "1.0.0"], 2, /go together/],
    [
      "a service that is off",
      ["diff", "production", "--service", "harbor", "--version", "1"],
      1,
      /harbor is off/,
    ],
    ["a tag without an external base", ["diff", "production", "--base-tag", "x"], 2, /has no external base/],
    ["a stack that is not there", ["list", "prodction"], 2, /Did you mean production/],
  ] as const)
    it(`ends with ${code} for ${what}`, async () => {
      const result = await opencenter(["service", ...args], { cwd: project.folder });
      assert.equal(result.code, code, result.stderr);
      assert.match(result.stderr, words);
      assert.doesNotMatch(result.stderr, STACK_TRACE);
      assert.equal(text(), stack);
    });

  it("has help for each of its verbs", async () => {
    const { code, stdout } = await opencenter(["service", "--help"]);
    assert.equal(code, 0);
    for (const verb of ["list", "enable", "disable", "diff"])
      assert.match(stdout, new RegExp(`^ {2}${verb} `, "m"));
    const diff = await opencenter(["service", "diff", "--help"]);
    for (const flag of ["--service", "--version", "--base-tag", "--out", "--json"])
      assert.ok(diff.stdout.includes(flag), flag);
  });
});
