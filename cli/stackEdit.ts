/** Editing a stack's file as a person would: comments and order stay, and it is checked before it is written. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { type Document, isScalar, parseDocument, Scalar, visit } from "yaml";
import type { ClusterConfig } from "../config/resolve";
import { validateStackFile } from "../config/validate";
import { ExitCode, UserError } from "./errors";
import { issuesAsText } from "./issues";
import type { StackFile } from "./project";
import { hasColours, painter } from "./style";

const CLUSTER = ["config", "opencenter:cluster"];

/** A value below `opencenter:cluster`. */
export interface Edit {
  readonly path: readonly string[];
  readonly value: unknown;
}

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

/** Without quotes, Pulumi reads a date as a point in time, and hands it on in another form. */
const DATE = /^\d{4}-\d{2}-\d{2}/;

function nodeOf(document: Document, value: unknown) {
  const node = document.createNode(value);
  visit(node, (_key, item) => {
    if (isScalar(item) && typeof item.value === "string" && DATE.test(item.value))
      item.type = Scalar.QUOTE_DOUBLE;
  });
  return node;
}

/**
 * The file with values set, comments and order kept; nothing is written.
 * @param drops keys that the new values take the place of
 * @throws UserError with the rules' own words when the result would not be valid
 */
export function editedStack(
  file: StackFile,
  edits: readonly Edit[],
  drops: readonly (readonly string[])[] = [],
): EditedStack {
  const document = parseDocument(file.text);
  for (const drop of drops) document.deleteIn([...CLUSTER, ...drop]);
  for (const { path, value } of edits) document.setIn([...CLUSTER, ...path], nodeOf(document, value));
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

/**
 * Whole or not at all; a file that has it already is only looked at.
 * @param file as it was when the edit began
 * @throws UserError when it is another now: what somebody wrote or pulled meanwhile would be gone
 */
export function writeStack({ path, shown, text: before }: StackFile, text: string): void {
  if (readFileSync(path, "utf8") !== before)
    throw new UserError(
      `${shown} has changed since it was read; it was left as it is.`,
      "Look at what changed (git diff), then run the same command again.",
      ExitCode.failed,
    );
  if (text === before) return;
  const draft = `${path}.tmp`;
  writeFileSync(draft, text);
  renameSync(draft, path);
}
