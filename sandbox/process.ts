/** Commands that the sandbox runs: their output goes to a log file, their last line to whoever waits. */
import { spawn } from "node:child_process";
import { createWriteStream, mkdirSync } from "node:fs";
import { dirname } from "node:path";
import { createInterface } from "node:readline";

export interface CommandResult {
  readonly code: number;
  /** Standard output and standard error as they came. */
  readonly output: string;
  readonly stdout: string;
}

export interface CommandOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** File that gets all output. */
  readonly log: string;
  /** Called with every line of output. */
  readonly onLine?: (line: string) => void;
  /** Shows the output as it comes too. @default false */
  readonly echo?: boolean;
  /** What it reads: for what must not be an argument. @default nothing */
  readonly stdin?: string;
  /** Stops the command as Ctrl-C would. */
  readonly signal?: AbortSignal;
}

/** Runs a command to its end; never throws for an exit code. */
export function runCommand(
  command: string,
  args: readonly string[],
  options: CommandOptions,
): Promise<CommandResult> {
  mkdirSync(dirname(options.log), { recursive: true });
  const log = createWriteStream(options.log, { flags: "a", mode: 0o600 });
  log.write(`$ ${[command.split("/").at(-1), ...args].join(" ")}\n`);
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], {
      cwd: options.cwd,
      env: options.env,
      stdio: ["pipe", "pipe", "pipe"],
    });
    // It may end without having read anything.
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.stdin ?? "");
    const stop = () => child.kill("SIGINT");
    options.signal?.addEventListener("abort", stop);
    let [output, stdout] = ["", ""];
    const read = (stream: NodeJS.ReadableStream, isStdout: boolean) =>
      createInterface({ input: stream }).on("line", (line) => {
        output += `${line}\n`;
        if (isStdout) stdout += `${line}\n`;
        log.write(`${line}\n`);
        if (options.echo === true) process.stdout.write(`  ${line}\n`);
        options.onLine?.(line);
      });
    read(child.stdout, true);
    read(child.stderr, false);
    child.on("error", reject);
    child.on("close", (code) => {
      options.signal?.removeEventListener("abort", stop);
      log.end(() => resolve({ code: code ?? 130, output, stdout }));
    });
  });
}
