import assert from "node:assert/strict";
import fc from "fast-check";
import { buildFolder } from "../../../gitops/compare/build";
import { escapeText } from "../../../gitops/render/escape";
import { mergeValues, valuesPatch } from "../../../gitops/render/values";
import { kustomizationFile, patchYaml, toYaml, yamlFile } from "../../../gitops/render/yaml";
import { skip } from "../../support/skip";
import { documents, kubectl, kustomize, NO_KUBECTL, substituted, writeTree } from "./renderSupport";

type Values = Record<string, unknown>;

const key = fc.constantFrom("a", "b", "a/b", "x~y", "on", "1e3", "$patch", "$retainKeys", "name");
const texts = fc.constantFrom(
  "on",
  "1e3",
  "0777",
  "12:30",
  "~",
  "",
  "a: b",
  "- x",
  "Über",
  "two\nlines\n",
  " x ",
  "null",
);
const scalar = fc.oneof(texts, fc.integer(), fc.boolean());

function arbitraryValues(nullable: boolean): fc.Arbitrary<Values> {
  const leaf = nullable ? fc.oneof(scalar, fc.constant(null)) : scalar;
  return fc.letrec<{ values: Values; item: unknown }>((tie) => ({
    values: fc.dictionary(key, tie("item"), { maxKeys: 4, noNullPrototype: true }),
    item: fc.oneof({ maxDepth: 3 }, leaf, fc.array(scalar, { maxLength: 2 }), tie("values")),
  })).values;
}

const pairs = fc.sample(
  fc.tuple(
    // A base of ours has no orders to kustomize and takes nothing away.
    arbitraryValues(false).map((values) => without$(values)),
    arbitraryValues(true),
  ),
  { numRuns: 200, seed: 20 },
);

function without$(values: Values): Values {
  const entries = Object.entries(values).filter(([name]) => !name.startsWith("$"));
  return Object.fromEntries(
    entries.map(([name, value]) => [
      name,
      typeof value === "object" && value !== null && !Array.isArray(value)
        ? without$(value as Values)
        : value,
    ]),
  );
}

/** A release with each pair's base, and an overlay with its override. */
function treeOf(all: readonly (readonly [Values, Values])[]): Map<string, string> {
  const files = new Map<string, string>();
  const object = (index: number, values: unknown) => ({
    apiVersion: "helm.toolkit.fluxcd.io/v2",
    kind: "HelmRelease",
    metadata: { name: `r${index}`, namespace: "default" },
    spec: { values },
  });
  for (const [index, [base, override]] of all.entries()) {
    const { merge, operations } = valuesPatch(base, override, ["spec", "values"]);
    const exact = { target: { kind: "HelmRelease", name: `r${index}` }, patch: patchYaml(operations) };
    const patches = [{ path: "values.yaml" }, ...(operations.length > 0 ? [exact] : [])];
    files.set(`${index}/release.yaml`, yamlFile(object(index, base)));
    files.set(`${index}/values.yaml`, yamlFile(object(index, merge)));
    files.set(`${index}/kustomization.yaml`, kustomizationFile({ resources: ["release.yaml"], patches }));
  }
  files.set("kustomization.yaml", kustomizationFile({ resources: all.map((_, index) => String(index)) }));
  return files;
}

describe("Helm values over a base", () => {
  it("merge by key, and replace everything else", () => {
    const base = { a: { b: 1, c: [1, 2] }, d: "x" };
    assert.deepEqual(mergeValues(base, { a: { c: [3] } }, { d: { e: null } }), {
      a: { b: 1, c: [3] },
      d: { e: null },
    });
    assert.deepEqual(base, { a: { b: 1, c: [1, 2] }, d: "x" });
  });

  it("are a strategic merge where that can say it", () => {
    assert.deepEqual(valuesPatch({ a: { b: 1 } }, { a: { b: 2 }, c: [1] }, ["spec", "values"]), {
      merge: { a: { b: 2 }, c: [1] },
      operations: [],
    });
  });

  it("take a chart's default away with null, which a strategic merge would swallow", () => {
    assert.deepEqual(valuesPatch({}, { "a/b": { c: null } }, ["spec", "values"]), {
      merge: { "a/b": {} },
      operations: [{ op: "add", path: "/spec/values/a~1b/c", value: null }],
    });
  });

  it("are to kustomize what they are to Helm", function () {
    this.timeout(60_000);
    const program = kubectl() ?? skip(this, NO_KUBECTL);
    const built = kustomize(program, writeTree(treeOf(pairs)));
    assert.equal(built.length, pairs.length);
    for (const { metadata, spec } of built) {
      const [base, override] = pairs[Number(metadata.name.slice(1))]!;
      assert.deepEqual(
        (spec as { values?: Values }).values ?? {},
        mergeValues(base, override),
        JSON.stringify([base, override]),
      );
    }
  });

  it("are to our own builder what they are to kustomize", () => {
    const tree = treeOf(pairs);
    for (const [index, [base, override]] of pairs.entries()) {
      const [release] = buildFolder(tree, String(index));
      assert.deepEqual((release?.spec as { values: Values }).values, mergeValues(base, override));
    }
  });
});

describe("text in generated files", () => {
  it("comes out of Flux as it went in", () => {
    const text = fc.string({ unit: fc.constantFrom(..."ab${}:-"), maxLength: 12 });
    fc.assert(
      fc.property(text, text, (one, other) => {
        const variables = { name: "value" };
        assert.equal(substituted(escapeText(one), variables), one);
        assert.equal(
          substituted(`\${name}${escapeText(one)}{${escapeText(other)}`, variables),
          `value${one}{${other}`,
        );
      }),
      { numRuns: 1000 },
    );
  });

  it("leaves a lone dollar alone", () => {
    assert.equal(escapeText("costs $5, ${x}"), "costs $5, $${x}");
  });

  it("is quoted where readers of YAML 1.1 see something else", () => {
    for (const text of [
      "on",
      "No",
      "y",
      "1e3",
      "0777",
      "12:30:45",
      "2024-01-01",
      "0x1F",
      "1_000",
      "~",
      "",
      ".inf",
    ])
      assert.match(toYaml({ text }), /^text: ["']/, text);
  });

  it("is in one order, and not folded", () => {
    const long = "word ".repeat(60).trim();
    assert.equal(
      toYaml({ z: 1, spec: { b: long, name: "it", a: undefined }, kind: "K", apiVersion: "v1" }),
      `apiVersion: v1\nkind: K\nspec:\n  name: it\n  b: ${long}\nz: 1\n`,
    );
    assert.equal(documents(yamlFile({ a: 1 }, { b: 2 })).length, 2);
  });
});
