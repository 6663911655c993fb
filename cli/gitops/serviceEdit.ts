/** Changes of a stack's file that are checked before they are written. */
import { renameSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import type { ClusterConfig } from "../../config/resolve";
import { validateStackFile } from "../../config/validate";
import { ExitCode, UserError } from "../errors";
import { issuesAsText } from "../issues";
import type { StackFile } from "../project";
import type { Edit } from "../stackEdit";
import { hasColours, painter } from "../style";

const CLUSTER = ["config", "opencenter:cluster"];

export interface EditedStack {
  readonly text: string;
  readonly config: ClusterConfig;
}

/** Ways to write the same; the first is that of the files that come with the program and of `init`. */
const STYLES = [false, true].flatMap((flowCollectionPadding) =>
  [true, false].map((indentSeq) => ({ lineWidth: 0, flowCollectionPadding, indentSeq })),
);

/** The way that changes the fewest lines of a file: a review is to show the edit, and not brackets that moved. */
function styleOf(text: string): (typeof STYLES)[number] {
  const lines = text.split("\n");
  const changed = STYLES.map((style) => {
    const kept = new Set(parseDocument(text).toString(style).split("\n"));
    return { style, count: lines.filter((line) => !kept.has(line)).length };
  });
  return changed.reduce((best, next) => (next.count < best.count ? next : best)).style;
}

/**
 * The file with values set, comments and order kept; nothing is written.
 * @throws UserError with the rules' own words when the result would not be valid
 */
export function editedStack(file: StackFile, edits: readonly Edit[]): EditedStack {
  const document = parseDocument(file.text);
  for (const { path, value } of edits) document.setIn([...CLUSTER, ...path], value);
  const text = document.toString(styleOf(file.text));
  const { config, issues } = validateStackFile(text);
  if (config !== undefined) return { text, config };
  const errors = issues.filter(({ severity }) => severity === "error");
  const report = issuesAsText(errors, file.shown, text, painter(hasColours(process.stderr)));
  throw new UserError(
    `${file.shown} would not be valid; it was not changed.\n${report}`,
    undefined,
    ExitCode.failed,
  );
}

/** Whole or not at all. */
export function writeStack({ path }: StackFile, text: string): void {
  const draft = `${path}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}
