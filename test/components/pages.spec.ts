/** Every component has a page that says what it makes, and tests. A page that leaves a resource out misleads. */
import assert from "node:assert/strict";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import type { ClusterInput } from "../../config/schema";
import type { Registered } from "../support/mocks";
import { deployCluster, production, usual } from "./support";

const root = join(__dirname, "../..");
const pages = join(root, "docs/components");

/** Helpers of one component, told on its page. */
const TOLD_ON: Readonly<Record<string, string>> = { instanceDisks: "machine", serverGroup: "nodePool" };

const nouns = readdirSync(join(root, "components"))
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -".ts".length));

const pageOf = (noun: string) => readFileSync(join(pages, `${TOLD_ON[noun] ?? noun}.md`), "utf8");

/** `opencenter:network:ApiEndpoint` is the page `apiEndpoint`. */
function nounOf({ type }: Registered): string {
  const name = type.split(":").at(-1) ?? "";
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/** How a page names a type: `networking.Port`, `tls.PrivateKey`, or a provider's whole token. */
function shortType(type: string): string {
  if (type.startsWith("pulumi:providers:")) return type;
  const [plugin = "", path = "", name = ""] = type.split(":");
  const module = path.split("/")[0] ?? "";
  return `${module === "index" ? plugin : module}.${name}`;
}

describe("pages of components", () => {
  it("are there for every file, and so are its tests", () => {
    assert.ok(nouns.length > 10);
    for (const noun of nouns) {
      assert.ok(
        existsSync(join(pages, `${TOLD_ON[noun] ?? noun}.md`)),
        `docs/components/${noun}.md is missing`,
      );
      assert.ok(pageOf(noun).includes(`${noun}.ts\``), `no page names ${noun}.ts`);
      assert.ok(existsSync(join(__dirname, `${noun}.spec.ts`)), `test/components/${noun}.spec.ts is missing`);
    }
  });

  it("are about something that is there", () => {
    for (const page of readdirSync(pages)) assert.ok(nouns.includes(page.replace(/\.md$/, "")), page);
  });

  const kubeVip: ClusterInput = { ...usual, apiEndpoint: { type: "kube-vip" } };
  for (const [title, settings] of [
    ["a production cluster", production],
    ["kube-vip", kubeVip],
  ] as const) {
    it(`name everything that their component makes (${title})`, async () => {
      const deployment = await deployCluster(settings);
      for (const resource of deployment.resources) {
        if (!resource.custom) {
          assert.ok(pageOf(nounOf(resource)).includes(resource.type), `no page names ${resource.type}`);
          continue;
        }
        const parent = nounOf(deployment.withUrn(resource.parent));
        const type = shortType(resource.type);
        assert.ok(pageOf(parent).includes(type), `docs/components/${parent}.md does not name ${type}`);
      }
    });
  }
});
