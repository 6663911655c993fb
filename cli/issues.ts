/** Problems of a stack's file, for people and for programs. */
import type { Finding, Issue } from "../config/issue";
import { formatPath } from "../config/issue";
import { StackDocument } from "../config/stackFile/document";
import { filePath } from "../config/stackFile/keys";
import type { Paint } from "./style";

/** Findings of a cloud as issues of the file that has to change. */
export function locate(findings: readonly Finding[], text: string): Issue[] {
  const document = new StackDocument(text);
  return findings.map(({ code, severity, path, message, hint }) => ({
    code,
    severity: severity ?? "error",
    path: formatPath(path),
    ...document.position(filePath(path)),
    message,
    hint,
  }));
}

/** Issues in the order of their lines; those without a line come last. */
export function byLine(issues: readonly Issue[]): Issue[] {
  return [...issues].sort(
    (a, b) => (a.line ?? Infinity) - (b.line ?? Infinity) || (a.column ?? 0) - (b.column ?? 0) || 0,
  );
}

/** The form that scripts read; every key is always there. */
export function issuesAsJson(issues: readonly Issue[]): string {
  const report = {
    valid: !hasErrors(issues),
    issues: issues.map(({ code, severity, path, line, column, message, hint }) => ({
      code,
      severity,
      path,
      line: line ?? null,
      column: column ?? null,
      message,
      hint: hint ?? null,
    })),
  };
  return JSON.stringify(report, null, 2);
}

export function hasErrors(issues: readonly Issue[]): boolean {
  return issues.some((issue) => issue.severity === "error");
}

/** Each issue with its line of the file and a mark under the place, then a sum. */
export function issuesAsText(issues: readonly Issue[], file: string, text: string, paint: Paint): string {
  const source = text.split(/\r?\n/);
  return [...issues.map((issue) => oneIssue(issue, file, source, paint)), summary(issues, file, paint)].join(
    "\n\n",
  );
}

function oneIssue(issue: Issue, file: string, source: readonly string[], paint: Paint): string {
  const { code, severity, path, line, column, message, hint } = issue;
  const place = line === undefined ? file : `${file}:${line}:${column ?? 1}`;
  const colour = severity === "error" ? "red" : "yellow";
  const subject = path === "" ? "" : `${path}: `;
  const head = `${paint("bold", place)} ${paint(colour, severity)} [${code}] ${subject}${message}`;
  const quoted = line === undefined ? [] : excerpt(source[line - 1], line, column ?? 1, paint);
  return [head, ...quoted, ...(hint === undefined ? [] : [`    → ${hint}`])].join("\n");
}

function excerpt(content: string | undefined, line: number, column: number, paint: Paint): string[] {
  if (content === undefined || content.trim() === "") return [];
  const margin = `  ${line} | `;
  // Tabs keep their width, or the mark would stand under another place.
  const before = content.slice(0, column - 1).replace(/[^\t]/g, " ");
  return [
    `${paint("dim", margin)}${content}`,
    `${" ".repeat(margin.length - 2)}${paint("dim", "|")} ${before}${paint("red", "^")}`,
  ];
}

function summary(issues: readonly Issue[], file: string, paint: Paint): string {
  const errors = issues.filter((issue) => issue.severity === "error").length;
  const warnings = issues.length - errors;
  if (issues.length === 0) return `${paint("green", "valid")} ${file}`;
  const counts = [
    ...(errors > 0 ? [plural(errors, "error")] : []),
    ...(warnings > 0 ? [plural(warnings, "warning")] : []),
  ].join(", ");
  return errors > 0
    ? `${paint("red", "invalid")} ${file}: ${counts}`
    : `${paint("green", "valid")} ${file}: ${counts}`;
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
