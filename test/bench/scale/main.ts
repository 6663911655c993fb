/**
 * `npm run bench` (`-- --help` for its options): the program beside OpenTofu, on the same simulated cloud, with the same
 * provider. docs/benchmarks.md has what it found and how to read it.
 */
import { writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { parseArgs } from "node:util";
import { progress } from "../../../sandbox/progress";
import { isUsageError, UsageError, wholeNumber } from "../../../sandbox/usage";
import { Bed } from "./bed";
import { barePreview, calibrate, programStart, validate } from "./extras";
import { measureOne, measureSize, type Measurement } from "./run";
import { OPERATIONS, programSide, type Side, tofuSide } from "./sides";
import { Size } from "./size";
import { byCall, byProcess, comparison, growth, told } from "./summary";
import { ensureTofu, type TofuPrograms } from "./tofuToolchain";

const PROGRAM = "program";
/** With its Commands; they do not run in a preview. */
const WHOLE = "program, whole";

const USAGE = `npm run bench [-- OPTIONS]
  --sizes 3,30,300,1000   numbers of nodes
  --parallel 100          of both tools
  --reads 3               how often what changes nothing is run
  --cycles 1              how often the cluster is made and taken down
  --only preview,up       some of: ${OPERATIONS.join(", ")}
  --json FILE             every measurement, also of a run that is cut off
  --profile FOLDER        processor profiles of our side's engine, for go tool pprof; they make it slower
`;

function readArguments() {
  const { values } = parseArgs({
    options: {
      help: { type: "boolean", default: false },
      sizes: { type: "string", default: "3,30,300,1000" },
      parallel: { type: "string", default: "100" },
      reads: { type: "string", default: "3" },
      cycles: { type: "string", default: "1" },
      only: { type: "string", default: OPERATIONS.join(",") },
      json: { type: "string" },
      profile: { type: "string" },
    },
  });
  const unknown = values.only.split(",").filter((name) => !(OPERATIONS as readonly string[]).includes(name));
  if (unknown.length > 0) throw new UsageError(`there is no ${unknown.join(", ")}: ${OPERATIONS.join(", ")}`);
  return {
    help: values.help,
    operations: OPERATIONS.filter((name) => values.only.split(",").includes(name)),
    sizes: values.sizes.split(",").map((size) => new Size(wholeNumber(size, "--sizes"))),
    parallel: wholeNumber(values.parallel, "--parallel"),
    turns: { reads: wholeNumber(values.reads, "--reads"), cycles: wholeNumber(values.cycles, "--cycles") },
    json: values.json,
    profile: values.profile,
  };
}

type Options = ReturnType<typeof readArguments>;

async function measure(
  size: Size,
  tofu: TofuPrograms,
  { parallel, turns, operations, profile }: Options,
): Promise<Measurement[]> {
  const bed = await Bed.open(size);
  const { nodes } = size;
  try {
    const sides: Side[] = [
      programSide(PROGRAM, bed.session, { parallel, profile }),
      tofuSide(tofu, bed.session, size, bed.publicKeyFile(), parallel),
    ];
    const whole = programSide(WHOLE, bed.session, { parallel, whole: true });
    const beside: Measurement[] = [];
    for (let time = 0; time < turns.reads; time++) {
      const one = (side: string, operation: string, run: Parameters<typeof measureOne>[4]) =>
        measureOne(bed, nodes, side, operation, run).then((record) => beside.push(record));
      await one("machine", "the same work", calibrate);
      await one(PROGRAM, "program start", programStart);
      await one(PROGRAM, "validate", () => validate(size));
      await one("bare", "preview", () => barePreview(bed, nodes, parallel));
      await one(WHOLE, "preview", () => whole.run("preview"));
    }
    return [...beside, ...(await measureSize(bed, nodes, sides, operations, turns))];
  } finally {
    await bed.close();
  }
}

function report(measurements: readonly Measurement[], { parallel }: Options): string {
  const of = (side: string) => measurements.filter((one) => one.side === side);
  const compared = measurements.filter(({ side }) => side === PROGRAM || side === "OpenTofu");
  const noise = of("machine");
  return [
    `${availableParallelism()} cores, Node.js ${process.versions.node}, parallelism ${parallel} on both sides`,
    `the same work took ${told(noise.map(({ seconds }) => seconds))} s, ${told(noise.map(({ cpuSeconds }) => cpuSeconds))} s of a core`,
    comparison(compared, PROGRAM, "OpenTofu"),
    byCall(compared, PROGRAM, "OpenTofu"),
    byProcess(compared, PROGRAM),
    byProcess(compared, "OpenTofu"),
    growth(compared, PROGRAM),
    growth(compared, "OpenTofu"),
    comparison([...of(WHOLE), ...of("bare")], WHOLE, "bare"),
    byProcess(of(WHOLE), WHOLE),
    byProcess(of("bare"), "bare"),
  ].join("\n\n");
}

async function main(): Promise<void> {
  const options = readArguments();
  if (options.help) return void process.stdout.write(USAGE);
  const tofu = await ensureTofu(progress);
  const measurements: Measurement[] = [];
  for (const size of options.sizes) {
    measurements.push(...(await measure(size, tofu, options)));
    // After each: a run of an hour that is cut off has told something.
    if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(measurements));
  }
  process.stdout.write(`${report(measurements, options)}\n`);
}

main().catch((error: unknown) => {
  console.error(isUsageError(error) ? `${error.message}\n${USAGE}` : error);
  process.exitCode = 1;
});
