/** Commands as a user types them, watched and, where the test is about that, stopped in the middle. */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { projectRoot } from "../../../sandbox/workspace";

export interface Finished {
  readonly code: number | null;
  readonly output: string;
}

export interface StopOrder {
  readonly signal: "SIGINT" | "SIGKILL";
  /** Sent when so many lines match; or, for what Pulumi shows on a terminal only, when something is so. */
  readonly when: { readonly lines: number; readonly match: RegExp } | (() => boolean);
}

const POLL_MS = 200;
/** No command of a test takes that long: one that waits for something that never comes must not stop CI. */
const LIMIT_MS = 10 * 60_000;

/** Runs a command to its end, or to the point at which it is told to stop. */
export function runToEnd(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  stop?: StopOrder,
  cwd = projectRoot,
  limitMs = LIMIT_MS,
): Promise<Finished & { readonly stopped: boolean; readonly hung: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let [output, seen, stopped, hung] = ["", 0, false, false];
    const order = (signal: NodeJS.Signals) => {
      stopped = true;
      child.kill(signal);
    };
    const onLine = (line: string) => {
      output += `${line}\n`;
      if (stop === undefined || stopped || typeof stop.when === "function" || !stop.when.match.test(line))
        return;
      seen += 1;
      if (seen >= stop.when.lines) order(stop.signal);
    };
    const limit = setTimeout(() => {
      hung = true;
      output += `\nended by the test after ${limitMs / 1000} s\n`;
      child.kill("SIGKILL");
    }, limitMs);
    const poll = setInterval(() => {
      if (stop && !stopped && typeof stop.when === "function" && stop.when()) order(stop.signal);
    }, POLL_MS);
    createInterface({ input: child.stdout }).on("line", onLine);
    createInterface({ input: child.stderr }).on("line", onLine);
    child.on("error", reject);
    // "exit" and not "close": after a kill -9, plugins may hold the pipes open for a while.
    child.on("exit", (code) => {
      clearTimeout(limit);
      clearInterval(poll);
      setTimeout(() => resolve({ code, output, stopped, hung }), 200);
    });
  });
}

/** `npx opencenter …`, without npx's own start. */
export function opencenter(
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
  { stop, cwd }: { readonly stop?: StopOrder; readonly cwd?: string } = {},
) {
  const all = { ...process.env, NO_COLOR: "1", ...env };
  return runToEnd(process.execPath, [join(projectRoot, "cli/opencenter.mjs"), ...args], all, stop, cwd);
}

/** The tour is ten commands in one. */
const SANDBOX_LIMIT_MS = 40 * 60_000;

/** `npm run sandbox -- …`, without npm's own start. */
export function sandbox(directory: string, ...args: string[]) {
  const command = [join(projectRoot, "sandbox/start.mjs"), "--dir", directory, ...args];
  const env = { ...process.env, NO_COLOR: "1" };
  return runToEnd(process.execPath, command, env, undefined, projectRoot, SANDBOX_LIMIT_MS);
}
