/** Columns of text. Own code: the well-kept table libraries draw frames, which scripts and screen readers dislike. */
import { stripVTControlCharacters } from "node:util";

const GAP = "  ";

/** Rows as aligned columns; the first row is the header. Colours do not count as width. */
export function table(rows: readonly (readonly string[])[], indent = ""): string {
  const width = (text: string) => stripVTControlCharacters(text).length;
  const columns = Math.max(0, ...rows.map((row) => row.length));
  const widths = Array.from({ length: columns }, (_, column) =>
    Math.max(...rows.map((row) => width(row[column] ?? ""))),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, column) => cell + " ".repeat((widths[column] ?? 0) - width(cell))).join(GAP);
  return rows.map((row) => `${indent}${line(row)}`.trimEnd()).join("\n");
}
