/** From a stack's file, or the values that the engine read from it, to a checked configuration or all its problems. */
import { isDeepStrictEqual } from "node:util";
import { salvage } from "./checking/salvage";
import { schemaFindings } from "./checking/schemaFindings";
import { related } from "./checking/values";
import { formatPath, type Finding, type Issue } from "./issue";
import { resolveCluster, type ClusterConfig } from "./resolve";
import { rules } from "./rules";
import { stackSchema } from "./schema";
import { StackDocument, type PlacedFinding } from "./stackFile/document";
import { configOf, encryptedProblems, filePath, isEncrypted, isMapping, keyProblems } from "./stackFile/keys";

/** What came of checking a configuration: a complete one, or what to mend. */
export interface Validation {
  readonly valid: boolean;
  /** Present when there is no error; there may be warnings. */
  readonly config?: ClusterConfig;
  /** Errors and warnings in the order of their lines. */
  readonly issues: readonly Issue[];
}

interface StackValues {
  readonly organization: unknown;
  readonly cluster: unknown;
}

/** A stack file's text: `config:` with `opencenter:organization` and `opencenter:cluster`, keys in Pulumi's form. */
export function validateStackFile(text: string): Validation {
  const file = readFile(text);
  if (!file.usable) return conclude(file.problems, undefined, file.document);
  return validate(file.values, file.document, file.problems);
}

/**
 * The values as the engine hands them to a program. `text` is the stack's file when it could be read: it only gives
 * positions, and is not used when it says something else than the values.
 */
export function validateStackValues(values: StackValues, text?: string): Validation {
  const file = text === undefined ? undefined : readFile(text);
  if (file === undefined || !file.usable || !agree(file.values, values))
    return validate(values, undefined, []);
  return validate(values, file.document, file.problems);
}

interface ReadFile {
  readonly document: StackDocument;
  readonly values: StackValues;
  readonly problems: readonly PlacedFinding[];
  /** Whether there are values to check. */
  readonly usable: boolean;
}

function readFile(text: string): ReadFile {
  const document = new StackDocument(text);
  const nothing = { organization: undefined, cluster: undefined };
  if (!document.readable) return { document, values: nothing, problems: document.problems, usable: false };
  const { values: config, problems } = configOf(document);
  if (problems.length > 0)
    return { document, values: nothing, problems: [...document.problems, ...problems], usable: false };
  const values = { organization: config["opencenter:organization"], cluster: config["opencenter:cluster"] };
  const encrypted = [
    ...encryptedProblems(values.organization, ["organization"]),
    ...encryptedProblems(values.cluster, ["cluster"]),
  ];
  const all = [...document.problems, ...keyProblems(document, config), ...encrypted];
  return { document, values, problems: all, usable: true };
}

/** Whether a file says what the engine read; what is encrypted in the file the engine has decrypted. */
function agree(inFile: unknown, given: unknown): boolean {
  if (isEncrypted(inFile)) return given !== undefined;
  if (Array.isArray(inFile) && Array.isArray(given))
    return inFile.length === given.length && inFile.every((item, index) => agree(item, given[index]));
  if (!isMapping(inFile) || !isMapping(given)) return isDeepStrictEqual(inFile, given);
  const keys = new Set([...Object.keys(inFile), ...Object.keys(given)]);
  return [...keys].every((key) => agree(inFile[key], given[key]));
}

function validate(
  values: StackValues,
  document: StackDocument | undefined,
  earlier: readonly PlacedFinding[],
): Validation {
  const parsed = stackSchema.safeParse(values);
  const secrets = earlier.filter((finding) => finding.code === "secret-in-cluster");
  const fromSchema = (parsed.error?.issues ?? [])
    .flatMap((issue) => schemaFindings(issue, values))
    // That an encrypted value is a mapping instead of text is the same mistake again.
    .filter((finding) => !secrets.some((secret) => related(secret.path, finding.path)));
  const rest = salvage(values);
  const config = resolveCluster(rest.settings.organization, rest.settings.cluster);
  const unreliable = [...rest.tainted, ...secrets.map((secret) => secret.path)];
  const fromRules = rules
    .flatMap(({ code, check }) =>
      check(config, rest.written.cluster).map((problem) => ({ code, ...problem })),
    )
    .map((finding) => ({
      ...finding,
      path: rest.original(finding.path),
      because: finding.because?.map(rest.original),
    }))
    .filter(({ path, because = [] }) =>
      [path, ...because].every((reason) => !unreliable.some((bad) => related(bad, reason))),
    );
  return conclude([...earlier, ...fromSchema, ...fromRules], config, document);
}

function conclude(
  findings: readonly PlacedFinding[],
  config: ClusterConfig | undefined,
  document: StackDocument | undefined,
): Validation {
  const issues = sorted(findings.map((finding) => toIssue(finding, document)));
  const valid = issues.every((issue) => issue.severity !== "error");
  return valid ? { valid, config, issues } : { valid, issues };
}

function toIssue(finding: PlacedFinding, document: StackDocument | undefined): Issue {
  const { code, severity = "error", path, message, hint } = finding;
  const position = finding.position ?? positionOf(finding, document);
  return { code, severity, path: formatPath(path), ...position, message, hint };
}

function positionOf({ path, aboutKey }: Finding, document: StackDocument | undefined) {
  return document?.position(filePath(path), aboutKey ? "key" : "value");
}

/** By line, then column; without positions in the order of discovery. Exact duplicates once. */
function sorted(issues: readonly Issue[]): Issue[] {
  const unique = new Map(issues.map((issue) => [JSON.stringify(issue), issue]));
  const place = (issue: Issue) => [issue.line ?? Infinity, issue.column ?? Infinity] as const;
  return [...unique.values()].sort((a, b) => {
    const [[lineA, columnA], [lineB, columnB]] = [place(a), place(b)];
    if (lineA !== lineB) return lineA < lineB ? -1 : 1;
    return columnA === columnB ? 0 : columnA < columnB ? -1 : 1;
  });
}
