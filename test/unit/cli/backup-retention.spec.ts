/** Which sets may go, and their names. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { begunAt, setName } from "../../../cli/backup/names";
import { expired } from "../../../cli/backup/retention";
import { type BackupSet, newestComplete, type SetState } from "../../../cli/backup/sets";
import type { Skippable } from "../../../cli/backup/whole";

const NOW = new Date("2026-11-23T14:00:00Z");
const DAY = 86_400;

const set = (state: SetState, ageSeconds: number, index: number): BackupSet => {
  const made = new Date(NOW.getTime() - ageSeconds * 1_000);
  const manifest = { createdAt: made.toISOString() } as BackupSet["manifest"];
  const name = `prod-${index}`;
  return { name, state, begunAt: made, objects: [], ...(state === "complete" ? { manifest } : {}) };
};

const anySets = fc
  .array(
    fc.record({
      state: fc.constantFrom<SetState>("complete", "incomplete", "refused"),
      age: fc.integer({ min: 0, max: 90 * DAY }),
    }),
    { maxLength: 12 },
  )
  .map((drawn) =>
    [...drawn].sort((a, b) => b.age - a.age).map(({ state, age }, index) => set(state, age, index)),
  );

describe("backup: retention", () => {
  it("never takes the newest complete set, a refused one, or one that is young enough", () => {
    fc.assert(
      fc.property(anySets, fc.integer({ min: 1, max: 60 * DAY }), fc.boolean(), (sets, retention, dead) => {
        const goes = new Set(expired(sets, retention, NOW, dead, []).map(({ name }) => name));
        const last = newestComplete(sets);
        if (last !== undefined) assert.ok(!goes.has(last.name));
        for (const { name, state, begunAt: made } of sets) {
          const age = (NOW.getTime() - made.getTime()) / 1_000;
          if (state === "refused") assert.ok(!goes.has(name));
          if (state === "complete" && age <= retention) assert.ok(!goes.has(name));
          // And takes everything else: what nobody deletes fills the store.
          if (state === "complete" && age > retention && name !== last?.name) assert.ok(goes.has(name));
          if (state === "incomplete") assert.equal(goes.has(name), dead);
        }
      }),
    );
  });

  it("keeps the last set that has Velero's part whole, however many are made without it since", () => {
    const phases = ["Completed", "Completed", "PartiallyFailed", undefined, undefined];
    const sets = phases.map((phase, index): BackupSet => {
      const made = set("complete", (60 - index) * DAY, index);
      const parts = [{ part: "secrets" }];
      const manifest = { ...made.manifest, parts, ...(phase === undefined ? {} : { velero: { phase } }) };
      return { ...made, manifest: manifest as unknown as BackupSet["manifest"] };
    });
    const gone = (wanted: readonly Skippable[]) =>
      expired(sets, DAY, NOW, true, wanted).map(({ name }) => name);
    assert.deepEqual(gone(["velero", "secrets"]), ["prod-0", "prod-2", "prod-3"]);
    assert.deepEqual(gone(["secrets"]), ["prod-0", "prod-1", "prod-2", "prod-3"], "a cluster without Velero");
  });

  it("gives names that say when, and sort by it", () => {
    const name = setName("prod-eu", NOW);
    assert.equal(name, "prod-eu-20261123t140000z");
    assert.deepEqual(begunAt(name), NOW);
    for (const other of ["prod", "velero", "prod-20261123", "prod-20261399t140000z", "prod-20261123T140000Z"])
      assert.equal(begunAt(other), undefined, other);
  });
});
