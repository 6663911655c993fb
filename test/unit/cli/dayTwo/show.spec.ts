import assert from "node:assert/strict";
import fc from "fast-check";
import { driftHtml } from "../../../../cli/drift/show/html";
import { driftJunit } from "../../../../cli/drift/show/junit";
import { driftText } from "../../../../cli/drift/show/text";
import type { DriftReport } from "../../../../cli/drift/report";
import { painter } from "../../../../cli/style";

const report = (text: string): DriftReport => ({
  organization: "acme",
  cluster: "prod",
  at: "2026-11-23T12:00:00.000Z",
  layers: [
    {
      layer: "cloud",
      looked: true,
      checked: 3,
      findings: [
        {
          layer: "cloud",
          code: "changed",
          subject: `Router ${text}`,
          id: text,
          message: text,
          differences: [{ path: text, expected: text }],
          repair: text,
        },
      ],
    },
    { layer: "nodes", looked: false, reason: text, hint: text },
    { layer: "platform", looked: true, checked: 2, findings: [] },
  ],
  ignored: [
    {
      finding: { layer: "cloud", code: "changed", subject: text, message: text, repair: "" },
      reason: text,
      until: "2027-01-01",
    },
  ],
});

/** What a reader of markup takes for the beginning of a tag, or of a reference that nobody wrote. */
const tagsOf = (markup: string) => [...markup.matchAll(/<\/?([a-zA-Z!?][a-z0-9]*)/g)].map(([, name]) => name);

describe("a drift report", () => {
  it("has the same marks in HTML and JUnit, whatever a name holds", () => {
    for (const show of [driftHtml, driftJunit]) {
      const expected = tagsOf(show(report("plain")));
      const text = fc.string({ unit: fc.constantFrom("<", ">", "&", '"', "'", "b", "/", "\u0001", "é") });
      fc.assert(fc.property(text, (one) => assert.deepEqual(tagsOf(show(report(one))), expected)));
    }
  });

  it("says everything in each form, and where nobody could look", () => {
    for (const show of [driftHtml, driftJunit, (one: DriftReport) => driftText(one, painter(false))]) {
      const shown = show(report("needle"));
      assert.ok(shown.split("needle").length >= 7, shown);
      assert.match(shown, /cloud[^]*nodes[^]*platform/);
    }
    const junit = driftJunit(report("x"));
    assert.match(junit, /name="cloud"[^>]* tests="1" failures="1" errors="0"/);
    assert.match(junit, /name="nodes"[^>]* failures="0" errors="1"/);
    assert.match(junit, /2 are as they should be/);
  });

  it("needs nothing from anywhere else", () => {
    assert.doesNotMatch(driftHtml(report("x")), /https?:|<script|<link|url\(/);
  });
});
