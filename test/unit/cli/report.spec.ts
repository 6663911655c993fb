/** The comment on a pull request, from a recorded preview of the real engine; and what makes the check fail. */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { validateStackFile } from "../../../config/validate";
import { planCluster } from "../../../plan";
import { MARKER, reportMarkdown } from "../../../cli/report/markdown";
import { readOutcome } from "../../../cli/report/outcome";
import { topologyDifference } from "../../../cli/report/topology";
import { reasons, replacementsOf, type StackReport } from "../../../cli/report/verdict";

const folder = join(__dirname, "report");
const recorded = readFileSync(join(folder, "events.jsonl"), "utf8");
const golden = join(folder, "comment.golden");
const stackText = readFileSync(join(__dirname, "../../../stacks/Pulumi.sandbox.yaml"), "utf8");

type Cluster = Record<string, any>;

function changed(edit: (cluster: Cluster) => void, policy?: object): string {
  const file = parse(stackText) as { config: Record<string, Cluster> };
  edit(file.config["opencenter:cluster"]!);
  if (policy !== undefined) file.config["opencenter:policy"] = policy;
  return stringify(file);
}

const planOf = (text: string) => planCluster(validateStackFile(text).config!);

const AFTER = changed((cluster) => {
  cluster.pools = { general: { ...cluster.pools.general, count: 2 }, gpu: { count: 1, flavor: "large" } };
  cluster.controlPlane.flavor = "large";
});

function reportOf(overrides: Partial<StackReport> = {}): StackReport {
  return {
    stack: "sandbox",
    because: "stacks/Pulumi.sandbox.yaml",
    environment: "staging",
    issues: [],
    outcome: readOutcome(recorded),
    exitCode: 255,
    replacements: { refused: true, allow: [] },
    topology: topologyDifference(planOf(stackText), planOf(AFTER)),
    ...overrides,
  };
}

const QUIET: Partial<StackReport> = {
  outcome: { changes: [], policies: [], playbooks: [], files: [], errors: [] },
  exitCode: 0,
  topology: undefined,
};

describe("a preview's events", () => {
  const outcome = readOutcome(recorded);
  const names = (op: string) => outcome.changes.filter((one) => one.op === op).map(({ name }) => name);

  it("are read as one change per resource, a replacement being one", () => {
    assert.deepEqual(names("replace").sort(), [
      "sandbox-cp-2",
      "sandbox-general-1-data",
      "sandbox-general-1-data-attach",
    ]);
    assert.ok(names("delete").includes("sandbox-general-3") && names("create").includes("sandbox-gpu-1"));
    assert.ok(
      !outcome.changes.some(({ type }) => type.startsWith("opencenter:") || type.startsWith("pulumi:")),
    );
  });

  it("name properties, and never values", () => {
    const listener = outcome.changes.find(({ name }) => name === "sandbox-api-listener");
    assert.deepEqual(listener?.properties, ["allowedCidrs", "tags"]);
  });

  it("tell playbooks, files and policies in the order in which they were said", () => {
    assert.match(outcome.playbooks.join("\n"), /^playbooks\/facts\.yml: .*\nscale\.yml on sandbox-gpu-1/);
    assert.ok(outcome.files.includes("+ clusters/sandbox/services/loki.yaml"));
    assert.deepEqual(
      outcome.policies.map(({ level, rule }) => `${level} ${rule}`),
      ["mandatory api-not-open", "advisory no-replacement"],
    );
    assert.deepEqual(outcome.errors, []);
  });

  it("include errors, once, and nothing that is no event", () => {
    const error = {
      diagnosticEvent: { message: "<{%reset%}>error: no quota<{%reset%}>\n", severity: "error" },
    };
    const stream = ["not JSON", JSON.stringify(error), JSON.stringify(error), "{}", ""].join("\n");
    assert.deepEqual(readOutcome(stream).errors, ["no quota"]);
  });
});

