/** The pages about rules, which must not drift from the rules. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import * as prettier from "prettier";
import { indexPage } from "../../policy/indexPage";
import { rules } from "../../policy/rules";
import { folder, sections } from "./examples";

/** Prettier breaks no lines of prose here, but it may escape and space. */
const words = (text: string) => text.replaceAll("\\", "").replace(/\s+/g, " ");

describe("pages of rules", () => {
  it("have a section for every rule, in its family, and none for others", () => {
    const wanted = rules.map(({ family, name }) => `${family}: ${name}`).sort();
    assert.deepEqual(
      sections()
        .map(({ family, name }) => `${family}: ${name}`)
        .sort(),
      wanted,
    );
  });

  it("say what the rules say: what holds, what to do, which settings there are", () => {
    const text = new Map(sections().map((section) => [section.name, words(section.text)]));
    for (const { name, summary, fix } of rules) {
      assert.ok(text.get(name)?.includes(words(summary)), `${name}: ${summary}`);
      assert.ok(text.get(name)?.includes(`Fix: ${words(fix)}`), `${name}: ${fix}`);
    }
  });

  it("are listed on a page that is made from the rules (npm run reference)", async () => {
    const file = join(folder, "README.md");
    const options = await prettier.resolveConfig(file);
    const fresh = await prettier.format(indexPage(rules), { ...options, parser: "markdown" });
    assert.equal(readFileSync(file, "utf8"), fresh);
  });

  it("name every rule once", () => {
    const names = rules.map(({ name }) => name);
    assert.equal(new Set(names).size, names.length);
    for (const name of names) assert.match(name, /^[a-z]+(-[a-z0-9]+)+$|^tagged$/);
  });
});
