/** Every component has a page and tests of the same name, and its page says so when it holds something protected. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { deployCluster, production } from "./support";

const root = join(__dirname, "../..");
const folder = join(root, "docs/components");

/** Helpers of one component, told on its page. */
const TOLD_ON: Readonly<Record<string, string>> = {
  commands: "kubernetes",
  instanceDisks: "machine",
  nodeTable: "cluster",
  serverGroup: "nodePool",
};

const nouns = readdirSync(join(root, "components"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));

const pages = readdirSync(folder).filter((file) => file !== "README.md");

/** Files that a page links to; web addresses and places in the page itself are not files. */
function linksOf(page: string): string[] {
  const text = readFileSync(join(folder, page), "utf8");
  return [...text.matchAll(/\]\(([^)#]+)[^)]*\)/g)]
    .map((match) => match[1] ?? "")
    .filter((link) => !/^https?:/.test(link));
}

/** `opencenter:network:ApiEndpoint` is the page `apiEndpoint.md`. */
function pageOf(type: string): string {
  const name = type.split(":").at(-1) ?? "";
  return `${name.charAt(0).toLowerCase()}${name.slice(1)}.md`;
}

describe("pages of components", () => {
  it("are there for every file, and so are its tests", () => {
    assert.ok(nouns.length > 10);
    for (const noun of nouns) {
      assert.ok(pages.includes(`${TOLD_ON[noun] ?? noun}.md`), `docs/components/${noun}.md is missing`);
      assert.ok(existsSync(join(__dirname, `${noun}.spec.ts`)), `test/components/${noun}.spec.ts is missing`);
    }
  });

  it("are about something that is there, and listed", () => {
    const listed = linksOf("README.md");
    for (const page of pages) {
      assert.ok(nouns.includes(page.replace(/\.md$/, "")), `${page} is about nothing in components/`);
      assert.ok(listed.includes(page), `docs/components/README.md does not list ${page}`);
    }
  });

  it("lead nowhere but to files", () => {
    for (const page of ["README.md", ...pages])
      for (const link of linksOf(page)) assert.ok(existsSync(join(folder, link)), `${page} links to ${link}`);
  });

  it("say what is protected where something is", async () => {
    const { resources } = await deployCluster(production);
    const holders = new Set(
      resources
        .filter(({ custom, protect }) => custom && protect)
        .map(({ parent }) => resources.find(({ urn }) => urn === parent)?.type ?? ""),
    );
    assert.ok(holders.size > 3);
    for (const type of holders) {
      const [, section = ""] = readFileSync(join(folder, pageOf(type)), "utf8").split(
        "## Protected in production",
      );
      assert.doesNotMatch(section, /^\s*(Nothing\b|$)/, `${pageOf(type)} does not say what is protected`);
    }
  });
});
