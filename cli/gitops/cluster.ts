/** The cluster that a verb about its repository is for. */
import { isAbsolute, join, relative, resolve } from "node:path";
import type { ClusterConfig } from "../../config/resolve";
import { validateStackFile } from "../../config/validate";
import { statePaths } from "../../plan/names";
import { ExitCode, UserError } from "../errors";
import { issuesAsText } from "../issues";
import { findProject, readStackFile, type StackFile } from "../project";
import { hasColours, painter } from "../style";

export interface GivenCluster {
  readonly file: StackFile;
  readonly config: ClusterConfig;
  /** Folder of the project. */
  readonly project: string;
}

/**
 * Reads and checks a stack's file.
 * @param given name of a stack, or path of its file
 * @throws UserError with every problem of the file
 */
export function readCluster(given: string, cwd: string): GivenCluster {
  const file = readStackFile(given, cwd);
  const { config, issues } = validateStackFile(file.text);
  if (config !== undefined) return { file, config, project: findProject(cwd) };
  const report = issuesAsText(issues, file.shown, file.text, painter(hasColours(process.stderr)));
  throw new UserError(`${file.shown} is not valid.\n${report}`, undefined, ExitCode.failed);
}

/**
 * Refuses a cluster that has no repository.
 * @throws UserError
 */
export function requireGitops({ config, file }: GivenCluster): NonNullable<ClusterConfig["gitops"]> {
  if (config.gitops !== undefined) return config.gitops;
  throw new UserError(
    `${file.shown} has no gitops part, so nothing is generated for ${config.name}.`,
    "Add gitops.repository.url.",
    ExitCode.failed,
  );
}

export interface Folder {
  readonly path: string;
  /** As short as can be from where the user is. */
  readonly shown: string;
}

/** @param out as the user gave it @default where `pulumi up` leaves the organisation's repository */
export function repositoryFolder(
  { config, project }: GivenCluster,
  out: string | undefined,
  cwd: string,
): Folder {
  const path = out === undefined ? join(project, statePaths(config).gitops) : resolve(cwd, out);
  const near = relative(cwd, path);
  return { path, shown: near === "" || near.startsWith("..") || isAbsolute(near) ? path : near };
}
