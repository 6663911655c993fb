/** The one comment of a pull request: written once, and edited in place from then on. */
import { MARKER } from "../report/markdown";
import { ExitCode, UserError } from "../errors";
import { type Comment, cut } from "./board";
import type { Surroundings } from "./surroundings";

/** Ours, and not one that somebody wrote to look like it. */
export function ownReport(comments: readonly Comment[]): Comment | undefined {
  return comments.find(({ own, body }) => own && body.startsWith(MARKER));
}

interface PostOptions {
  /** Whether a comment is written where there is none: that nothing happens only mends what an earlier push said. */
  readonly evenFirst?: boolean;
}

/**
 * @returns what was done, for people
 * @throws UserError where there is no pull request, or the host refuses
 */
export async function postReport(
  { board, pull }: Surroundings,
  text: string,
  { evenFirst = true }: PostOptions = {},
): Promise<string> {
  if (pull === undefined)
    throw new UserError("this run is about no pull request.", "Leave --post out.", ExitCode.failed);
  try {
    const body = cut(text, board.longest);
    const before = ownReport(await board.comments(pull));
    if (before === undefined && !evenFirst) return "No stack is affected, and no comment says otherwise.";
    if (before === undefined) await board.addComment(pull, body);
    else await board.editComment(pull, before.id, body);
    const done = before === undefined ? "written" : "edited";
    return `Comment ${done} on ${board.shown}, pull request ${pull}.`;
  } catch (error) {
    throw new UserError(
      `the comment could not be posted on ${board.shown}: ${(error as Error).message}`,
      "The report itself is above, or where --out says. May the token write on pull requests?",
      ExitCode.failed,
    );
  }
}
