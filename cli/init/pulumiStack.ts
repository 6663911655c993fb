/** Makes the Pulumi stack that belongs to a file, where that can be done without asking. */
import { findProgram, runProgram } from "../programs";

const TIMEOUT_MS = 60_000;

export type StackOutcome =
  | { readonly kind: "made" }
  | { readonly kind: "exists" }
  /** Nothing was tried. */
  | { readonly kind: "skipped"; readonly reason: string }
  | { readonly kind: "failed"; readonly reason: string };

export async function makeStack(
  stack: string,
  project: string,
  env: NodeJS.ProcessEnv = process.env,
): Promise<StackOutcome> {
  const pulumi = findProgram("pulumi", env);
  if (pulumi === undefined) return { kind: "skipped", reason: "there is no pulumi on PATH" };
  const options = { cwd: project, timeoutMs: TIMEOUT_MS, env: { ...env, PULUMI_SKIP_UPDATE_CHECK: "true" } };
  const login = await runProgram(pulumi, ["whoami", "--non-interactive"], options);
  if (login.code !== 0) return { kind: "skipped", reason: "pulumi is not logged in to a backend" };
  const made = await runProgram(
    pulumi,
    ["stack", "init", stack, "--no-select", "--non-interactive"],
    options,
  );
  if (made.code === 0) return { kind: "made" };
  const answer = `${made.stdout}\n${made.stderr}`.trim();
  if (/already exists/.test(answer)) return { kind: "exists" };
  return { kind: "failed", reason: made.code === undefined ? "pulumi did not finish" : answer };
}