describe("the check of a pull request", () => {
  it("passes where nothing is lost or broken, whatever is deleted", () => {
    const changes = [
      {
        op: "delete" as const,
        type: "openstack:compute/instance:Instance",
        name: "p-general-3",
        properties: [],
      },
    ];
    assert.deepEqual(reasons(reportOf({ ...QUIET, outcome: { ...QUIET.outcome!, changes } })), []);
  });

  it("fails for replaced data and control-plane machines, and for rules that are not kept", () => {
    const found = reasons(reportOf());
    assert.equal(found.length, 3);
    assert.match(
      found.join("\n"),
      /sandbox-general-1-data would[\s\S]*sandbox-cp-2 would[\s\S]*policy api-not-open/,
    );
  });

  it("takes the stack's own word on replacements, by its environment and its file", () => {
    assert.deepEqual(replacementsOf(stackText), { refused: false, allow: [] });
    const strict = changed((cluster) => (cluster.environment = "production"), {
      "no-replacement": { allow: ["sandbox-cp-2"] },
    });
    assert.deepEqual(replacementsOf(strict), { refused: true, allow: ["sandbox-cp-2"] });
    assert.equal(reasons(reportOf({ replacements: replacementsOf(strict) })).length, 2);
    assert.deepEqual(reasons(reportOf({ replacements: replacementsOf(stackText) })), [
      "policy api-not-open is not kept",
    ]);
  });

  it("fails for a lowered environment, whose preview knows the weaker rules only", () => {
    const report = reportOf({ ...QUIET, environment: "development", loweredFrom: "production" });
    assert.match(reasons(report).join(), /^environment goes from production to development/);
    assert.match(
      reportMarkdown([report]),
      /\*\*Must not be merged:\*\*\n\n- environment goes from production/,
    );
    assert.equal(reasons({ ...report, exitCode: 255 }).length, 2);
    assert.deepEqual(replacementsOf(stackText, "production").refused, true);
  });

  it("fails for problems of the configuration alone, without a preview", () => {
    const { issues } = validateStackFile(changed((cluster) => (cluster.pools.general.count = -1)));
    const report = reportOf({ ...QUIET, outcome: undefined, issues });
    assert.match(reasons(report).join(), /the configuration has \d problem/);
    assert.match(
      reportMarkdown([report]),
      /\*\*Configuration\*\*\n\n- ❌ `cluster\.pools\.general\.count` \(line \d+\)/,
    );
  });

  it("fails where Pulumi failed, with its reason or without", () => {
    const errors = [
      "The running cluster prod cannot be changed like this:\ncluster: kubernetes.podCidr cannot change [x]",
    ];
    const outcome = { ...QUIET.outcome!, errors };
    assert.match(
      reasons(reportOf({ ...QUIET, outcome, exitCode: 255 })).join(),
      /cannot be changed like this: .*podCidr/,
    );
    assert.match(
      reasons(reportOf({ ...QUIET, exitCode: 255 })).join(),
      /pulumi preview failed \(exit code 255\)/,
    );
  });
});

describe("the comment", () => {
  it("is what a reviewer saw last (UPDATE_GOLDEN=1 writes it anew)", () => {
    const text = reportMarkdown([reportOf({ ...QUIET, stack: "quiet" }), reportOf()], ["old"]);
    if (process.env["UPDATE_GOLDEN"] === "1") writeFileSync(golden, text);
    assert.equal(text, readFileSync(golden, "utf8"));
  });

  it("has what must not be merged first, and a mark to find it by", () => {
    const text = reportMarkdown([reportOf({ ...QUIET, stack: "quiet" }), reportOf()]);
    assert.ok(text.startsWith(MARKER));
    assert.ok(text.indexOf("### ❌ sandbox") < text.indexOf("### ✅ quiet"));
  });

  it("stays short enough for a Git host, and says what it left out", () => {
    const changes = Array.from({ length: 3_000 }, (_, index) => ({
      op: "replace" as const,
      type: "openstack:blockstorage/volume:Volume",
      name: `prod-storage-${index}-data`,
      properties: ["size"],
    }));
    const text = reportMarkdown([reportOf({ outcome: { ...QUIET.outcome!, changes } })]);
    assert.ok(text.length < 16_000, `${text.length} characters`);
    assert.match(text, /… and 2970 more/);
  });

  it("lets nobody's words be markup", () => {
    const policies = [
      { level: "advisory" as const, rule: "x|`y", message: "<script>a|b</script>\n\n# no heading" },
    ];
    const text = reportMarkdown([reportOf({ ...QUIET, outcome: { ...QUIET.outcome!, policies } })]);
    assert.doesNotMatch(text, /<script|^# no heading/m);
  });

  it("says that nothing happens where no stack is affected", () => {
    assert.match(reportMarkdown([]), /does nothing to any stack/);
  });
});

describe("the picture of a change", () => {
  const picture = topologyDifference(planOf(stackText), planOf(AFTER)) ?? "";

  it("shows machines that come, go and change, and leaves the others as they are", () => {
    assert.match(picture, /sandbox_gpu_1\["sandbox-gpu-1.*"\]:::added/);
    assert.match(picture, /sandbox_general_3\[.*:::removed/);
    assert.match(picture, /sandbox_cp_1\[.*:::changed/);
    assert.match(picture, /sandbox_general_1\["[^"]*"\]$/m);
  });

  it("is not there where no machine changes", () => {
    assert.equal(topologyDifference(planOf(stackText), planOf(stackText)), undefined);
  });

  it("shows a whole cluster where there was none", () => {
    assert.equal(topologyDifference(undefined, planOf(stackText))?.match(/:::added/g)?.length, 7);
  });
});
