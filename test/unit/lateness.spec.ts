/** What a run of all tests leaves out for lack of time. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { leftOut } from "../lateness.mjs";

const MINUTES_OF_BUILDING = 25;
const ALL = ["soak", "rotateMachines", "variants", "realOpenstack", "fidelity", "realLifecycle"];

describe("a run that is late", () => {
  it("leaves out nothing on a usual machine that has built everything", () => {
    assert.deepEqual(leftOut(10, 170), {});
  });

  it("leaves out what shows least first, and no more than it must", () => {
    assert.deepEqual(Object.keys(leftOut(12.5, 170)), ["soak"]);
    assert.deepEqual(Object.keys(leftOut(10, 190)), ["soak", "rotateMachines"]);
  });

  it("does without real services where everything was built first", () => {
    assert.deepEqual(Object.keys(leftOut(10 + MINUTES_OF_BUILDING, 170)), ALL);
  });

  it("says why", () => {
    const { soak } = leftOut(10, 190);
    assert.match(soak ?? "", /would take 60 of 60 minutes .* 10 had gone .* 1\.1 times as long/);
  });

  it("knows suites that are there and leave themselves out", () => {
    const leavesItselfOut = (name: string) =>
      /skipWhenLate\(|RealCloud\.require\(/.test(
        readFileSync(join(__dirname, "..", "e2e", `${name}.spec.ts`), "utf8"),
      );
    assert.deepEqual(
      ALL.filter((name) => !leavesItselfOut(name)),
      [],
    );
  });
});
