/** Branches of the Git host, without a copy of the repository. */
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Supervisor } from "../../runner/supervisor/supervisor";
import type { GitAccess } from "./access";
import { gitFailure } from "./errors";
import { gitIn } from "./program";

const LIMIT_MS = 60_000;

/**
 * @returns commits by name of the branch
 * @throws RunFailure with what to do
 */
export async function remoteHeads(access: GitAccess, supervisor: Supervisor): Promise<Map<string, string>> {
  // Asking a host needs no repository; naming one that is not there keeps Git from looking for one around us.
  const git = gitIn(supervisor, join(tmpdir(), "opencenter-no-repository"), true);
  const options = { environment: access.environment, limitMs: LIMIT_MS };
  const end = await git(["ls-remote", "--heads", "--", access.url], options);
  if (end.code !== 0) throw gitFailure("The Git repository cannot be read", end, access);
  const rows = end.stdout.toString().split("\n").filter(Boolean);
  return new Map(
    rows.map((row) => {
      const [commit = "", ref = ""] = row.split("\t");
      return [ref.replace("refs/heads/", ""), commit];
    }),
  );
}
