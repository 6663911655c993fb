/** One size, both tools, turn by turn: A B A B. */
import type { Bed } from "./bed";
import type { Calls } from "./calls";
import type { CommandUsage, ProcessUsage } from "./processes";
import { type Operation, type Side } from "./sides";

/** What one command took. */
export interface Measurement {
  readonly nodes: number;
  readonly side: string;
  readonly operation: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly mebibytes: number;
  readonly processes: readonly ProcessUsage[];
  readonly calls: Calls;
  /** Of the simulator, meanwhile. */
  readonly simulatorCpuSeconds: number;
}

export interface Turns {
  /** How often what changes nothing is run. */
  readonly reads: number;
  /** How often the cluster is made and taken down. */
  readonly cycles: number;
}

/** Shown while it runs: the whole takes up to an hour. */
function tell({ nodes, side, operation, seconds, cpuSeconds, mebibytes }: Measurement): void {
  const numbers = `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of a core, ${mebibytes.toFixed(0)} MiB`;
  process.stderr.write(`${nodes} nodes, ${operation}, ${side}: ${numbers}\n`);
}

export async function measureOne(
  bed: Bed,
  nodes: number,
  side: string,
  operation: string,
  run: () => Promise<CommandUsage>,
): Promise<Measurement> {
  await bed.simulator.resetCounts();
  const before = bed.simulatorCpuSeconds();
  const { seconds, cpuSeconds, mebibytes, processes } = await run();
  const simulatorCpuSeconds = bed.simulatorCpuSeconds() - before;
  const calls = await bed.simulator.counts();
  const record = {
    nodes,
    side,
    operation,
    seconds,
    cpuSeconds,
    mebibytes,
    processes,
    calls,
    simulatorCpuSeconds,
  };
  tell(record);
  return record;
}

/**
 * A whole life of the cluster with each tool. Who begins alternates, so that what one leaves behind (caches, memory)
 * meets both.
 */
export async function measureSize(
  bed: Bed,
  nodes: number,
  sides: readonly Side[],
  operations: readonly Operation[],
  { reads, cycles }: Turns,
): Promise<Measurement[]> {
  const records: Measurement[] = [];
  let turn = 0;
  const both = async (operation: Operation) => {
    for (const side of turn++ % 2 === 0 ? sides : [...sides].reverse()) {
      records.push(await measureOne(bed, nodes, side.name, operation, () => side.run(operation)));
    }
  };
  for (let cycle = 0; cycle < cycles; cycle++)
    for (const operation of operations) {
      const changes = operation === "up" || operation === "destroy";
      for (let time = 0; time < (changes ? 1 : reads); time++) await both(operation);
    }
  return records;
}
