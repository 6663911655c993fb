/** The questions about drift, asked through Pulumi as any user would. */
import type { Pulumi, Step } from "./pulumi";

interface Digest {
  readonly steps?: readonly { readonly urn: string; readonly op: string }[];
  readonly diagnostics?: readonly { readonly severity: string; readonly message: string }[];
}

export interface DriftAnswer {
  /** Whether Pulumi said "no changes" with its exit code. */
  readonly clean: boolean;
  /** What differs; reading alone is not a difference. */
  readonly steps: readonly Step[];
}

const NOT_A_CHANGE = new Set(["same", "read", "refresh"]);

function toStep({ urn, op }: { urn: string; op: string }): Step {
  const [, , qualifiedType = "", name = ""] = urn.split("::");
  return { urn, op, name, type: qualifiedType.split("$").at(-1) ?? "" };
}

/**
 * Exit codes are the contract (they are what CI sees); the digest says what it was about. One that broke off has a digest
 * too, of what it came to: nothing in it is no "no changes".
 */
async function ask(pulumi: Pulumi, args: readonly string[]): Promise<DriftAnswer> {
  const result = await pulumi.try([...args, "--expect-no-changes", "--json"]);
  const digest = parseDigest(result.stdout);
  const steps = (digest?.steps ?? []).filter(({ op }) => !NOT_A_CHANGE.has(op)).map(toStep);
  const broken = digest?.diagnostics?.some(({ severity }) => severity === "error") ?? false;
  if (digest === undefined || broken || (result.code !== 0 && steps.length === 0))
    throw new Error(`pulumi ${args.join(" ")} failed:\n${result.output}`);
  return { clean: result.code === 0, steps };
}

function parseDigest(stdout: string): Digest | undefined {
  try {
    return JSON.parse(stdout) as Digest;
  } catch {
    // A run that did not get as far as a digest says why in plain words.
    return undefined;
  }
}

/** Does the cloud still look as the state says? Changes nothing, not even the state. */
export function cloudAgainstState(pulumi: Pulumi): Promise<DriftAnswer> {
  return ask(pulumi, ["refresh", "--preview-only"]);
}

/** Does the cloud still look as the configuration says? */
export function cloudAgainstConfiguration(pulumi: Pulumi): Promise<DriftAnswer> {
  return ask(pulumi, ["preview", "--refresh"]);
}

/** Does the configuration ask for anything that the state does not have? */
export async function plannedChanges(pulumi: Pulumi): Promise<readonly Step[]> {
  return (await ask(pulumi, ["preview"])).steps;
}
