import { type ChildProcess, spawn, type StdioOptions } from "node:child_process";

/** A process to start: Node.js with these arguments. */
export interface NodeCommand {
  readonly args: readonly string[];
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
}

/** How a child ended: its exit code, or the signal that ended it. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
}

/** How long a child may take to leave after SIGTERM. */
const GRACE_MS = 3_000;
/** How often the host looks whether the CLI that started it still lives. */
const ORPHAN_CHECK_MS = 1_000;

/**
 * The programs and plugins that this host has started.
 *
 * Children stay in the host's process group: the CLI ends that whole group, so nothing survives even a host that was
 * killed with SIGKILL.
 */
export class Children {
  private readonly running = new Set<ChildProcess>();

  start(command: NodeCommand, stdio: StdioOptions): ChildProcess {
    const child = spawn(process.execPath, [...command.args], {
      cwd: command.cwd,
      env: command.env,
      stdio,
    });
    this.running.add(child);
    child.once("close", () => this.running.delete(child));
    child.once("error", () => this.running.delete(child));
    return child;
  }

  /** Asks a child to leave, and makes it leave after a while. */
  stop(child: ChildProcess): void {
    child.kill("SIGTERM");
    const timer = setTimeout(() => child.kill("SIGKILL"), GRACE_MS);
    child.once("close", () => clearTimeout(timer));
  }

  stopAll(): void {
    for (const child of this.running) this.stop(child);
  }

  /**
   * Ends the host and all it started: children first, then what they left in the process group.
   *
   * @param exitCode what the host exits with
   */
  async shutDown(exitCode: number): Promise<never> {
    const left = [...this.running].map(
      (child) => new Promise<void>((resolve) => child.once("close", () => resolve())),
    );
    this.stopAll();
    await Promise.all(left);
    killOwnProcessGroup();
    process.exit(exitCode);
  }

  /** Leaves when the CLI is gone: a CLI that was killed can tell nobody, and its program would run on for ever. */
  watchParent(): void {
    const parent = process.ppid;
    setInterval(() => {
      if (process.ppid !== parent) void this.shutDown(1);
    }, ORPHAN_CHECK_MS).unref();
  }
}

/** Resolves when the child has ended and its output is complete; rejects when it could not start. */
export function ended(child: ChildProcess): Promise<Ending> {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}

/** Grandchildren that a program left behind share the group only when the CLI made the host its leader. */
function killOwnProcessGroup(): void {
  try {
    process.kill(-process.pid, "SIGKILL");
  } catch {
    // Not the leader: the group is somebody else's, and not ours to end.
  }
}
