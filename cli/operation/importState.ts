import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { ExitCode, UserError } from "../errors";
import type { Target } from "./target";

interface Deployment {
  readonly manifest?: { readonly time?: string };
  readonly resources?: unknown;
  readonly pending_operations?: unknown;
}

/** When the engine wrote a state. */
export function timeOf(exported: string): string | undefined {
  const { deployment } = JSON.parse(exported) as { deployment?: Deployment | null };
  return deployment?.manifest?.time;
}

/** Whether two states say the same; what is encrypted anew each time does not count. */
export function sameContent(one: string, other: string): boolean {
  const content = (exported: string) => {
    const plain = (key: string, value: unknown) => (key === "ciphertext" ? "" : value);
    const { deployment } = JSON.parse(exported, plain) as { deployment?: Deployment | null };
    return [deployment?.resources ?? [], deployment?.pending_operations ?? []];
  };
  return isDeepStrictEqual(content(one), content(other));
}

/** Its time tells of a run that changed nothing but a secret; its content of what was edited without a run. */
const isStill = (now: string, then: string) => timeOf(now) === timeOf(then) && sameContent(now, then);

/** @throws UserError where the state is not the one that was looked at: an import would lose what was done since */
export function refuseChanged({ stack }: Target, now: string | undefined, then: string | undefined): void {
  if (now === then || (now !== undefined && then !== undefined && isStill(now, then))) return;
  throw new UserError(
    `the state of stack ${stack} has changed since it was looked at: somebody ran Pulumi on it, or edited it.`,
    "The present state is as that left it. Once nobody is at work on the stack: the same command again, which looks anew.",
    ExitCode.failed,
  );
}

/**
 * Another state in the place of the present one.
 * @param madeFrom export of the present state that the other one was made from, or weighed against. A plain `pulumi up`
 *   heeds no lock of this program: what one did in between would belong to nobody. Undefined where there was none.
 * @throws UserError with what Pulumi said, where it was refused; or when the present state is not `madeFrom` any more
 */
export async function importState(
  target: Target,
  state: Buffer | string,
  madeFrom: string | undefined,
): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-state-"));
  chmodSync(folder, 0o700);
  const file = join(folder, "state.json");
  try {
    writeFileSync(file, state, { mode: 0o600 });
    // Last of all: nothing that takes time may come between this and the import.
    if (madeFrom !== undefined) refuseChanged(target, await target.pulumi(["stack", "export"]), madeFrom);
    await target.pulumi(["stack", "import", "--file", file]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, error.hint ?? "The present state is as it was.", ExitCode.failed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
