/** The simulator answers call by call what the real services answered when they were recorded. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startSimulator, type Simulator } from "../../../sandbox/openstack/server";
import { withoutAccepted } from "../../fidelity/accepted";
import { simulatedCloud } from "../../fidelity/clouds";
import { compare, explain, type Difference } from "../../fidelity/compare";
import { readGolden } from "../../fidelity/golden";
import type { Recorded } from "../../fidelity/normal";
import { AREAS, recordAreas } from "../../fidelity/scenario";

describe("the simulator beside real OpenStack services", function () {
  // Seconds on an idle machine: asynchronous work takes the time that it takes for everybody else.
  this.timeout(180_000);
  const directory = mkdtempSync(join(tmpdir(), "opencenter-fidelity-"));
  const recordings = new Map<string, readonly Recorded[]>();
  let simulator: Simulator;

  before(async () => {
    simulator = await startSimulator({ stateFile: join(directory, "state") });
    const cloud = await simulatedCloud(simulator.url, (held) => simulator.store.hold(held));
    await recordAreas(cloud, AREAS, AREAS.length, (area, steps) => recordings.set(area, steps));
  });
  after(async () => {
    await simulator.close();
    rmSync(directory, { recursive: true });
  });

  function differencesOf(area: string): Difference[] {
    const golden = readGolden(area);
    assert.ok(golden !== undefined, `${area} was never recorded: see docs/fidelity.md`);
    return compare(golden, recordings.get(area) ?? []);
  }

  for (const { name } of AREAS) {
    it(`answers as they do: ${name}`, () => {
      const { left } = withoutAccepted(differencesOf(name));
      assert.equal(explain(left), "");
    });
  }

  it("accepts no difference that is none any more", () => {
    const { stale } = withoutAccepted(AREAS.flatMap(({ name }) => differencesOf(name)));
    assert.deepEqual(stale, []);
  });
});
