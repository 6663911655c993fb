/** A problem, told to the person who can mend it. */
export interface Issue {
  /** Stable and kebab-case, for scripts and for the documentation: `vip-outside-subnet`. */
  readonly code: string;
  /** A `warning` does not stop anything. */
  readonly severity: "error" | "warning";
  /** Where in the configuration, as written: `cluster.pools.general.nodes[1]`. */
  readonly path: string;
  /** 1-based position in the stack's file; absent when the file does not say it (a missing key, a `--config` value). */
  readonly line?: number;
  readonly column?: number;
  /** What is wrong, with the value that is. */
  readonly message: string;
  /** What to do about it. */
  readonly hint?: string;
}

/** Keys and indexes from the root of the stack's configuration to a value. */
export type Path = readonly (string | number)[];

/** A problem before its place in a file is known. */
export interface Finding {
  readonly code: string;
  readonly severity?: "error" | "warning";
  readonly path: Path;
  readonly message: string;
  readonly hint?: string;
  /** The name is at fault and not what it stands for: the position is then the key's. */
  readonly aboutKey?: boolean;
  /** Other values that this rests on. When one of them is wrong itself, only that is told, not what follows from it. */
  readonly because?: readonly Path[];
}

/** `["pools", "general", "nodes", 1]` as `pools.general.nodes[1]`. */
export function formatPath(path: Path): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === "number") return `${text}[${part}]`;
    return text === "" ? part : `${text}.${part}`;
  }, "");
}

/** One issue as the lines that a terminal shows: place, message, hint. */
export function formatIssue(issue: Issue, file?: string): string {
  const position = issue.line === undefined ? "" : `:${issue.line}:${issue.column ?? 1}`;
  const place = file === undefined ? "" : `${file}${position} `;
  const lines = [`${place}${issue.severity} [${issue.code}] ${issue.path}: ${issue.message}`];
  if (issue.hint !== undefined) lines.push(`    → ${issue.hint}`);
  return lines.join("\n");
}
