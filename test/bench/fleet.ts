/**
 * `npm run bench:fleet [-- 10 100 1000]`: what the verbs that CI runs for a whole fleet take with so many stack files, in
 * seconds and memory. Asks no cloud and no backend. The numbers of docs/fleets.md are from here.
 */
import { spawn } from "node:child_process";
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { table } from "../../cli/table";

const ROOT = join(__dirname, "..", "..");
const BIN = join(ROOT, "cli/opencenter.mjs");
const SIZES = [10, 100, 1000];

interface Usage {
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly mebibytes: number;
}

interface Measured {
  readonly what: string;
  readonly seconds: number;
  readonly cpuSeconds: number;
  /** Of the largest process. */
  readonly mebibytes: number;
  readonly processes: number;
}

class Fleet {
  readonly folder = mkdtempSync(join(tmpdir(), "opencenter-bench-"));
  readonly stacks: readonly string[];

  constructor(size: number) {
    this.stacks = Array.from({ length: size }, (_, index) => `c${String(index + 1).padStart(4, "0")}`);
    mkdirSync(join(this.folder, "stacks"));
    for (const file of ["Pulumi.yaml", "index.ts"]) copyFileSync(join(ROOT, file), join(this.folder, file));
    const example = readFileSync(join(ROOT, "stacks/Pulumi.production.yaml"), "utf8");
    for (const stack of this.stacks)
      writeFileSync(this.file(stack), example.replace("name: production", `name: ${stack}`));
  }

  file(stack: string): string {
    return join(this.folder, "stacks", `Pulumi.${stack}.yaml`);
  }

  /** A commit on a branch of its own, beside the one where nothing is changed. */
  async history(): Promise<void> {
    await this.git("init", "--quiet", "--initial-branch=main");
    await this.commit("all");
    await this.change("one-stack", this.file(this.stacks[0]!));
    await this.change("program", join(this.folder, "index.ts"));
  }

  private async change(branch: string, file: string): Promise<void> {
    await this.git("checkout", "--quiet", "-b", branch, "main");
    writeFileSync(file, `${readFileSync(file, "utf8")}\n`);
    await this.commit(branch);
  }

  private async commit(message: string): Promise<void> {
    await this.git("add", "--all");
    await this.git("-c", "user.name=b", "-c", "user.email=b@example.org", "commit", "--quiet", "-m", message);
  }

  private git(...args: string[]): Promise<number> {
    return run("git", args, this.folder, process.env);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function run(program: string, args: readonly string[], cwd: string, env: NodeJS.ProcessEnv): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, { cwd, env, stdio: ["ignore", "ignore", "inherit"] });
    child.once("error", reject);
    child.once("close", (code) =>
      code === 0 ? resolve(0) : reject(new Error(`${program} ${args.join(" ")}: exit code ${code}`)),
    );
  });
}

/** Runs the command once for each list of words, so many at a time. */
async function measure(
  what: string,
  { folder }: Fleet,
  calls: readonly (readonly string[])[],
  parallel = 1,
): Promise<Measured> {
  const notes = join(folder, "..", `opencenter-bench-usage-${process.pid}`);
  writeFileSync(notes, "");
  const env = { ...process.env, OPENCENTER_BENCH_USAGE: notes };
  const node = ["--require", join(__dirname, "usage.cjs"), BIN];
  const waiting = [...calls];
  const started = performance.now();
  const worker = async () => {
    for (let call = waiting.shift(); call !== undefined; call = waiting.shift())
      await run(process.execPath, [...node, ...call], folder, env);
  };
  await Promise.all(Array.from({ length: parallel }, worker));
  const seconds = (performance.now() - started) / 1000;
  const usages = readFileSync(notes, "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Usage);
  rmSync(notes);
  return {
    what,
    seconds,
    cpuSeconds: usages.reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0),
    mebibytes: Math.max(...usages.map(({ mebibytes }) => mebibytes)),
    processes: usages.length,
  };
}

async function measureFleet(size: number): Promise<Measured[]> {
  const fleet = new Fleet(size);
  const cores = availableParallelism();
  try {
    await fleet.history();
    return [
      await measure("fleet status --help", fleet, [["fleet", "status", "--help"]]),
      await measure("affected, one stack changed", fleet, [["affected", "main", "one-stack", "--json"]]),
      await measure("affected, the program changed", fleet, [["affected", "main", "program", "--json"]]),
      await measure("validate, one", fleet, [["validate", fleet.stacks[0]!]]),
      await measure(
        `validate of all, ${cores} at a time`,
        fleet,
        fleet.stacks.map((stack) => ["validate", stack]),
        cores,
      ),
    ];
  } finally {
    fleet.remove();
  }
}

async function main(): Promise<void> {
  const given = process.argv.slice(2).map(Number);
  const sizes = given.length > 0 ? given : SIZES;
  if (!sizes.every((size) => Number.isInteger(size) && size > 0)) throw new Error("sizes are whole numbers");
  const rows: string[][] = [];
  for (const size of sizes)
    for (const { what, seconds, cpuSeconds, mebibytes, processes } of await measureFleet(size)) {
      const numbers = [seconds.toFixed(2), cpuSeconds.toFixed(2), mebibytes.toFixed(0), String(processes)];
      rows.push([String(size), what, ...numbers]);
      process.stderr.write(`${rows.at(-1)!.join("\t")}\n`);
    }
  const head = ["STACKS", "WHAT", "SECONDS", "CPU SECONDS", "MIB OF ONE", "PROCESSES"];
  process.stdout.write(
    `\n${availableParallelism()} cores, Node.js ${process.versions.node}\n${table([head, ...rows])}\n`,
  );
}

main().catch((error: unknown) => {
  console.error(error);
  process.exitCode = 1;
});
