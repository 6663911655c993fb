/** The questions that end most of the tests on the engine: an answer that is none must not count as "nothing to do". */
import assert from "node:assert/strict";
import { cloudAgainstState } from "../../../sandbox/expectations";
import type { Pulumi } from "../../../sandbox/pulumi";

const URN = "urn:pulumi:soak::opencenter::openstack:networking/port:Port::soak-cp-1";

function answering(code: number, digest: object | string): Pulumi {
  const stdout = typeof digest === "string" ? digest : JSON.stringify(digest);
  const answer = { try: () => Promise.resolve({ code, stdout, output: stdout }) };
  return answer as unknown as Pulumi;
}

describe("a question about drift", () => {
  it("is answered by the changes, and reading is none", async () => {
    const steps = [
      { urn: URN, op: "update" },
      { urn: URN, op: "refresh" },
    ];
    const { clean, steps: told } = await cloudAgainstState(answering(1, { steps }));
    assert.equal(clean, false);
    assert.deepEqual(told, [
      { urn: URN, op: "update", name: "soak-cp-1", type: "openstack:networking/port:Port" },
    ]);
  });

  it("is answered by nothing where there is nothing", async () => {
    assert.deepEqual(await cloudAgainstState(answering(0, { steps: [{ urn: URN, op: "same" }] })), {
      clean: true,
      steps: [],
    });
  });

  const unanswered: readonly (readonly [string, number, object | string])[] = [
    ["a run that broke off at its first read", 1, { steps: [] }],
    ["a digest with an error", 0, { steps: [], diagnostics: [{ severity: "error", message: "EOF" }] }],
    ["plain words", 255, "error: no stack named 'soak' found"],
  ];
  for (const [what, code, digest] of unanswered)
    it(`is not answered by ${what}`, async () => {
      await assert.rejects(
        cloudAgainstState(answering(code, digest)),
        /pulumi refresh --preview-only failed/,
      );
    });
});
