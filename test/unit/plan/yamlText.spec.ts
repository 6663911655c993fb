import assert from "node:assert/strict";
import fc from "fast-check";
import { parse } from "yaml";
import { type YamlOptions, yamlText } from "../../../plan/yamlText";

const READERS: readonly YamlOptions[] = [
  { lineWidth: 0, compat: "yaml-1.1" },
  { lineWidth: 0, version: "1.1" },
  { blockQuote: false },
];

describe("YAML text", () => {
  const same = (text: string) => {
    for (const options of READERS) {
      const written = { value: text, list: [text], nested: { [`key${text.length}`]: text } };
      assert.deepEqual(parse(yamlText(written, options), options), written, JSON.stringify(options));
    }
  };

  for (const text of [" \n", "  \n", " \n\n", "\n", "\n \n", " \n ", "\t\n", "yes", "1.30", "a\n \n"])
    it(`reads ${JSON.stringify(text)} back`, () => same(text));

  it("reads any text back", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom(..." \n\t#-:a'\"") }), same), { numRuns: 2_000 });
  });

  it("is the library's own text otherwise", () => {
    assert.equal(yamlText({ a: "one\ntwo\n", b: ["x"] }, {}), "a: |\n  one\n  two\nb:\n  - x\n");
  });
});
