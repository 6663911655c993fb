import { strict as assert } from "node:assert";
import {
  type ChangeSummary,
  commitMessage,
  contentDigest,
  fileDigests,
  proposalBranch,
  proposalPrefix,
} from "../../../plan/delivery";

describe("what is published", () => {
  const files = new Map([
    ["b", "2"],
    ["a", "1"],
  ]);
  const secrets = new Map([["s", "digest age1x"]]);

  it("has digests that depend on the content and not on the order", () => {
    assert.deepEqual(Object.keys(fileDigests(files)), ["a", "b"]);
    assert.match(fileDigests(files).a ?? "", /^6b86b273ff34fce1$/);
    const digest = contentDigest(files, secrets);
    assert.match(digest, /^[0-9a-f]{12}$/);
    assert.equal(contentDigest(new Map([...files].reverse()), secrets), digest);
    assert.notEqual(contentDigest(new Map([...files, ["a", "2"]]), secrets), digest);
    assert.notEqual(contentDigest(files, new Map([["s", "digest age1y"]])), digest);
    assert.notEqual(contentDigest(new Map([...files, ...secrets]), new Map()), digest);
  });

  it("goes to branches of one cluster", () => {
    assert.equal(proposalBranch("prod", "0123"), "opencenter/prod/0123");
    assert.ok(!proposalBranch("prod-2", "0123").startsWith(proposalPrefix("prod")));
  });
});

describe("commit messages", () => {
  const summary: ChangeSummary = {
    cluster: "prod",
    first: false,
    services: [
      {
        service: "harbor",
        kind: "changed",
        version: { from: "1.0", to: "1.1" },
        reason: "services.harbor.version",
      },
      { service: "loki", kind: "removed", reason: "services.loki.enabled" },
      { service: "tempo", kind: "enabled", version: { to: "2.0" } },
      { service: "velero", kind: "changed", valuesChanged: true, reason: "services.velero.values" },
      { service: "kyverno", kind: "changed" },
    ],
    others: ["age recipients changed"],
    files: { added: ["a"], changed: ["b", "c"], removed: ["d"] },
  };

  it("say per service what changed and why, and list the files", () => {
    assert.equal(
      commitMessage(summary),
      `prod: harbor, loki, tempo, velero, kyverno

- harbor: 1.0 → 1.1 (services.harbor.version)
- loki: removed (services.loki.enabled)
- tempo: enabled at 2.0
- velero: values changed (services.velero.values)
- kyverno: manifests changed
- age recipients changed

Added:
  a
Changed:
  b
  c
Removed:
  d
`,
    );
  });

  it("have a subject that fits", () => {
    const subject = (change: Partial<ChangeSummary>) =>
      commitMessage({ ...summary, ...change }).split("\n")[0];
    assert.equal(subject({ first: true }), "prod: first version");
    assert.equal(subject({ services: summary.services.slice(0, 1), others: [] }), "prod: harbor: 1.0 → 1.1");
    assert.equal(subject({ services: [] }), "prod: age recipients changed");
    assert.equal(subject({ services: [], others: ["x".repeat(80)] }), "prod: configuration changed");
    const many = Array.from({ length: 20 }, (_, index) => ({
      service: `service-${index}`,
      kind: "removed" as const,
    }));
    assert.equal(subject({ services: many, others: [] }), "prod: changes of 20 services");
  });
});
