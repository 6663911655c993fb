/** What Git says about a change: its files, and what they were before. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ExitCode, UserError } from "../errors";

const run = promisify(execFile);

async function git(project: string, ...args: string[]): Promise<string> {
  try {
    return (await run("git", args, { cwd: project, maxBuffer: 64 * 1024 * 1024 })).stdout;
  } catch (error) {
    const { stderr = "", message } = error as Error & { stderr?: string };
    const reason = (stderr.trim() || message).split("\n")[0];
    const hint = "In CI, fetch the whole history (fetch-depth: 0, GIT_DEPTH: 0); both ends must be there.";
    throw new UserError(`git ${args[0]} failed: ${reason}`, hint, ExitCode.failed);
  }
}

/** A word that begins with a dash would be an option of git's. */
function reference(given: string): string {
  if (given.startsWith("-") || given === "")
    throw new UserError(`${given} is not a commit, branch or tag.`, undefined, ExitCode.wrongUsage);
  return given;
}

/** Files that differ between `head` and the point where it left `base`; of a renamed one both names. */
export async function changedFiles(project: string, base: string, head: string): Promise<string[]> {
  const range = `${reference(base)}...${reference(head)}`;
  const names = await git(project, "diff", "--name-only", "--no-renames", "--relative", "-z", range, "--");
  return names.split("\0").filter(Boolean);
}

/** Text of a file where `head` left `base`; undefined where it was not there. */
export async function textBefore(
  project: string,
  base: string,
  head: string,
  file: string,
): Promise<string | undefined> {
  const start = (await git(project, "merge-base", reference(base), reference(head))).trim();
  const there = await git(project, "ls-tree", "--name-only", start, "--", file);
  return there.trim() === "" ? undefined : git(project, "show", `${start}:./${file}`);
}
