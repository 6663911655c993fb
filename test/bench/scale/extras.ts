/** What is measured beside the comparison: the program's own start, the command line, the engine by itself. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { projectRoot } from "../../../sandbox/workspace";
import type { Bed } from "./bed";
import { type CommandUsage, runMeasured } from "./processes";
import type { Size } from "./size";

/** Imports of the program as the SDK's runner makes them; no engine. */
const START =
  'require("source-map-support/register"); require("@pulumi/pulumi/runtime/stack"); require("./index.ts")';

export function programStart(): Promise<CommandUsage> {
  return succeed(
    runMeasured(process.execPath, ["--require=./runner/typescript.cjs", "--eval", START], {
      cwd: projectRoot,
      env: process.env,
    }),
  );
}

async function succeed(work: Promise<CommandUsage>): Promise<CommandUsage> {
  const usage = await work;
  if (usage.code !== 0) throw new Error(usage.output.slice(-4000));
  return usage;
}

/** `npx opencenter validate` of a stack of this size, in a process that has nothing loaded. */
export async function validate(size: Size): Promise<CommandUsage> {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-bench-"));
  try {
    mkdirSync(join(folder, "stacks"));
    writeFileSync(join(folder, "Pulumi.yaml"), "name: opencenter\nruntime: nodejs\nstackConfigDir: stacks\n");
    const file = join(folder, "stacks", `Pulumi.${size.stack}.yaml`);
    writeFileSync(file, stringify(size.stackFile("sandbox")));
    const args = [join(projectRoot, "cli/opencenter.mjs"), "validate", size.stack];
    return await succeed(runMeasured(process.execPath, args, { cwd: folder, env: process.env }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** The preview of a program that has nothing but as many ports and servers. */
export async function barePreview({ session }: Bed, nodes: number, parallel: number): Promise<CommandUsage> {
  const cwd = join(__dirname, "bare");
  const config = join(session.workspace.directory, "bare.yaml");
  writeFileSync(config, "config: {}\n");
  const env = {
    ...process.env,
    ...session.pulumi.environment,
    PULUMI_STACK: "bare",
    PULUMI_OPTION_CONFIG_FILE: config,
    OPENCENTER_BENCH_NODES: String(nodes),
  };
  const run = (...args: string[]) =>
    runMeasured(session.toolchain.pulumi, [...args, "--non-interactive"], { cwd, env });
  const made = await run("stack", "select", "--create", "bare");
  if (made.code !== 0) throw new Error(made.output);
  return succeed(run("preview", "--parallel", String(parallel)));
}

/** The same work each time: how far apart its times are is what the machine adds to every other number. */
export function calibrate(): Promise<CommandUsage> {
  const work =
    'const { createHash } = require("node:crypto"); let x = "x"; for (let i = 0; i < 3e5; i++) x = createHash("sha256").update(x).digest("hex")';
  return succeed(runMeasured(process.execPath, ["--eval", work], { cwd: projectRoot, env: process.env }));
}
