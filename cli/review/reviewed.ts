/** What reviewers saw of a stack: in the report's comment on the pull request that was merged. */
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ExitCode, UserError } from "../errors";
import { digestsIn } from "../report/markdown";
import { ownReport } from "./comment";
import type { Surroundings } from "./surroundings";

const run = promisify(execFile);

export async function headCommit(project: string): Promise<string> {
  try {
    return (await run("git", ["rev-parse", "HEAD"], { cwd: project })).stdout.trim();
  } catch (error) {
    const reason = (error as { stderr?: string }).stderr?.trim() ?? String(error);
    throw new UserError(`git does not say which commit this is: ${reason}`, undefined, ExitCode.failed);
  }
}

const AGAIN =
  "Open a pull request for what is to be applied, or look at the preview and say --reviewed DIGEST.";

/** @throws UserError where nobody has reviewed anything */
export async function reviewedDigest(
  { board, branch }: Surroundings,
  stack: string,
  commit: string,
): Promise<string> {
  const refuse = (why: string) => new UserError(`${why}; nothing was done.`, AGAIN, ExitCode.failed);
  const asked = async <T>(question: Promise<T>): Promise<T> => {
    try {
      return await question;
    } catch (error) {
      throw refuse(`${board.shown} does not say what was reviewed: ${(error as Error).message}`);
    }
  };
  const pull = await asked(board.pullOf(commit, branch));
  if (pull === undefined) throw refuse(`no merged pull request has commit ${commit.slice(0, 12)}`);
  const report = ownReport(await asked(board.comments(pull)));
  if (report === undefined) throw refuse(`pull request ${pull} has no report of this login`);
  const digest = digestsIn(report.body).get(stack);
  if (digest === undefined) throw refuse(`the report on pull request ${pull} has no preview of ${stack}`);
  return digest;
}
