import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { editedStack, writeStack } from "../../../cli/stackEdit";
import { UserError } from "../../../cli/errors";
import { scratch } from "../../support/scratch";
import { repository } from "./support/bin";

const minimalStack = readFileSync(join(repository, "stacks/Pulumi.minimal.yaml"), "utf8");
const file = (text: string) => ({ path: "Pulumi.prod.yaml", shown: "Pulumi.prod.yaml", text });
const entry = { subject: "Router prod-router", reason: "waits for the move", until: "2099-12-31" };

describe("editing a stack's file", () => {
  it("quotes a date, which Pulumi would read as a point in time", () => {
    const { text } = editedStack(file(minimalStack), [{ path: ["drift", "ignore"], value: [entry] }]);
    assert.match(text, /until: "2099-12-31"/);
    assert.match(text, /subject: Router prod-router/);
  });

  it("changes nothing else, and keeps comments", () => {
    const commented = minimalStack.replace("config:", "# Ours since 2024.\nconfig:");
    const { text } = editedStack(file(commented), [{ path: ["drift", "certificateDays"], value: 14 }]);
    const added = text.split("\n").filter((line) => !commented.split("\n").includes(line));
    assert.deepEqual(
      added.map((line) => line.trim()),
      ["drift:", "certificateDays: 14"],
    );
  });

  it("drops what the new value takes the place of", () => {
    const pools = ["pools", "general"];
    const edits = [{ path: [...pools, "nodes"], value: [1, 3] }];
    const { text } = editedStack(file(minimalStack), edits, [[...pools, "count"]]);
    const pool: unknown = parseDocument(text).toJS().config["opencenter:cluster"].pools.general;
    assert.deepEqual(pool, { nodes: [1, 3], flavor: "medium" });
  });

  it("writes only over the text that the edit began with", () => {
    const path = join(mkdtempSync(join(scratch(), "edit-")), "Pulumi.prod.yaml");
    writeFileSync(path, minimalStack);
    const read = { ...file(minimalStack), path };
    writeStack(read, `${minimalStack}# one\n`);
    assert.throws(() => writeStack(read, `${minimalStack}# two\n`), /has changed since it was read/);
    assert.equal(readFileSync(path, "utf8"), `${minimalStack}# one\n`);
  });

  it("refuses what the rules refuse, and says why", () => {
    const refused = () => editedStack(file(minimalStack), [{ path: ["controlPlane", "count"], value: 2 }]);
    assert.throws(refused, (error: unknown) => {
      assert.ok(error instanceof UserError);
      assert.match(error.message, /would not be valid; it was not changed/);
      return true;
    });
  });
});
