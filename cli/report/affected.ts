/** Which stacks a change can do something to, from the names of the changed files. */
import { isAbsolute, normalize } from "node:path";
import { parse } from "yaml";

export interface Affected {
  readonly stack: string;
  /** For the person who wonders why it is previewed. */
  readonly because: string;
}

/** A stack and the text of its file. */
export interface StackText {
  readonly stack: string;
  readonly text: string;
}

/**
 * What no preview reads. Everything else counts as the program: a new folder that somebody forgets here costs a preview
 * too many, and not a change that nobody has seen.
 */
const HARMLESS = [
  /^(\.ci|\.devcontainer|\.github|\.vscode|ci|cli|clusters|docs|sandbox|schema|test)\//,
  /^[^/]*\.md$/,
  /^(LICENSE|NOTICE|CODEOWNERS|\.gitlab-ci\.yml|renovate\.json5?|eslint\.config\.mjs)$/,
  /^\.(editorconfig|gitignore|gitattributes|mocharc\.json|prettierignore|prettierrc\.json)$/,
];

const STACK_FILE = /^stacks\/Pulumi\.(.+)\.ya?ml$/;

/** Stacks whose file went: nothing is left to preview, and somebody must destroy what it described. */
export function removedStacks(changed: readonly string[], stacks: readonly StackText[]): string[] {
  return changed
    .flatMap((file) => STACK_FILE.exec(file)?.[1] ?? [])
    .filter((name) => !stacks.some(({ stack }) => stack === name))
    .sort();
}

/**
 * @param changed paths relative to the project, both names of what was renamed
 * @param stacks those that are there after the change
 */
export function affectedStacks(changed: readonly string[], stacks: readonly StackText[]): Affected[] {
  const program = changed.find((file) => !STACK_FILE.test(file) && !HARMLESS.some((one) => one.test(file)));
  return stacks.flatMap((one) => {
    const because = reason(one, changed) ?? program;
    return because === undefined ? [] : [{ stack: one.stack, because }];
  });
}

function reason({ stack, text }: StackText, changed: readonly string[]): string | undefined {
  const own = changed.find((file) => STACK_FILE.exec(file)?.[1] === stack);
  if (own !== undefined) return own;
  const named = pathsIn(text);
  return changed.find((file) => named.some((path) => file === path || file.startsWith(`${path}/`)));
}

/** Files and folders of the project that a stack's file names: Flux's manifests, a copy of Kubespray. */
function pathsIn(text: string): string[] {
  try {
    return strings(parse(text)).flatMap((value) => {
      const path = normalize(value).replace(/\/$/, "");
      const inside = value !== "" && !isAbsolute(path) && !path.startsWith("..") && path !== ".";
      return inside ? [path] : [];
    });
  } catch {
    // A file that cannot be read says so itself, in its own preview.
    return [];
  }
}

function strings(value: unknown): string[] {
  if (typeof value === "string") return [value];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(strings) : [];
}
