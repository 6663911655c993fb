import { join } from "node:path";

/** What `runtime.options` of a Pulumi.yaml or PulumiPolicy.yaml may say to this host. */
export interface RuntimeOptions {
  /** Whether the SDK registers ts-node before it loads the program. @default true */
  readonly typescript: boolean;
  /** A tsconfig for ts-node, absolute. @default the SDK looks for tsconfig.json itself */
  readonly tsconfig?: string;
  /** Arguments for Node.js itself, before the module path. @default [] */
  readonly nodeArguments: readonly string[];
}

/**
 * Reads the runtime options that the CLI passes on.
 *
 * @param options the decoded options; keys that only `pulumi install` uses are left alone
 * @param directory where a relative tsconfig is looked for
 * @throws Error when an option has the wrong type
 */
export function readRuntimeOptions(options: Record<string, unknown>, directory: string): RuntimeOptions {
  const { typescript = true, tsconfig, nodeargs = "" } = options;
  if (typeof typescript !== "boolean") throw wrongType("typescript", "true or false", typescript);
  if (tsconfig !== undefined && typeof tsconfig !== "string") throw wrongType("tsconfig", "a path", tsconfig);
  if (typeof nodeargs !== "string") throw wrongType("nodeargs", "one string", nodeargs);
  return {
    typescript,
    tsconfig: tsconfig ? join(directory, tsconfig) : undefined,
    nodeArguments: splitLikeAShell(nodeargs),
  };
}

function wrongType(key: string, wanted: string, value: unknown): Error {
  return new Error(
    `runtime option "${key}" must be ${wanted}, not ${JSON.stringify(value)}. Correct it in Pulumi.yaml.`,
  );
}

/**
 * Splits a line into words with the quoting of a POSIX shell, and nothing else of a shell.
 *
 * By hand because the libraries for it also expand variables, globs or operators, which a nodeargs must not.
 *
 * @throws Error when a quote is not closed
 */
export function splitLikeAShell(line: string): string[] {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  for (let i = 0; i < line.length; i++) {
    const char = line[i]!;
    const next = line[i + 1];
    if (quote === undefined && /\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
    } else if (char === quote) {
      quote = undefined;
    } else if (quote === undefined && (char === '"' || char === "'")) {
      quote = char;
      word ??= "";
    } else if (
      char === "\\" &&
      next !== undefined &&
      (quote === undefined || (quote === '"' && '"\\$`'.includes(next)))
    ) {
      word = (word ?? "") + next;
      i++;
    } else {
      word = (word ?? "") + char;
    }
  }
  if (quote !== undefined) throw new Error(`runtime option "nodeargs" has an unclosed ${quote} in: ${line}`);
  if (word !== undefined) words.push(word);
  return words;
}
