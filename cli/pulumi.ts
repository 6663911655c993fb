/** The user's own `pulumi`, as the user would call it. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { promisify } from "node:util";
import { z } from "zod";
import { ExitCode, UserError } from "./errors";
import { findProgram } from "./programs";

/** A state of a thousand nodes is some tens of megabytes. */
const MAX_STATE_BYTES = 512 * 1024 * 1024;

const run = promisify(execFile);

/** Of the Git host, for this program's own comments and tickets: no business of providers, Ansible or its modules. */
function withoutHostTokens(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const { GITHUB_TOKEN: _github, GITLAB_TOKEN: _gitlab, ...rest } = env;
  return rest;
}

function program(): string {
  const path = findProgram("pulumi");
  if (path === undefined)
    throw new UserError("there is no pulumi on PATH.", "npx opencenter doctor", ExitCode.failed);
  return path;
}

interface ProgramFailure extends Error {
  readonly stdout?: string;
  readonly stderr?: string;
  /** A number where the program ended by itself. */
  readonly code?: number | string | null;
}

/** @throws UserError with what Pulumi said. */
export async function pulumi(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<string> {
  try {
    const options = {
      cwd,
      maxBuffer: MAX_STATE_BYTES,
      env: { ...withoutHostTokens(env), PULUMI_SKIP_UPDATE_CHECK: "true" },
    };
    return (await run(program(), [...args, "--non-interactive"], options)).stdout;
  } catch (error) {
    if (error instanceof UserError) throw error;
    const { stdout = "", stderr = "", code, message } = error as ProgramFailure;
    // The message is the whole command line: nobody can act on that.
    const ended = typeof code === "number" ? `exit code ${code}` : message;
    const reason = stderr.trim() || diagnosed(stdout) || shown(stdout) || ended;
    throw new UserError(`pulumi ${args[0]} failed: ${reason}`, undefined, ExitCode.failed);
  }
}

const diagnosis = z.object({
  diagnostics: z.array(z.object({ severity: z.string(), message: z.string() })),
});

/** With `--json` Pulumi says on standard output what went wrong, too. */
function diagnosed(stdout: string): string {
  try {
    const { diagnostics } = diagnosis.parse(JSON.parse(stdout));
    const errors = diagnostics
      .filter(({ severity }) => severity === "error")
      .map(({ message }) => message.trim());
    return [...new Set(errors)].join("\n");
  } catch {
    return "";
  }
}

/** Without it, what an update did comes first, and then the diagnostics, up to the outputs and the counts. */
function shown(stdout: string): string {
  const [, diagnostics = ""] = stdout.split(/^Diagnostics:$/m);
  return diagnostics.split(/^(?:Outputs|Resources|Duration):/m)[0]!.trim();
}

export interface ShowOptions {
  /** @default process.env */
  readonly env?: NodeJS.ProcessEnv;
  /** Standard output is for the verb's own result. @default false */
  readonly toStderr?: boolean;
}

/** Runs a command that shows itself, and asks if it wants to; returns its exit code. */
export async function showPulumi(
  args: readonly string[],
  cwd: string,
  { env = process.env, toStderr = false }: ShowOptions = {},
): Promise<number> {
  const child = spawn(program(), [...args], {
    cwd,
    env: withoutHostTokens(env),
    stdio: ["inherit", toStderr ? 2 : 1, 2],
  });
  // Ctrl-C reaches Pulumi too, which stops cleanly; this process has to wait for that.
  const wait = () => {};
  process.on("SIGINT", wait);
  const [code] = (await once(child, "close")) as [number | null];
  process.off("SIGINT", wait);
  return code ?? ExitCode.failed;
}

/** Runs a command whose standard output is read whatever comes of it; what it says to people goes to standard error. */
export async function capturePulumi(
  args: readonly string[],
  cwd: string,
  env: NodeJS.ProcessEnv,
): Promise<{ readonly code: number; readonly stdout: string }> {
  const whole = { ...withoutHostTokens(env), PULUMI_SKIP_UPDATE_CHECK: "true" };
  const child = spawn(program(), [...args, "--non-interactive"], {
    cwd,
    env: whole,
    stdio: ["ignore", "pipe", 2],
  });
  let stdout = "";
  child.stdout!.setEncoding("utf8").on("data", (part: string) => (stdout += part));
  const [code] = (await once(child, "close")) as [number | null];
  return { code: code ?? ExitCode.failed, stdout };
}

/** Outputs of a stack. @param secrets whether secret ones come in plain text, too */
export async function stackOutputs(
  stack: string,
  cwd: string,
  { secrets, env }: { readonly secrets: boolean; readonly env?: NodeJS.ProcessEnv },
): Promise<Readonly<Record<string, unknown>>> {
  const flags = ["--stack", stack, "--json", ...(secrets ? ["--show-secrets"] : [])];
  return JSON.parse(await pulumi(["stack", "output", ...flags], cwd, env)) as Record<string, unknown>;
}
