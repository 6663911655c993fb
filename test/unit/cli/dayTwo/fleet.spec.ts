import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chooseStacks } from "../../../../cli/fleet/choose";
import { askEach } from "../../../../cli/fleet/each";
import { makeProject } from "../support/bin";

/** Answers by the stack's name, and notes when it began and ended. */
const PROGRAM = `
const { appendFileSync } = require("node:fs");
const [verb, stack] = process.argv.slice(2);
appendFileSync(process.env.FLEET_NOTES, "+\\n");
process.on("exit", () => appendFileSync(process.env.FLEET_NOTES, "-\\n"));
if (stack === "hangs") setInterval(() => {}, 1000);
else if (stack === "silent") process.exit(3);
else if (stack === "refuses") {
  console.log(JSON.stringify({ ok: false, error: { message: "no such thing\\nmore" } }));
  process.exitCode = 1;
} else if (stack === "talks") { console.error("error: it broke"); process.exitCode = 1; }
else setTimeout(() => console.log(JSON.stringify({ ok: true, verb, stack })), 30);
`;

describe("a fleet", function () {
  this.timeout(120_000);
  this.slow(20_000);
  const folder = mkdtempSync(join(tmpdir(), "opencenter-fleet-"));
  const program = join(folder, "program.cjs");
  const notes = join(folder, "notes");
  before(() => {
    writeFileSync(program, PROGRAM);
    process.env["FLEET_NOTES"] = notes;
  });
  after(() => {
    delete process.env["FLEET_NOTES"];
    rmSync(folder, { recursive: true, force: true });
  });

  it("of fifty is asked a few at a time, and each answers, whatever the others do", async () => {
    const odd = ["hangs", "silent", "refuses", "talks"];
    const stacks = [...odd, ...Array.from({ length: 46 }, (_, index) => `s${index}`)];
    const told: string[] = [];
    const limits = { parallel: 4, timeoutMs: 5_000, program };
    const answers = await askEach(stacks, ["status", "--quick"], limits, ({ stack }) => told.push(stack));
    assert.deepEqual(
      answers.map(({ stack }) => stack),
      stacks,
      "in their order",
    );
    assert.equal(told.length, 50);
    assert.deepEqual(
      answers.slice(0, 4).map(({ problem }) => problem),
      ["no answer within 5 s", "it ended without a word", "no such thing", "it broke"],
    );
    assert.ok(
      answers
        .slice(4)
        .every(({ document, problem }) => document?.["verb"] === "status" && problem === undefined),
    );
    let [now, most] = [0, 0];
    for (const mark of readFileSync(notes, "utf8").trim().split("\n"))
      most = Math.max(most, (now += mark === "+" ? 1 : -1));
    assert.ok(most > 1 && most <= 5, `${most} at once; the one that was killed left no mark`);
  });

  it("may be a part of the stacks, by name, in that order; a name of nothing is said", () => {
    const project = makeProject();
    try {
      for (const name of ["a", "b", "c"])
        writeFileSync(join(project.folder, `stacks/Pulumi.${name}.yaml`), "config: {}\n");
      const choose = (...named: string[]) => chooseStacks(project.folder, undefined, named);
      assert.deepEqual(choose(), ["a", "b", "c"]);
      assert.deepEqual(choose("c", "a", "c"), ["c", "a"]);
      assert.throws(() => choose("a", "d"), /there is no stack d/);
    } finally {
      project.remove();
    }
  });
});
