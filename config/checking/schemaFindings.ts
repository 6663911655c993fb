/** The schema's verdicts in the words of this program. */
import type { z } from "zod";
import type { Finding, Path } from "../issue";
import { nodeAt, type SchemaNode } from "./schemaModel";
import { unknownKey } from "./unknownKeys";
import { show, typeOf, valueAt } from "./values";

type SchemaIssue = z.core.$ZodIssue;
type Placed<T extends SchemaIssue> = T & { readonly path: Path };

/** Findings for one verdict on `root`; more than one when it names several keys. */
export function schemaFindings(issue: SchemaIssue, root: unknown): Finding[] {
  const path = issue.path as Path;
  const value = valueAt(root, path);
  if (issue.code === "unrecognized_keys") return issue.keys.map((key) => unknownKey(path, key));
  if (issue.code === "invalid_key") return [invalidKey(issue as Placed<typeof issue>)];
  if (value === undefined) return [missing(path)];
  if (issue.code === "invalid_type") return [wrongType(path, value, issue.expected)];
  if (issue.code === "invalid_value") return [notOneOf(path, value, issue.values)];
  if (issue.code === "invalid_union") return union(issue, root, value);
  return [invalid(path, value, sentence(issue))];
}

/** What the nearest described key of a path means: what a value has to say is best told by its purpose. */
function meaning(path: Path): string {
  const end = path.findLastIndex((_, index) => nodeAt(path.slice(0, index + 1))?.description !== undefined);
  const text = nodeAt(path.slice(0, end + 1))?.description?.replace(/\s*@default[\s\S]*$/, "");
  return text === undefined ? "" : ` ${path[end]}: ${text}`;
}

function missing(path: Path): Finding {
  const hint = `Add it.${meaning(path)}`;
  return { code: "missing-key", path, message: "is missing", hint };
}

const typeNames: Readonly<Record<string, string>> = {
  string: "text",
  int: "a whole number",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  array: "a list",
  object: "a mapping",
  record: "a mapping",
};

function wrongType(path: Path, value: unknown, expected: string): Finding {
  const wanted = typeNames[nodeAt(path)?.type ?? expected] ?? expected;
  return {
    code: "wrong-type",
    path,
    message:
      value === null
        ? `is empty; it must be ${wanted}`
        : `is ${typeOf(value)}, ${show(value)}; it must be ${wanted}`,
    hint: typeHint(value, wanted) + meaning(path),
  };
}

function typeHint(value: unknown, wanted: string): string {
  if (value === null)
    return wanted === "a mapping" ? "Write {} or remove the key." : "Write a value or remove the key.";
  if (wanted === "text" && typeof value !== "object") return `Put it in quotes: "${String(value)}".`;
  if (wanted === "a list" && typeof value !== "object") return `Write a list: [${String(value)}].`;
  if (typeof value === "string" && wanted.endsWith("number") && /^\d+$/.test(value))
    return `Write it without quotes: ${value}.`;
  if (typeof value === "string" && wanted === "true or false") return "Write true or false, without quotes.";
  return `Write ${wanted}.`;
}

function notOneOf(path: Path, value: unknown, choices: readonly unknown[]): Finding {
  const list = choices.map((choice) => String(choice)).join(", ");
  return {
    code: "not-one-of",
    path,
    message: `is ${show(value)}; it must be one of ${list}`,
    hint: `Choose one.${meaning(path)}`,
  };
}

function invalidKey(issue: Placed<SchemaIssue & { code: "invalid_key" }>): Finding {
  const why = issue.issues.map((inner) => sentence(inner)).join(", ");
  return {
    code: "invalid-key",
    aboutKey: true,
    path: issue.path,
    message: `the name ${show(issue.path.at(-1))} ${why}`,
    hint: "Rename the key.",
  };
}

/** Only the choice that somebody tried is worth talking about: that of the value's own type. */
function union(issue: SchemaIssue & { code: "invalid_union" }, root: unknown, value: unknown): Finding[] {
  const path = issue.path as Path;
  const tried = issue.errors.find((errors) =>
    errors.every((error) => error.path.length > 0 || error.code === "unrecognized_keys"),
  );
  if (tried !== undefined && typeof value === "object") {
    const placed = tried.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] }));
    return placed.flatMap((inner) => schemaFindings(inner, root));
  }
  const choices = nodeAt(path)?.anyOf?.map(choiceName) ?? [];
  return [invalid(path, value, `must be ${choices.join(" or ")}`)];
}

function choiceName(node: SchemaNode): string {
  if (node.const !== undefined) return String(node.const);
  if (node.properties !== undefined) return `a mapping of ${Object.keys(node.properties).join(" and ")}`;
  return typeNames[node.type ?? ""] ?? node.type ?? "JSON";
}

function invalid(path: Path, value: unknown, why: string): Finding {
  const message = `is ${show(value)}: ${why}`;
  const version = typeof value === "string" && /^v\d/.test(value) && why.includes("without 'v'");
  const hint = version ? `Write ${value.slice(1)}.` : `Correct it.${meaning(path)}`;
  return { code: "invalid-value", path, message, hint };
}

/** The schema's own sentence where it has one; the library's stock phrases in our words. */
function sentence(issue: SchemaIssue): string {
  if (issue.code === "too_small" && issue.message.startsWith("Too small")) return tooSmall(issue);
  if (issue.code === "too_big" && issue.message.startsWith("Too big")) return tooBig(issue);
  if (issue.code === "invalid_format" && issue.message.startsWith("Invalid string"))
    return "has a character or form that is not allowed";
  return issue.message;
}

function tooSmall({ origin, minimum }: SchemaIssue & { code: "too_small" }): string {
  if (origin === "string")
    return minimum === 1 ? "must not be empty" : `must have ${minimum} characters or more`;
  return origin === "array" ? `must have ${minimum} or more entries` : `must be ${minimum} or more`;
}

function tooBig({ origin, maximum }: SchemaIssue & { code: "too_big" }): string {
  if (origin === "string") return `must have ${maximum} characters at most`;
  return origin === "array" ? `must have ${maximum} entries at most` : `must be ${maximum} at most`;
}
