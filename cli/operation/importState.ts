import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ExitCode, UserError } from "../errors";
import type { Target } from "./target";

/** Another state in the place of the present one. @throws UserError with what Pulumi said, where it was refused */
export async function importState(target: Target, state: Buffer | string): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "opencenter-state-"));
  chmodSync(folder, 0o700);
  const file = join(folder, "state.json");
  try {
    writeFileSync(file, state, { mode: 0o600 });
    await target.pulumi(["stack", "import", "--file", file]);
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    throw new UserError(error.message, "The present state is as it was.", ExitCode.failed);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
