/** The simulated cloud as a process of its own, which outlives the command that started it. */
import { spawn } from "node:child_process";
import { existsSync, openSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { isAlive } from "../runner/supervisor/processTree.mjs";
import { endpointsFile } from "./kubernetes";
import { projectRoot, type Workspace } from "./workspace";

/** A machine that is busy with other things takes its time to start a program. */
const START_LIMIT_MS = 120_000;
const POLL_MS = 100;
const SIMULATOR = join(projectRoot, "sandbox/openstack/main.ts");

function readIfThere(path: string): string | undefined {
  return existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
}

/** Address of the running simulator of a workspace; undefined when it does not answer. */
export async function runningCloud(workspace: Workspace): Promise<string | undefined> {
  const address = readIfThere(workspace.simulator.address);
  if (address === undefined) return undefined;
  try {
    const answer = await fetch(`${address}/_sandbox/health`, { signal: AbortSignal.timeout(2000) });
    return answer.ok ? address : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Starts the simulator, or finds it running. `port` is only needed when something else must know it beforehand:
 * without it any free one is taken, so that a port in use is never a reason to fail. `program` may be another one that
 * speaks like the simulator's.
 */
export async function startCloud(workspace: Workspace, port = 0, program = SIMULATOR): Promise<string> {
  const running = await runningCloud(workspace);
  if (running !== undefined) return running;
  const files = workspace.simulator;
  rmSync(files.address, { force: true });
  const output = openSync(workspace.log("cloud"), "a", 0o600);
  const flags = { state: files.state, port: String(port), "pid-file": files.pid, log: files.log };
  const args = Object.entries(flags).flatMap(([name, value]) => [`--${name}`, value]);
  const main = [program, ...args];
  const extra = [
    ...["--address-file", files.address],
    ...["--clouds-yaml", workspace.cloudsYaml],
    ...["--endpoints", endpointsFile(workspace.kubernetes)],
  ];
  const child = spawn(process.execPath, ["--require=./runner/typescript.cjs", ...main, ...extra], {
    cwd: projectRoot,
    detached: true,
    stdio: ["ignore", output, output],
  });
  let exited = false;
  child.on("exit", () => (exited = true));
  child.unref();
  const deadline = Date.now() + START_LIMIT_MS;
  while (Date.now() < deadline && !exited) {
    const address = await runningCloud(workspace);
    if (address !== undefined) return address;
    await sleep(POLL_MS);
  }
  const said = readIfThere(workspace.log("cloud"))?.split("\n").slice(-5).join("\n");
  throw new Error(`the simulated cloud did not start:\n${said ?? "(it said nothing)"}`);
}

/** Stops the simulator that this workspace started; its state file stays. */
export async function stopCloud(workspace: Workspace): Promise<void> {
  const pid = Number(readIfThere(workspace.simulator.pid));
  // Ours only while it answers at the address that it wrote: pids are used again.
  if (!Number.isInteger(pid) || pid <= 0 || (await runningCloud(workspace)) === undefined) return;
  process.kill(pid, "SIGTERM");
  for (let waited = 0; isAlive(pid) && waited < 10_000; waited += POLL_MS) await sleep(POLL_MS);
  rmSync(workspace.simulator.address, { force: true });
}
