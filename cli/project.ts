/** Where the project is, and which file a stack's name stands for. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { UserError } from "./errors";
import { didYouMean } from "./suggest";

/** Folder of the stacks' files, as `stackConfigDir` in Pulumi.yaml says. */
export const STACKS = "stacks";

/** Root of this program, which holds Pulumi.yaml, package.json and node_modules. */
export const programRoot = dirname(__dirname);

/** The nearest folder with a Pulumi.yaml, upwards; outside of any project, the program's own. */
export function findProject(from: string): string {
  for (let folder = resolve(from); ; folder = dirname(folder)) {
    if (existsSync(join(folder, "Pulumi.yaml"))) return folder;
    if (dirname(folder) === folder) return programRoot;
  }
}

export interface StackFile {
  /** Name of the stack, when the file's name tells it. */
  readonly stack?: string;
  readonly path: string;
  /** As short as can be from where the user is, for messages. */
  readonly shown: string;
  readonly text: string;
}

export function stackFilePath(project: string, stack: string): string {
  return join(project, STACKS, `Pulumi.${stack}.yaml`);
}

/** Names of the stacks that have a file. */
export function stackNames(project: string): string[] {
  const folder = join(project, STACKS);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .flatMap((file) => stackOf(file) ?? [])
    .sort();
}

function stackOf(file: string): string | undefined {
  return /^Pulumi\.(.+)\.ya?ml$/.exec(basename(file))?.[1];
}

/**
 * The file of a stack that is given by name or by path.
 * @throws UserError when there is none, or it cannot be read.
 */
export function readStackFile(given: string, cwd: string): StackFile {
  const project = findProject(cwd);
  const byName = stackFilePath(project, given);
  const isPath = /[\\/]|\.ya?ml$/.test(given);
  const path = !isPath && existsSync(byName) ? byName : resolve(cwd, given);
  if (!isPath && path !== byName && !existsSync(path)) throw unknownStack(given, project);
  return { stack: stackOf(path), path, shown: relative(cwd, path) || path, text: readText(path) };
}

function unknownStack(name: string, project: string): UserError {
  const names = stackNames(project);
  const existing = names.length === 0 ? "There are no stacks yet." : `Stacks: ${names.join(", ")}.`;
  return new UserError(
    `there is no stack ${name}: ${stackFilePath(project, name)} does not exist.`,
    `${didYouMean(name, names)}${existing} To make it: npx opencenter init ${name}`,
  );
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    switch ((error as NodeJS.ErrnoException).code) {
      case "ENOENT":
        throw new UserError(
          `${path} does not exist.`,
          "Check the path; a stack can also be given by its name.",
        );
      case "EISDIR":
        throw new UserError(`${path} is a directory.`, "Name the file of a stack in it.");
      case "EACCES":
        throw new UserError(`${path} may not be read by you.`, `Change its permissions: chmod u+r ${path}`);
      default:
        throw new UserError(
          `${path} cannot be read: ${(error as Error).message}`,
          "Check the disk and the path.",
        );
    }
  }
}
