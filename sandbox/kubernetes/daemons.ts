/** Programs that outlive the command that started them. */
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, openSync, closeSync, readFileSync, rmSync, existsSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { readJson, writeJson } from "./files";

const POLL_MS = 50;
/** How long a polite end may take: kube-apiserver waits much longer for whoever still watches. */
const STOP_LIMIT_MS = 3000;

/** A process, and when it began: the system gives the same pid to another one some day. */
interface Recorded {
  readonly pid: number;
  readonly began: string;
}

export interface DaemonOptions {
  readonly command: string;
  readonly args: readonly string[];
  /** Complete environment: a daemon that inherits everything keeps credentials of whoever started it first. */
  readonly env: Readonly<Record<string, string>>;
}

/** One program of a cluster, with its pid file and its log. */
export class Daemon {
  constructor(
    private readonly directory: string,
    readonly name: string,
  ) {}

  private get pidFile(): string {
    return join(this.directory, "run", `${this.name}.json`);
  }
  get log(): string {
    return join(this.directory, "log", `${this.name}.log`);
  }

  /** Its process id while it runs. */
  get pid(): number | undefined {
    const recorded = readJson<Recorded>(this.pidFile);
    return recorded !== undefined && beginningOf(recorded.pid) === recorded.began ? recorded.pid : undefined;
  }

  /** Starts it unless it runs. */
  async start({ command, args, env }: DaemonOptions): Promise<void> {
    if (this.pid !== undefined) return;
    mkdirSync(join(this.directory, "log"), { recursive: true, mode: 0o700 });
    closeSync(openSync(this.log, "a", 0o600));
    const pid = await startOrphan([this.log, command, ...args], this.directory, env);
    writeJson(this.pidFile, { pid, began: beginningOf(pid) ?? "" } satisfies Recorded);
  }

  /** Ends exactly the recorded process, and not what has its pid by now. */
  async stop(): Promise<void> {
    const { pid } = this;
    if (pid !== undefined) {
      process.kill(pid, "SIGTERM");
      await this.waitForEnd(STOP_LIMIT_MS);
      // Safe: what these programs keep is written before they answer.
      if (this.pid === pid) process.kill(pid, "SIGKILL");
      await this.waitForEnd(STOP_LIMIT_MS);
    }
    rmSync(this.pidFile, { force: true });
  }

  private async waitForEnd(limit: number): Promise<void> {
    for (let waited = 0; this.pid !== undefined && waited < limit; waited += POLL_MS) await sleep(POLL_MS);
  }

  /**
   * Waits until it answers.
   * @throws Error with the end of its log, when it ends or takes too long
   */
  async ready(answers: () => Promise<boolean>, limitMs: number): Promise<void> {
    const deadline = Date.now() + limitMs;
    while (!(await answers())) {
      if (this.pid === undefined) throw new Error(`${this.name} ended at its start:\n${this.lastLines()}`);
      if (Date.now() > deadline)
        throw new Error(`${this.name} is not ready after ${limitMs / 1000} s:\n${this.lastLines()}`);
      await sleep(POLL_MS);
    }
  }

  private lastLines(): string {
    return existsSync(this.log) ? readFileSync(this.log, "utf8").trim().split("\n").slice(-8).join("\n") : "";
  }
}

/**
 * By way of a shell that ends at once: whoever interrupts a playbook ends all its descendants, and a machine's programs
 * do not end with the Ansible that started them.
 */
async function startOrphan(
  words: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<number> {
  const script = 'log=$1; shift; "$@" >>"$log" 2>&1 </dev/null & echo $!';
  const shell = spawn("/bin/sh", ["-c", script, "sh", ...words], {
    cwd,
    detached: true,
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  const failed = once(shell, "error").then(([error]: Error[]) => Promise.reject(error!));
  return Number(await Promise.race([text(shell.stdout), failed]));
}

/**
 * When a process began, in the system's own count, field 22 of /proc/<pid>/stat; undefined when there is none, and for
 * one that ended but was not yet waited for.
 */
function beginningOf(pid: number): string | undefined {
  try {
    process.kill(pid, 0);
  } catch {
    return undefined;
  }
  if (!existsSync("/proc/self/stat")) return "unknown";
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return fields[0] === "Z" ? undefined : fields[19];
  } catch {
    return undefined;
  }
}
