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
  /** Sent when `when` has been true of so many lines. */
  readonly signal: "SIGINT" | "SIGKILL";
  readonly lines: number;
  readonly when: RegExp;
}

/** Runs a command to its end, or to the point at which it is told to stop. */
export function runToEnd(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  stop?: StopOrder,
): Promise<Finished & { readonly stopped: boolean }> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { cwd: projectRoot, env, stdio: ["ignore", "pipe", "pipe"] });
    let [output, seen, stopped] = ["", 0, false];
    const onLine = (line: string) => {
      output += `${line}\n`;
      if (stop === undefined || stopped || !stop.when.test(line)) return;
      seen += 1;
      if (seen < stop.lines) return;
      stopped = true;
      child.kill(stop.signal);
    };
    createInterface({ input: child.stdout }).on("line", onLine);
    createInterface({ input: child.stderr }).on("line", onLine);
    child.on("error", reject);
    // "exit" and not "close": after a kill -9, plugins may hold the pipes open for a while.
    child.on("exit", (code) => setTimeout(() => resolve({ code, output, stopped }), 200));
  });
}

/** `npx opencenter …`, without npx's own start. */
export function opencenter(args: readonly string[], env: Readonly<Record<string, string | undefined>> = {}) {
  const all = { ...process.env, NO_COLOR: "1", ...env };
  return runToEnd(process.execPath, [join(projectRoot, "cli/opencenter.mjs"), ...args], all);
}

/** `npm run sandbox -- …`, without npm's own start. */
export function sandbox(directory: string, ...args: string[]) {
  const command = [join(projectRoot, "sandbox/start.mjs"), "--dir", directory, ...args];
  return runToEnd(process.execPath, command, { ...process.env, NO_COLOR: "1" });
}
