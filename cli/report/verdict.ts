/** Why a change must not be merged, and nothing else: what is merely worth reading does not fail a check. */
import type { Issue } from "../../config/issue";
import { TYPE } from "../../policy/graph";
import type { Environment } from "../../policy/rule";
import { rules } from "../../policy/rules";
import { levelOf, optionsOf } from "../../policy/settings";
import { settingsIn } from "./environment";
import type { Change, Outcome } from "./outcome";

/** One stack, and what a change does to it. */
export interface StackReport {
  readonly stack: string;
  /** The file that made the stack part of this report. */
  readonly because: string;
  readonly environment?: Environment;
  /** The environment before the change, where that was a stricter one. */
  readonly loweredFrom?: Environment;
  readonly issues: readonly Issue[];
  /** Absent where there was nothing to preview. */
  readonly outcome?: Outcome;
  /** Exit code of the preview. */
  readonly exitCode?: number;
  /** A mermaid flowchart of what changes; absent where no machine does. */
  readonly topology?: string;
  readonly replacements: { readonly refused: boolean; readonly allow: readonly string[] };
}

/** What is lost with it: data, addresses, a member of etcd. */
const PRECIOUS: readonly string[] = [
  TYPE.network,
  TYPE.subnet,
  TYPE.router,
  TYPE.volume,
  TYPE.loadBalancer,
  TYPE.floatingIp,
  TYPE.container,
];

/** Also control-plane machines, which their names tell. */
export function isPrecious({ type, name }: Change): boolean {
  return PRECIOUS.includes(type) || (type === TYPE.instance && /-cp-\d+$/.test(name));
}

/** Reasons, each in a line; none means that the check passes. */
export function reasons(report: StackReport): string[] {
  const { issues, outcome, exitCode = 0, replacements } = report;
  const invalid = issues.filter(({ severity }) => severity === "error").length;
  if (invalid > 0) return [`the configuration has ${invalid} problem(s)`];
  const replaced = (outcome?.changes ?? [])
    .filter((change) => change.op === "replace" && isPrecious(change))
    .filter(({ name }) => replacements.refused && !replacements.allow.includes(name))
    .map(({ name }) => `${name} would be deleted and made anew, and nothing in the stack's file allows it`);
  const broken = new Set(
    (outcome?.policies ?? []).flatMap(({ level, rule }) => (level === "mandatory" ? [rule] : [])),
  );
  const unkept = [...broken].map((rule) => `policy ${rule} is not kept`);
  const errors = (outcome?.errors ?? []).map((text) => text.split("\n").slice(0, 3).join(" "));
  const known = [...errors, ...replaced, ...unkept];
  const failed =
    known.length === 0 && exitCode !== 0 ? [`pulumi preview failed (exit code ${exitCode})`] : known;
  return [...lowering(report), ...failed];
}

/** The preview was made with the weaker rules: what it does not complain about says nothing. */
function lowering({ environment, loweredFrom }: StackReport): string[] {
  return loweredFrom === undefined
    ? []
    : [
        `environment goes from ${loweredFrom} to ${environment}: protection against deletion and the levels of ` +
          `policies would be those of ${environment}, and so they are in this preview`,
      ];
}

/**
 * What the rules say of replacements in this stack: whether they are refused, and which are allowed all the same.
 * @param environment whose levels count; by default that of the file
 */
export function replacementsOf(text: string, environment?: Environment): StackReport["replacements"] {
  const own = settingsIn(text);
  const settings = { ...own, environment: environment ?? own.environment };
  const rule = rules.find(({ name }) => name === "no-replacement")!;
  const { allow } = optionsOf(rule, settings) as { readonly allow: readonly string[] };
  return { refused: levelOf(rule, settings) === "mandatory", allow };
}
