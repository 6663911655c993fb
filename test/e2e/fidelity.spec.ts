/** The recording that the simulator is held against says what real services say: it is made again, and compared. */
import assert from "node:assert/strict";
import { realCloud, type Cloud } from "../fidelity/clouds";
import { compare, explain } from "../fidelity/compare";
import { readGolden } from "../fidelity/golden";
import type { Recorded } from "../fidelity/normal";
import { AREAS, recordAreas } from "../fidelity/scenario";
import { skip } from "../support/skip";
import { RealCloud } from "./openstack/bed";

/** A clouds.yaml of real services other than the project's own, and its entry of an administrator. */
const CLOUDS_YAML = "OPENCENTER_REAL_CLOUDS_YAML";
const ADMIN = "OPENCENTER_REAL_ADMIN";

/** Areas side by side; more only wait for each other. */
const LANES = 3;

/** All of it is eight minutes, which a run has not; these are one, of services that are up in it anyway. */
const QUICK = ["dns", "objects", "quotas"];

describe("real OpenStack services beside their recording", function () {
  // Ten minutes where little else runs; the services wait for each other on two cores.
  this.timeout(2_400_000);
  const given = process.env[CLOUDS_YAML];
  const all = given !== undefined || process.env["OPENCENTER_REAL"] === "1";
  const asked = AREAS.filter(({ name }) => all || QUICK.includes(name));
  const recordings = new Map<string, readonly Recorded[]>();
  let cloud: Cloud | undefined;
  let services: RealCloud | undefined;

  before(async function () {
    if (given === undefined) services = await RealCloud.require(this);
    const file = given ?? services?.layout.cloudsYaml ?? "";
    cloud = await realCloud(file, process.env[ADMIN] ?? "admin");
    const started = Date.now();
    await recordAreas(cloud, asked, LANES, (area, steps) => {
      recordings.set(area, steps);
      console.log(`      ${area}: ${steps.length} calls, ${Math.round((Date.now() - started) / 1000)} s`);
    });
  });
  after(async () => {
    await cloud?.close();
    await services?.close();
  });

  for (const { name } of AREAS) {
    it(`answer as recorded: ${name}`, function () {
      if (!asked.some((area) => area.name === name))
        skip(this, "OPENCENTER_REAL=1 was not set: it asks for the whole recording beside the real services");
      const golden = readGolden(name);
      assert.ok(golden !== undefined, `${name} was never recorded: see docs/fidelity.md`);
      assert.equal(explain(compare(golden, recordings.get(name) ?? [])), "");
    });
  }
});
