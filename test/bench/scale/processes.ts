/** What a command and all that it starts take: processor time of the whole, memory of each. Read from /proc. */
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename } from "node:path";

/** Short enough to see what lives for a blink, long enough not to be a load itself. */
const SAMPLE_MS = 100;
const PAGE_KIB = 4;
/** Of the kernel's clock, in which it counts processor time. */
const TICKS_PER_SECOND = 100;
const MEBI = 1024;

/** Of one process, or of all processes of one kind. */
export interface ProcessUsage {
  readonly name: string;
  cpuSeconds: number;
  /** At its highest. */
  mebibytes: number;
}

export interface CommandUsage {
  readonly code: number;
  readonly output: string;
  readonly seconds: number;
  /** User and system, of all processes. */
  readonly cpuSeconds: number;
  /** Resident memory of all processes at the worst moment; shared pages count once for each. */
  readonly mebibytes: number;
  /** The hungriest first. Processor time is that of the last sample, so a little of the end is missing. */
  readonly processes: readonly ProcessUsage[];
}

interface Stat {
  readonly pid: number;
  readonly parent: number;
  readonly cpuSeconds: number;
  /** Of children that ended and were waited for. */
  readonly childrenCpuSeconds: number;
  readonly mebibytes: number;
}

/** @returns undefined when the process is gone */
function statOf(pid: number): Stat | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The name before it is in parentheses and may hold spaces.
    const fields = text.slice(text.lastIndexOf(")") + 2).split(" ");
    const seconds = (first: number) => (Number(fields[first]) + Number(fields[first + 1])) / TICKS_PER_SECOND;
    return {
      pid,
      parent: Number(fields[1]),
      cpuSeconds: seconds(11),
      childrenCpuSeconds: seconds(13),
      mebibytes: (Number(fields[21]) * PAGE_KIB) / MEBI,
    };
  } catch {
    return undefined;
  }
}

/** Processor time that a process took until now, in seconds. */
export function cpuSecondsOf(pid: number): number {
  return statOf(pid)?.cpuSeconds ?? 0;
}

/** Whatever is started by node is told apart by what node runs. */
const PROGRAMS: readonly (readonly [RegExp, string])[] = [
  [/language-host|pulumi-language-nodejs/, "language host"],
  [/@pulumi\/pulumi\/cmd\/run/, "program (Node.js)"],
  [/plugins-(\w+)-main|pulumi-resource-(\w+)/, "plugin"],
  [/terraform-provider-openstack/, "provider openstack"],
  [/esbuild/, "esbuild of tsx"],
];

function nameOf(pid: number): string {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    const line = words.join(" ");
    for (const [pattern, name] of PROGRAMS) {
      const found = pattern.exec(line);
      if (found !== null) return [name, found[1] ?? found[2]].filter(Boolean).join(" ");
    }
    return basename(words[0] ?? "");
  } catch {
    return "";
  }
}

class Sampler {
  private readonly seen = new Map<number, ProcessUsage>();
  private highest = 0;

  constructor(private readonly root: number) {
    this.seen.set(root, { name: nameOf(root), cpuSeconds: 0, mebibytes: 0 });
  }

  sample(): void {
    const all = readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .map((name) => statOf(Number(name)))
      .filter((stat) => stat !== undefined);
    // Parents have smaller numbers than their children, but for the rare turn of the counter: the next sample has it.
    const ours = all.filter(
      ({ pid, parent }) => this.seen.has(pid) || this.seen.has(parent) || pid === this.root,
    );
    let sum = 0;
    for (const stat of ours) {
      this.note(stat);
      sum += stat.mebibytes;
    }
    this.highest = Math.max(this.highest, sum);
  }

  private note({ pid, cpuSeconds, mebibytes }: Stat): void {
    const known = this.seen.get(pid);
    const name = nameOf(pid) || known?.name || "";
    this.seen.set(pid, { name, cpuSeconds, mebibytes: Math.max(mebibytes, known?.mebibytes ?? 0) });
  }

  get peak(): number {
    return this.highest;
  }

  /** By name: what was started several times counts as one, with the memory of the largest. */
  byName(): ProcessUsage[] {
    const sums = new Map<string, ProcessUsage>();
    for (const { name, cpuSeconds, mebibytes } of this.seen.values()) {
      const sum = sums.get(name) ?? { name, cpuSeconds: 0, mebibytes: 0 };
      sum.cpuSeconds += cpuSeconds;
      sum.mebibytes = Math.max(sum.mebibytes, mebibytes);
      sums.set(name, sum);
    }
    return [...sums.values()].sort((a, b) => b.cpuSeconds - a.cpuSeconds);
  }
}

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** Runs a command to its end, whatever its exit code, and says what it took. */
export async function runMeasured(
  program: string,
  args: readonly string[],
  { cwd, env }: RunOptions,
): Promise<CommandUsage> {
  const before = statOf(process.pid)?.childrenCpuSeconds ?? 0;
  const started = performance.now();
  const child = spawn(program, [...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding("utf8").on("data", (text: string) => (output += text));
  const sampler = new Sampler(child.pid ?? 0);
  const timer = setInterval(() => sampler.sample(), SAMPLE_MS);
  const code = await new Promise<number>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (status) => resolve(status ?? -1));
  }).finally(() => clearInterval(timer));
  const seconds = (performance.now() - started) / 1000;
  const cpuSeconds = (statOf(process.pid)?.childrenCpuSeconds ?? 0) - before;
  return { code, output, seconds, cpuSeconds, mebibytes: sampler.peak, processes: sampler.byName() };
}
