/** Writing a file that must not exist yet, whole or not at all. */
import { linkSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname } from "node:path";
import { ExitCode, UserError } from "../errors";

/** @throws UserError when the file exists, or cannot be written; then nothing is left behind. */
export function writeNew(path: string, text: string): void {
  const temporary = `${path}.${process.pid}.tmp`;
  try {
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(temporary, text, { flag: "wx" });
    // Unlike rename, link refuses when somebody else has made the file in the meantime.
    linkSync(temporary, path);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "EEXIST") throw alreadyThere(path);
    throw new UserError(
      `${path} cannot be written: ${message}`,
      "Check permissions and disk.",
      ExitCode.failed,
    );
  } finally {
    rmSync(temporary, { force: true });
  }
}

export function alreadyThere(path: string): UserError {
  return new UserError(
    `${path} exists and is left as it is: it may hold the key to a stack's secrets.`,
    "Edit it, choose another name, or move it away first.",
    ExitCode.failed,
  );
}
