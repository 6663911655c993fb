/** A folder for what a component writes; gone when the tests are over. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

let folder: string | undefined;

export function scratch(): string {
  if (folder === undefined) {
    const made = mkdtempSync(join(tmpdir(), "opencenter-test-"));
    process.once("exit", () => rmSync(made, { recursive: true, force: true }));
    folder = made;
  }
  return folder;
}
