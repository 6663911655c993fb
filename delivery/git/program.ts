/** The Git program, run to its end within a limit, with nothing of it on a terminal. */
import { setTimeout as sleep } from "node:timers/promises";
import { RunFailure } from "../../runner/errors";
import { endTree } from "../../runner/supervisor/processTree.mjs";
import type { Supervisor } from "../../runner/supervisor/supervisor";

export interface GitEnd {
  /** Absent when it could not be started. */
  readonly code?: number | null;
  readonly stdout: Buffer;
  /** What it said, at the end. */
  readonly stderr: string;
  readonly timedOut: boolean;
}

export interface GitOptions {
  /** Standard input. @default none */
  readonly input?: Buffer | string;
  /** Beside the surroundings of the run. */
  readonly environment?: Readonly<Record<string, string>>;
  /** In milliseconds. @default 120000 */
  readonly limitMs?: number;
}

/** Runs git in one place. */
export type Git = (args: readonly string[], options?: GitOptions) => Promise<GitEnd>;

const DEFAULT_LIMIT_MS = 120_000;
/** Of what it says; the reason is at the end. */
const KEPT = 16 * 1024;

/** What else may say where the repository is, or print what is sent: a hook's variables, a trace somebody left on. */
const KEPT_VARIABLES = /^GIT_(SSL_|CONFIG_GLOBAL$|CONFIG_SYSTEM$|CONFIG_NOSYSTEM$|EXEC_PATH$|PROXY_COMMAND$)/;
const SECRETS = ["OPENCENTER_SECRETS", "OPENCENTER_KUBECONFIG"];

function surroundings(own: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const kept = Object.entries(own).filter(
    ([name]) => (!name.startsWith("GIT_") || KEPT_VARIABLES.test(name)) && !SECRETS.includes(name),
  );
  return {
    ...Object.fromEntries(kept),
    // Messages are read here to find out what went wrong.
    LC_ALL: "C",
    LANGUAGE: "",
    GIT_TERMINAL_PROMPT: "0",
    GCM_INTERACTIVE: "never",
  };
}

/** Neither hooks of the user, nor stored logins, nor paths in octal, nor a repack in the background. */
const SETTINGS = ["core.hooksPath=/dev/null", "credential.helper=", "core.quotePath=false", "gc.auto=0"];

/**
 * @param directory the repository: a Git directory, which is bare for `bare`, else the folder of a work tree
 * @returns git, for this place
 */
export function gitIn(supervisor: Supervisor, directory: string, bare = false): Git {
  // Named, so that git never looks further up: the project around the folder is a repository too.
  const place = bare ? [`--git-dir=${directory}`] : ["-C", directory, "--git-dir=.git", "--work-tree=."];
  const always = [...place, ...SETTINGS.flatMap((setting) => ["-c", setting])];
  return async (args, options = {}) => {
    const end = await run(supervisor, [...always, ...args], options);
    if (supervisor.interrupted) throw new RunFailure("Git was interrupted.");
    return end;
  };
}

function run(
  supervisor: Supervisor,
  args: readonly string[],
  { input, environment, limitMs = DEFAULT_LIMIT_MS }: GitOptions,
): Promise<GitEnd> {
  return new Promise((resolve) => {
    const child = supervisor.start("git", args, {
      env: { ...surroundings(process.env), ...environment },
      stdio: ["pipe", "pipe", "pipe"],
    });
    const chunks: Buffer[] = [];
    let stderr = "";
    let timedOut = false;
    const limit = setTimeout(() => {
      timedOut = true;
      if (child.pid !== undefined) void endTree(child.pid);
    }, limitMs);
    const end = (code?: number | null) => {
      clearTimeout(limit);
      resolve({ code, stdout: Buffer.concat(chunks), stderr: stderr.trim(), timedOut });
    };
    child.stdout?.on("data", (data: Buffer) => chunks.push(data));
    child.stderr?.on("data", (data: Buffer) => (stderr = (stderr + data.toString()).slice(-KEPT)));
    // A git that stops early leaves what was meant for it unread; its exit code tells.
    child.stdin?.on("error", () => {});
    child.stdin?.end(input);
    child.once("error", (error) => {
      stderr = error.message;
      end();
    });
    child.once("close", (code) => end(code));
  });
}

/** Pauses before another try, longer each time. */
export async function pause(attempt: number): Promise<void> {
  await sleep(Math.min(200 * 2 ** attempt, 5_000) * (0.5 + Math.random()));
}
