/** docs/operations/platform.md, as far as it says what the program renders. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { catalogue } from "../../../config/catalogue";
import { serviceDefinitions } from "../../../gitops/services";
import { platformNamespaces, policies } from "../../../gitops/services/kyvernoPolicies";

const page = readFileSync(join(__dirname, "../../../docs/operations/platform.md"), "utf8");

/** Cells of the rows that begin with a name in code. */
const rows = page
  .split("\n")
  .filter((line) => line.startsWith("| `platform-"))
  .map((line) => line.split("|").map((cell) => cell.trim().replaceAll("`", "")));

interface Policy {
  readonly metadata: { readonly name: string };
  readonly spec: { readonly validationActions: readonly string[] };
}

/** What an environment does with each policy, by name, in words of the page. */
function effects(environment: Parameters<typeof policies>[0]): Record<string, string> {
  const all = policies(environment) as unknown as Policy[];
  const words: Record<string, string> = { Deny: "refused", Audit: "reported" };
  return Object.fromEntries(
    all.map(({ metadata, spec }) => [metadata.name, words[spec.validationActions.join()] ?? "?"]),
  );
}

describe("the page about the platform", () => {
  it("has every policy, and says where it refuses", () => {
    const column = (index: number) => Object.fromEntries(rows.map((cells) => [cells[1], cells[index]]));
    assert.deepEqual(column(4), effects("production"));
    assert.deepEqual(column(4), effects("staging"));
    assert.deepEqual(column(5), effects("development"));
  });

  it("names each platform namespace that is of no service", () => {
    const ofServices = new Set(Object.values(catalogue).map(({ namespace }) => namespace));
    const others = platformNamespaces.filter((name) => !ofServices.has(name));
    for (const name of others) assert.ok(page.includes(`\`${name}\``), name);
  });

  it("names Secrets and keys that the services have", () => {
    const values = { password: () => "x" } as never;
    const passwords = [...page.matchAll(/\| `admin` \| `([^/`]+)\/([^`]+)`\s*\| `([^`]+)`/g)];
    assert.equal(passwords.length, 3);
    for (const [, namespace = "", name = "", key = ""] of passwords) {
      const found = Object.values(serviceDefinitions)
        .filter((definition) => catalogue[definition.name].namespace === namespace)
        .flatMap((definition) => definition.secrets?.({} as never) ?? [])
        .find((secret) => secret.name === name);
      assert.ok(found !== undefined, `${namespace}/${name}`);
      assert.ok(key in found.stringData(values, {} as never), `${name}: ${key}`);
    }
  });
});
