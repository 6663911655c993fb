import assert from "node:assert/strict";
import { rules } from "../../../config/rules";
import { accessCases } from "./cases/access";
import { endpointCases } from "./cases/endpoint";
import { nameCases } from "./cases/names";
import { networkCases } from "./cases/networks";
import { nodeCases } from "./cases/nodes";
import { platformCases } from "./cases/platform";
import { edited, good, marked } from "./good";

describe("rules", () => {
  it("have a bad file each", () => {
    const cases = [accessCases, endpointCases, nameCases, networkCases, nodeCases, platformCases].flat();
    const told = new Set(
      cases.flatMap(([, ...edits]) => marked(edited(good, edits)).map((mark) => mark.split(" ")[2])),
    );
    assert.deepEqual(
      rules.map((rule) => rule.code).filter((code) => !told.has(code)),
      [],
    );
  });

  it("have stable, kebab-case codes", () => {
    for (const { code } of rules) assert.match(code, /^[a-z0-9]+(-[a-z0-9]+)*$/);
  });
});
