import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { everyPath, nodeAt } from "../../../config/checking/schemaModel";
import { stackFileSchema } from "../../../config/jsonSchema";
import { references } from "../../../config/writeReference";

const root = join(__dirname, "../../..");

describe("reference", () => {
  it("is up to date; else run: npx tsx config/writeReference.ts", async () => {
    for (const [name, text] of await references()) {
      assert.equal(readFileSync(join(root, name), "utf8"), text, `${name} is stale`);
    }
  });

  it("has every key of the schema in a table", async () => {
    const page = (await references()).get("docs/configuration.md") ?? "";
    const keys = new Set(
      everyPath()
        .filter((path) => path.length > 1)
        .map((path) => String(path.at(-1))),
    );
    assert.ok(keys.size > 80, `${keys.size}`);
    for (const key of keys) assert.ok(page.includes(`| \`${key}\` `), `${key} is not in the page`);
  });

  it("has every key in the table of its mapping, whatever form that has", async () => {
    const page = (await references()).get("docs/configuration.md") ?? "";
    const told = new Set(
      page.split(/^## /m).flatMap((section) => {
        const title = (/^`([^`]+)`/.exec(section)?.[1] ?? "").replaceAll("[]", ".*").replace(/<name>/g, "*");
        const keys = [...section.matchAll(/^\| `([^`]+)` /gm)].map(([, key]) => key);
        return keys.map((key) => (title === "cluster" ? `${key}` : `${title}.${key}`));
      }),
    );
    const missing = everyPath()
      .filter(([root, ...path]) => root === "cluster" && path.length > 0 && path.at(-1) !== "*")
      .map(([, ...path]) => path.join("."))
      // Services with the same keys have one table.
      .filter((path) => !told.has(path) && !told.has(path.replace(/^services\.[^.]+/, "services.*")));
    assert.deepEqual(missing, []);
    assert.ok(told.has("gitops.flux.manifests.file") && told.has("gitops.flux.manifests.url"));
  });

  it("has a meaning for every key", () => {
    const silent = everyPath().filter(
      (path) => path.length > 1 && !path.includes("*") && nodeAt(path)?.description === undefined,
    );
    assert.deepEqual(silent, []);
  });

  it("rejects misspelled keys of ours and lets others pass", () => {
    const config = (stackFileSchema().properties as Record<string, { propertyNames: { anyOf: object[] } }>)[
      "config"
    ]!;
    const [others, own] = config.propertyNames.anyOf as [{ not: { pattern: string } }, { enum: string[] }];
    const accepts = (key: string) => !new RegExp(others.not.pattern).test(key) || own.enum.includes(key);
    assert.ok(accepts("opencenter:cluster") && accepts("pulumi:tags"));
    assert.ok(!accepts("opencenter:clstr"));
  });
});
