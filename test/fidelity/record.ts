/**
 * Records the real services' answers again: `npx tsx test/fidelity/record.ts --clouds-yaml FILE [--cloud admin] [AREA…]`.
 * With `--simulator URL --compare`, shows how a running simulator differs.
 */
import { parseArgs } from "node:util";
import { realCloud, simulatedCloud } from "./clouds";
import { compare, explain } from "./compare";
import { readGolden, writeGolden } from "./golden";
import { AREAS, recordAreas } from "./scenario";

/** More at a time only wait for each other: the services run on the same machine. */
const LANES = 3;

async function run(): Promise<void> {
  const text = { type: "string" } as const;
  const { values, positionals } = parseArgs({
    options: { "clouds-yaml": text, cloud: text, simulator: text, compare: { type: "boolean" } },
    allowPositionals: true,
  });
  const file = values["clouds-yaml"];
  if (file === undefined && values.simulator === undefined) throw new Error("--clouds-yaml FILE is missing");
  const cloud =
    file === undefined ? await simulatedCloud(values.simulator ?? "") : await realCloud(file, values.cloud);
  const wanted = AREAS.filter(({ name }) => positionals.length === 0 || positionals.includes(name));
  try {
    await recordAreas(cloud, wanted, LANES, (area, steps) => {
      if (values.compare === true) console.log(explain(compare(readGolden(area) ?? [], steps)));
      else writeGolden(area, steps);
      console.log(`${area}: ${steps.length} calls`);
    });
  } finally {
    await cloud.close();
  }
}

run().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
