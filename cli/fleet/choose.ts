/** Which clusters of a project are meant. */
import { validateStackFile } from "../../config/validate";
import { ExitCode, UserError } from "../errors";
import { readStackFile, stackNames } from "../project";

/**
 * Names of stacks whose cluster has a tag; `environment=production` and `organization=acme` are always there. A file
 * that has problems is never left out: it is a cluster of which nobody knows.
 * @throws UserError where nothing is left
 */
export function chooseStacks(project: string, filter: string | undefined): string[] {
  const names = stackNames(project).filter((stack) => filter === undefined || hasTag(project, stack, filter));
  if (names.length > 0) return names;
  const why = filter === undefined ? "there are no stacks." : `no cluster has the tag ${filter}.`;
  throw new UserError(why, "npx opencenter init <cluster> makes one.", ExitCode.failed);
}

function hasTag(project: string, stack: string, tag: string): boolean {
  const { config } = validateStackFile(readStackFile(stack, project).text);
  if (config === undefined) return true;
  const { tags, environment, organization } = config;
  return [...tags, `environment=${environment}`, `organization=${organization}`].includes(tag);
}
