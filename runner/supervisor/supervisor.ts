/** Programs that a run starts and that must not outlive it. */
import { type ChildProcess, spawn, type SpawnOptions } from "node:child_process";
import { join } from "node:path";
import { endTree } from "./processTree.mjs";

/** Exit code of a run that was told to stop, as shells have it for SIGINT. */
export const INTERRUPTED = 130;

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** One per run: starts programs in process groups of their own, and has them ended when the run ends. */
export class Supervisor {
  private readonly watchdog: ChildProcess;
  private readonly running = new Set<number>();
  private stopping = false;
  private readonly onSignal = (): void => void this.stop();

  constructor() {
    this.watchdog = spawn(process.execPath, [join(__dirname, "watchdog.mjs")], {
      detached: true,
      stdio: ["pipe", "ignore", "ignore"],
    });
    this.watchdog.unref();
    // A watchdog that died takes its pipe along; the run itself still ends its programs.
    this.watchdog.stdin?.on("error", () => {});
    for (const signal of SIGNALS) process.once(signal, this.onSignal);
  }

  /** Starts a program that is ended with the run. */
  start(command: string, args: readonly string[], options: SpawnOptions): ChildProcess {
    const child = spawn(command, [...args], { ...options, detached: true });
    const { pid } = child;
    if (pid === undefined) return child;
    this.running.add(pid);
    this.tell(`+${pid}`);
    child.once("exit", () => {
      this.running.delete(pid);
      this.tell(`-${pid}`);
    });
    return child;
  }

  /** Whether the run was told to stop: what fails afterwards failed because of that. */
  get interrupted(): boolean {
    return this.stopping;
  }

  private tell(line: string): void {
    this.watchdog.stdin?.write(`${line}\n`);
  }

  private async stop(): Promise<void> {
    if (this.stopping) return;
    this.stopping = true;
    await Promise.all([...this.running].map((pid) => endTree(pid)));
    process.exit(INTERRUPTED);
  }

  /** Lets the process end: nothing is running any more. */
  close(): void {
    for (const signal of SIGNALS) process.off(signal, this.onSignal);
    this.watchdog.stdin?.end();
  }
}
