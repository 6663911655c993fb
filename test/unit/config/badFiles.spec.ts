import assert from "node:assert/strict";
import { validateStackFile } from "../../../config/validate";
import { accessCases } from "./cases/access";
import { endpointCases } from "./cases/endpoint";
import { keyCases } from "./cases/keys";
import { nameCases } from "./cases/names";
import { networkCases } from "./cases/networks";
import { nodeCases } from "./cases/nodes";
import { platformCases } from "./cases/platform";
import { typeCases } from "./cases/types";
import { edited, good, marked, type Case } from "./good";

const tables: Readonly<Record<string, readonly Case[]>> = {
  keys: keyCases,
  types: typeCases,
  names: nameCases,
  networks: networkCases,
  nodes: nodeCases,
  endpoint: endpointCases,
  access: accessCases,
  platform: platformCases,
};

describe("bad stack files", () => {
  it("accepts the file that they are edits of", () => {
    const { valid, config, issues } = validateStackFile(good);
    assert.deepEqual(issues, []);
    assert.equal(valid, true);
    assert.equal(config?.name, "prod");
  });

  it("has at least 150 of them, each with its own title", () => {
    const titles = Object.values(tables).flatMap((cases) => cases.map(([title]) => title));
    assert.ok(titles.length >= 150, `${titles.length}`);
    assert.equal(new Set(titles).size, titles.length);
  });

  for (const [table, cases] of Object.entries(tables)) {
    describe(table, () => {
      for (const [title, ...edits] of cases) {
        it(title, () => {
          const text = edited(good, edits);
          const expected = marked(text);
          assert.ok(expected.length > 0, "the case marks no line");
          const { valid, config, issues } = validateStackFile(text);
          assert.deepEqual(
            issues.map(({ line, severity, code }) => `${line} ${severity} ${code}`),
            expected,
            issues.map((issue) => `${issue.line} ${issue.code} ${issue.path}: ${issue.message}`).join("\n"),
          );
          const hasError = expected.some((line) => line.includes(" error "));
          assert.equal(valid, !hasError);
          assert.equal(config === undefined, hasError);
          for (const issue of issues) assert.ok((issue.hint ?? "").length > 0, `${issue.code} has no hint`);
        });
      }
    });
  }
});
