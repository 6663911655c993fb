/** Which clusters of a project are meant. */
import { validateStackFile } from "../../config/validate";
import { ExitCode, UserError } from "../errors";
import { readStackFile, stackNames } from "../project";

/**
 * Names of stacks, of those given by name or else of all, whose cluster has a tag; `environment=production` and
 * `organization=acme` are always there. A file that has problems is never left out: it is a cluster of which nobody
 * knows.
 * @throws UserError where nothing is left, or a name is of no stack
 */
export function chooseStacks(
  project: string,
  filter: string | undefined,
  named: readonly string[] = [],
): string[] {
  const wanted = named.length > 0 ? [...new Set(named)] : stackNames(project);
  // Nobody means a part of the stacks that he names.
  for (const stack of named) readStackFile(stack, project);
  const names = wanted.filter((stack) => filter === undefined || hasTag(project, stack, filter));
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
