import assert from "node:assert/strict";
import { mkdtempSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Operation, Target } from "../../../../cli/operation";
import type { AuditLine } from "../../../../cli/operation/audit";
import { writingTo } from "../../../../cli/restore/elsewhere";
import { scratch } from "../../../support/scratch";
import { OneLease } from "./oneLease";

describe("a restore into another cluster", () => {
  const source = { stack: "prod" } as Target;
  const operation = { target: source, options: { breakLock: false } } as Pick<
    Operation,
    "target" | "options"
  >;

  function cluster() {
    const lease = new OneLease();
    const project = mkdtempSync(join(scratch(), "elsewhere-"));
    const target = { stack: "drill", project, paths: { state: "state" }, config: { name: "drill" } };
    const log = () =>
      readFileSync(join(project, "state/audit.log"), "utf8")
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as AuditLine);
    return { lease, log, target: { ...target, api: async () => lease.api } as unknown as Target };
  }

  it("holds the lock of the one that is written, and is in its log", async () => {
    const { lease, log, target } = cluster();
    let held = false;
    await writingTo(target, operation, "b1", async () => void (held = lease.lease !== undefined));
    assert.ok(held, "nothing was locked");
    assert.equal(lease.lease, undefined, "the lock stayed");
    const lines = log().map(({ verb, result, asked }) => [verb, result, asked["from"]]);
    assert.deepEqual(lines, [
      ["restore", "started", "prod"],
      ["restore", "done", "prod"],
    ]);
  });

  it("is refused where somebody is at work, and nothing is done", async () => {
    const { lease, log, target } = cluster();
    lease.heldBy("bob", new Date());
    let done = false;
    await assert.rejects(
      writingTo(target, operation, "b1", async () => void (done = true)),
      /being worked on by bob/,
    );
    assert.equal(done, false);
    assert.equal(log().at(-1)?.result, "failed");
  });

  it("needs no second lock for the cluster itself", async () => {
    let done = false;
    await writingTo(source, operation, "b1", async () => void (done = true));
    assert.ok(done);
  });
});
