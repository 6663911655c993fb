import assert from "node:assert/strict";
import fc from "fast-check";
import { makeAgeIdentity } from "../../../../delivery/identity";
import { encryptDocument } from "../../../../delivery/seal/document";
import { planAge, unreadable } from "../../../../cli/rotate/age";

describe("the rotation of the age key", () => {
  it("begins with one generation, and goes on with two, or with a key that Flux still has", () => {
    assert.deepEqual(planAge({ generations: [1] }, 1), { old: [1], next: 2, underWay: false });
    assert.deepEqual(planAge({ generations: [1, 2] }, 1), { old: [1], next: 2, underWay: true });
    assert.deepEqual(planAge({ generations: [2] }, 2), { old: [], next: 2, underWay: true });
  });

  it("ends with one generation, wherever it was interrupted", () => {
    // The world after each step: what the file says, and how many keys Flux has.
    const path = [
      { generations: [3], keys: 1 },
      { generations: [3, 4], keys: 1 },
      { generations: [3, 4], keys: 2 },
      { generations: [4], keys: 2 },
    ];
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 }), (at) => {
        const { generations, keys } = path[at]!;
        assert.equal(planAge({ generations }, keys).next, 4);
      }),
    );
  });

  it("waits for every encrypted file of the cluster, and for no other cluster's", async () => {
    const [old, next] = await Promise.all([recipient(), recipient()]);
    const sealed = (whom: string) => encryptDocument({ stringData: { a: "b" } }, [whom]);
    const files = new Map([
      ["overlays/prod/secret-a.yaml", await sealed(old)],
      ["overlays/prod/secret-b.yaml", await sealed(next)],
      ["overlays/prod/values.yaml", "a: 1\n"],
      ["overlays/prod-2/secret.yaml", await sealed(old)],
    ]);
    assert.deepEqual(unreadable(files, "prod", next), ["overlays/prod/secret-a.yaml"]);
  });
});

async function recipient(): Promise<string> {
  return (JSON.parse(await makeAgeIdentity()) as { recipient: string }).recipient;
}
