/** The comment on a pull request: what a reviewer has to know, the worst first. */
import { digestOfOutcome } from "./digest";
import type { Change } from "./outcome";
import { isPrecious, reasons, type StackReport } from "./verdict";

/** By which the comment of an earlier run is found, to be edited in place. */
export const MARKER = "<!-- opencenter report -->";

/** Git hosts cut comments at 64 KiB; nobody reads that much anyway. */
const MOST_ROWS = 30;

function code(text: string): string {
  return `\`${text.replaceAll("`", "'").replaceAll("|", "\\|").replace(/\s+/g, " ")}\``;
}

/** A sentence that was written by somebody else, kept from being markup. */
function prose(text: string): string {
  return text
    .replace(/[<>]/g, (one) => (one === "<" ? "&lt;" : "&gt;"))
    .replaceAll("|", "\\|")
    .replace(/\s+/g, " ")
    .trim();
}

function capped(lines: readonly string[]): string[] {
  const more = lines.length - MOST_ROWS;
  return more <= 0 ? [...lines] : [...lines.slice(0, MOST_ROWS), `- … and ${more} more`];
}

function details(title: string, lines: readonly string[]): string[] {
  return lines.length === 0
    ? []
    : [`<details><summary>${title}</summary>`, "", ...lines, "", "</details>", ""];
}

function kind({ type }: Change): string {
  return type.split(":").at(-1) ?? type;
}

function changeLine(change: Change): string {
  const because = change.properties.length === 0 ? "" : `: ${change.properties.map(code).join(", ")}`;
  return `- ${kind(change)} ${code(change.name)}${because}`;
}

/** Where something is lost, what matters most stands out. */
function lossLine(change: Change): string {
  const line = changeLine(change);
  return isPrecious(change) ? `- 🔴 ${line.slice(2)}` : line;
}

function changesOf(report: StackReport, op: Change["op"]): Change[] {
  return (report.outcome?.changes ?? []).filter((change) => change.op === op);
}

function counts(report: StackReport): string {
  const ops = ["create", "update", "replace", "delete"] as const;
  const parts = ops.map((op) => [op, changesOf(report, op).length] as const).filter(([, count]) => count > 0);
  return parts.length === 0
    ? "no resource changes"
    : parts.map(([op, count]) => `${count} to ${op}`).join(", ");
}

/** What is lost comes before what is made. */
function losses(report: StackReport): string[] {
  const [replaced, deleted] = [changesOf(report, "replace"), changesOf(report, "delete")];
  const first = (changes: Change[]) =>
    [...changes].sort((a, b) => Number(isPrecious(b)) - Number(isPrecious(a)));
  return [
    ...(replaced.length === 0
      ? []
      : ["**Replaced: deleted and made anew**", "", ...capped(first(replaced).map(lossLine)), ""]),
    ...(deleted.length === 0 ? [] : ["**Deleted**", "", ...capped(first(deleted).map(lossLine)), ""]),
  ];
}

function policies({ outcome }: StackReport): string[] {
  const results = outcome?.policies ?? [];
  if (results.length === 0) return [];
  const order = [...results].sort(
    (a, b) => Number(b.level === "mandatory") - Number(a.level === "mandatory"),
  );
  const lines = order.map(
    ({ level, rule, message }) => `- ${level === "mandatory" ? "❌" : "⚠️"} ${code(rule)} ${prose(message)}`,
  );
  return ["**Policies**", "", ...capped(lines), ""];
}

function playbooks({ outcome }: StackReport): string[] {
  const lines = outcome?.playbooks ?? [];
  return lines.length === 0
    ? []
    : ["**Playbooks that would run**", "", ...lines.map((line, index) => `${index + 1}. ${prose(line)}`), ""];
}

function problems({ issues }: StackReport): string[] {
  const lines = issues.map(({ severity, path, line, message, hint }) => {
    const where = line === undefined ? code(path) : `${code(path)} (line ${line})`;
    return `- ${severity === "error" ? "❌" : "⚠️"} ${where} ${prose(message)}${hint === undefined ? "" : ` → ${prose(hint)}`}`;
  });
  return lines.length === 0 ? [] : ["**Configuration**", "", ...capped(lines), ""];
}

function section(report: StackReport): string[] {
  const why = reasons(report);
  const { stack, environment, because, outcome, topology } = report;
  const title = `### ${why.length === 0 ? "✅" : "❌"} ${stack}${environment === undefined ? "" : ` (${environment})`}: ${counts(report)}`;
  const others = (["create", "update"] as const).flatMap((op) =>
    changesOf(report, op).map((change) => changeLine(change).replace("- ", `- ${op} `)),
  );
  return [
    title,
    "",
    ...(why.length === 0
      ? []
      : ["**Must not be merged:**", "", ...capped(why.map((one) => `- ${prose(one)}`)), ""]),
    ...losses(report),
    ...playbooks(report),
    ...policies(report),
    ...problems(report),
    ...details(
      `Files in the GitOps repository (${outcome?.files.length ?? 0})`,
      capped((outcome?.files ?? []).map((file) => `- ${code(file)}`)),
    ),
    ...(topology === undefined ? [] : ["```mermaid", topology, "```", ""]),
    ...details("Everything that is made or changed", capped(others)),
    `<sub>Previewed because of ${code(because)}.${shownDigest(report)}</sub>`,
    "",
  ];
}

/** After the merge, what is applied must have the same digest. */
function shownDigest({ outcome, exitCode }: StackReport): string {
  return outcome === undefined || exitCode !== 0
    ? ""
    : ` Reviewed preview: ${code(digestOfOutcome(outcome))}.`;
}

const REVIEWED = /^<!-- opencenter reviewed (\S+) ([0-9a-f]+) -->$/;

/** For programs, at the beginning: a comment that is cut keeps them. */
function digestLines(reports: readonly StackReport[]): string[] {
  return reports.flatMap(({ stack, outcome, exitCode }) =>
    outcome === undefined || exitCode !== 0
      ? []
      : [`<!-- opencenter reviewed ${stack} ${digestOfOutcome(outcome)} -->`],
  );
}

/** What a comment says was reviewed, by stack. Only the lines at its beginning count: the rest quotes other people. */
export function digestsIn(comment: string): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const line of comment.split("\n").slice(1)) {
    const [, stack, digest] = REVIEWED.exec(line.trimEnd()) ?? [];
    if (stack === undefined || digest === undefined) break;
    found.set(stack, digest);
  }
  return found;
}

/** One comment for all stacks of a change; those that must not be merged first. */
export function reportMarkdown(reports: readonly StackReport[], removed: readonly string[] = []): string {
  const bad = reports.filter((report) => reasons(report).length > 0);
  const good = reports.filter((report) => reasons(report).length === 0);
  const summary =
    reports.length === 0
      ? "This change does nothing to any stack."
      : bad.length === 0
        ? `${reports.length} stack(s), nothing against merging.`
        : `${bad.length} of ${reports.length} stack(s) must not be merged like this.`;
  return [
    MARKER,
    ...digestLines(reports),
    `## opencenter`,
    "",
    summary,
    "",
    ...removed.flatMap((stack) => [
      `- ⚠️ The file of ${code(stack)} is deleted. Was the stack destroyed?`,
      "",
    ]),
    ...[...bad, ...good].flatMap(section),
  ].join("\n");
}
