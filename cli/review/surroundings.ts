/** Which host, which pull request: from the variables that CI sets, so that no flag has to repeat them. */
import { readFileSync } from "node:fs";
import { ExitCode, UserError } from "../errors";
import type { Board } from "./board";
import { GithubBoard } from "./github";
import { GitlabBoard } from "./gitlab";

export interface Surroundings {
  readonly board: Board;
  /** Absent where the run is about no pull request. */
  readonly pull?: number;
  /** The branch that was pushed to; absent where the run is about something else. */
  readonly branch?: string;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** @throws UserError that names the variable which is missing */
function need(env: Environment, name: string, why: string): string {
  const value = env[name];
  if (value !== undefined && value !== "") return value;
  throw new UserError(
    `${name} is not set: ${why}.`,
    "docs/operations/pull-requests.md, In CI.",
    ExitCode.failed,
  );
}

const trimmed = (url: string) => url.replace(/\/+$/, "");

/** @throws UserError outside of CI, and where a token is missing */
export function surroundingsOf(env: Environment = process.env): Surroundings {
  if (env["GITHUB_ACTIONS"] === "true") return onGithub(env);
  if (env["GITLAB_CI"] === "true") return onGitlab(env);
  throw new UserError(
    "neither GitHub Actions nor GitLab CI runs this, so there is nothing to post to.",
    "Leave --post out, or set what they set: docs/operations/pull-requests.md, In CI.",
    ExitCode.failed,
  );
}

function onGithub(env: Environment): Surroundings {
  const board = new GithubBoard({
    apiUrl: trimmed(env["GITHUB_API_URL"] ?? "https://api.github.com"),
    project: need(env, "GITHUB_REPOSITORY", "it says which repository"),
    token: need(env, "GITHUB_TOKEN", "a workflow hands it to a step in env:"),
  });
  const pull = /^refs\/pull\/(\d+)\//.exec(env["GITHUB_REF"] ?? "")?.[1] ?? numberInEvent(env);
  const branch = /^refs\/heads\/(.+)$/.exec(env["GITHUB_REF"] ?? "")?.[1];
  return {
    board,
    ...(pull === undefined ? {} : { pull: Number(pull) }),
    ...(branch === undefined ? {} : { branch }),
  };
}

/** Events that are about a pull request, and whose ref is not: a comment, a review. */
function numberInEvent(env: Environment): number | undefined {
  try {
    const event = JSON.parse(readFileSync(env["GITHUB_EVENT_PATH"] ?? "", "utf8")) as {
      pull_request?: { number?: number };
    };
    return event.pull_request?.number;
  } catch {
    return undefined;
  }
}

function onGitlab(env: Environment): Surroundings {
  const why = "an access token of the project with scope api; the job's own may not write";
  const board = new GitlabBoard({
    apiUrl: trimmed(need(env, "CI_API_V4_URL", "it says where the API is")),
    project: need(env, "CI_PROJECT_ID", "it says which project"),
    token: need(env, "GITLAB_TOKEN", why),
  });
  const pull = env["CI_MERGE_REQUEST_IID"];
  const branch = env["CI_COMMIT_BRANCH"];
  return { board, ...(pull ? { pull: Number(pull) } : {}), ...(branch ? { branch } : {}) };
}
