import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { removeTornAttributes } from "../../../cli/recover/backend";
import { stackLocks } from "../../../cli/recover/lock";
import { scratch } from "../../support/scratch";

describe("recover and the files of Pulumi's backend", () => {
  function backend(files: Readonly<Record<string, string>>): { url: string; left: () => string[] } {
    const folder = mkdtempSync(join(scratch(), "backend-"));
    const checkpoints = join(folder, ".pulumi/stacks/opencenter");
    mkdirSync(checkpoints, { recursive: true });
    for (const [name, text] of Object.entries(files)) writeFileSync(join(checkpoints, name), text);
    return { url: `file://${folder}`, left: () => readdirSync(checkpoints).sort() };
  }

  it("removes attributes that a kill has torn, and nothing else", () => {
    const { url, left } = backend({
      "prod.json": "",
      "prod.json.attrs": "",
      "prod.json.bak.attrs": '{"md5":',
      "prod.json.gz.attrs": '{"md5":"x"}',
      "prod-2.json.attrs": "",
    });
    const gone = removeTornAttributes("prod", url).map((file) => file.split("/").at(-1));
    assert.deepEqual(gone.sort(), ["prod.json.attrs", "prod.json.bak.attrs"]);
    assert.deepEqual(left(), ["prod-2.json.attrs", "prod.json", "prod.json.gz.attrs"]);
  });

  it("has nothing to do with a backend that it cannot look into, or one that is empty", () => {
    assert.deepEqual(removeTornAttributes("prod", "s3://bucket"), []);
    assert.deepEqual(removeTornAttributes("prod", `file://${scratch()}/nothing`), []);
    assert.equal(stackLocks("prod", "s3://bucket"), undefined);
    assert.deepEqual(stackLocks("prod", `file://${scratch()}/nothing`), []);
  });
});
