/** From measurements to tables. */
import { allOf } from "./calls";
import type { Measurement } from "./run";

export interface Spread {
  readonly min: number;
  readonly median: number;
  readonly max: number;
}

export function spreadOf(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = sorted.length >> 1;
  const median = sorted.length % 2 === 1 ? sorted[middle]! : (sorted[middle - 1]! + sorted[middle]!) / 2;
  return { min: sorted[0]!, median, max: sorted.at(-1)! };
}

const digits = (value: number) => value.toFixed(value < 10 ? 2 : value < 100 ? 1 : 0);

/** The median, and the others where they differ. */
export function told(values: readonly number[]): string {
  const { min, median, max } = spreadOf(values);
  if (values.every(Number.isInteger) && min === max) return String(median);
  return values.length === 1 ? digits(median) : `${digits(median)} (${digits(min)}–${digits(max)})`;
}

/** Turn by turn, since what disturbs one turn disturbs both tools. */
function ratios(
  ours: readonly Measurement[],
  theirs: readonly Measurement[],
  of: (one: Measurement) => number,
) {
  return ours.slice(0, theirs.length).map((one, index) => of(one) / of(theirs[index]!));
}

function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(" | ")} |`;
  return [line(head), line(head.map(() => "---")), ...rows.map(line)].join("\n");
}

const keyOf = ({ nodes, operation }: Measurement) => `${nodes}\n${operation}`;

function grouped(measurements: readonly Measurement[]): Measurement[][] {
  const groups = new Map<string, Measurement[]>();
  for (const one of measurements) groups.set(keyOf(one), [...(groups.get(keyOf(one)) ?? []), one]);
  return [...groups.values()];
}

/** Wall and processor time, memory and calls of both, and the ratios. */
export function comparison(measurements: readonly Measurement[], ours: string, theirs: string): string {
  const rows = grouped(measurements).map((group) => {
    const [mine, other] = [ours, theirs].map((name) => group.filter(({ side }) => side === name));
    const show = (of: (one: Measurement) => number) => [
      mine!.length === 0 ? "" : told(mine!.map(of)),
      other!.length === 0 ? "" : told(other!.map(of)),
      mine!.length === 0 || other!.length === 0 ? "" : told(ratios(mine!, other!, of)),
    ];
    const { nodes, operation } = group[0]!;
    return [
      String(nodes),
      operation,
      ...show(({ seconds }) => seconds),
      ...show(({ cpuSeconds }) => cpuSeconds),
      ...show(({ mebibytes }) => mebibytes).slice(0, 2),
      ...show(({ calls }) => allOf(calls)).slice(0, 2),
      ...show(({ simulatorCpuSeconds }) => simulatorCpuSeconds).slice(0, 1),
    ];
  });
  const both = (what: string) => [`${what}: ${ours}`, theirs];
  return markdown(
    [
      "nodes",
      "what",
      ...both("wall, s"),
      "ratio",
      ...both("CPU, s"),
      "ratio",
      ...both("MiB"),
      ...both("calls"),
      "simulator, CPU s",
    ],
    rows,
  );
}

/** Where it goes: processor time and memory of each process of one tool. */
export function byProcess(measurements: readonly Measurement[], side: string): string {
  const rows = grouped(measurements.filter((one) => one.side === side)).map((group) => {
    const names = [...new Set(group.flatMap(({ processes }) => processes.map(({ name }) => name)))];
    const cells = names.map((name) => {
      const of = (key: "cpuSeconds" | "mebibytes") =>
        spreadOf(group.map(({ processes }) => processes.find((one) => one.name === name)?.[key] ?? 0)).median;
      return {
        text: `${name} ${digits(of("cpuSeconds"))} s, ${of("mebibytes").toFixed(0)} MiB`,
        cpu: of("cpuSeconds"),
      };
    });
    const shown = cells.filter(({ cpu }) => cpu >= 0.05).sort((a, b) => b.cpu - a.cpu);
    return [String(group[0]!.nodes), group[0]!.operation, shown.map(({ text }) => text).join("; ")];
  });
  return markdown(["nodes", "what", "processor time and highest memory of each process"], rows);
}

/** What the cloud was asked, by kind of call: of both tools, side by side. */
export function byCall(measurements: readonly Measurement[], ours: string, theirs: string): string {
  const rows = grouped(measurements).flatMap((group) => {
    const { nodes, operation } = group[0]!;
    const kinds = [...new Set(group.flatMap(({ calls }) => Object.keys(calls)))].sort();
    return kinds.map((kind) => {
      const counts = [ours, theirs].map((name) => {
        const own = group.filter(({ side }) => side === name);
        return own.length === 0 ? "" : told(own.map(({ calls }) => calls[kind] ?? 0));
      });
      return [String(nodes), operation, kind, ...counts];
    });
  });
  return markdown(["nodes", "what", "call", ours, theirs], rows);
}

/** Growth per node between sizes: the same number in each row is a straight line. */
export function growth(measurements: readonly Measurement[], side: string): string {
  const own = grouped(measurements.filter((one) => one.side === side));
  const rows = own.flatMap((group) => {
    const { nodes, operation } = group[0]!;
    const smaller = own.filter(([one]) => one!.operation === operation && one!.nodes < nodes).at(-1);
    if (smaller === undefined) return [];
    const more = nodes - smaller[0]!.nodes;
    const per = (of: (one: Measurement) => number) =>
      (spreadOf(group.map(of)).median - spreadOf(smaller.map(of)).median) / more;
    return [
      [
        operation,
        `${smaller[0]!.nodes} → ${nodes}`,
        (per(({ seconds }) => seconds) * 1000).toFixed(0),
        (per(({ cpuSeconds }) => cpuSeconds) * 1000).toFixed(0),
        per(({ mebibytes }) => mebibytes).toFixed(2),
        per(({ calls }) => allOf(calls)).toFixed(1),
      ],
    ];
  });
  rows.sort(([a], [b]) => (a === b ? 0 : a! < b! ? -1 : 1));
  return markdown(["what", "nodes", "wall, ms a node", "CPU, ms a node", "MiB a node", "calls a node"], rows);
}
