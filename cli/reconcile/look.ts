/** Finds out what is to be reconciled, and that nothing else would be done along with it. */
import { parseDigest, type DigestStep } from "../drift/cloud/digest";
import { lookForDrift } from "../drift/layers";
import { findingsOf, type DriftReport, type Finding } from "../drift/report";
import { ExitCode, UserError } from "../errors";
import type { Target } from "../operation";
import { refusePending } from "../operation/pending";
import { gentle, inScope, planReconcile, targetsOf, type ReconcilePlan, type Scope } from "./plan";

export interface Reconciliation {
  readonly report: DriftReport;
  readonly plan: ReconcilePlan;
  /** URNs that Pulumi keeps to. */
  readonly targets: readonly string[];
  /** Findings that are meant. */
  readonly findings: readonly Finding[];
}

export interface Look {
  readonly scope: Scope;
  readonly allowReplace: boolean;
  /** URNs that an earlier round of the same repair held back: what it did may ask for more of them. @default none */
  readonly expected?: ReadonlySet<string>;
}

/** @throws UserError when a layer cannot be seen, or the configuration asks for more than was ever done */
export async function lookAndPlan(
  target: Target,
  { scope, allowReplace, expected = new Set() }: Look,
): Promise<Reconciliation> {
  const report = await lookForDrift(target);
  refuseBlind(report, scope);
  const findings = findingsOf(report).filter((finding) => inScope(finding, scope));
  if (scope !== undefined && "urn" in scope && findings.length === 0)
    throw new UserError(
      `nothing differs about ${scope.urn}.`,
      `npx opencenter drift ${target.stack} --json lists the URNs of what does.`,
      ExitCode.failed,
    );
  const flags = flagsOf(scope, report);
  const drifted = findings.filter(({ code }) => code === "changed" || code === "deleted");
  const all = drifted.length + expected.size > 0 ? await previewed(target, flags, expected) : [];
  const urns = new Set(drifted.flatMap(({ urn }) => urn ?? []));
  const { steps, held } = gentle(all, urns, allowReplace);
  const plan = planReconcile({ steps, held, findings });
  return { report, findings, targets: targetsOf({ steps, held }, all, urns), plan };
}

/** What nobody could look at, nobody may change. */
function refuseBlind(report: DriftReport, scope: Scope): void {
  for (const layer of report.layers) {
    const meant = scope === undefined || !("layer" in scope) || scope.layer === layer.layer;
    if (!meant || layer.looked) continue;
    throw new UserError(
      `layer ${layer.layer} cannot be seen: ${layer.reason}`,
      [layer.hint, "Or reconcile another layer alone: --only LAYER."].filter((hint) => hint).join("\n  → "),
      ExitCode.failed,
    );
  }
}

/** Codes of what ends a refresh that does not leave it out. */
const CANNOT_BE_READ: readonly string[] = ["unreadable", "route-missing"];

/** What is ignored stays as it is, also where the rest is repaired; what cannot be read would end the whole run. */
function flagsOf(scope: Scope, report: DriftReport): string[] {
  if (scope !== undefined && "urn" in scope) return ["--target", scope.urn, "--target-dependents"];
  const unreadable = findingsOf(report).filter(({ code }) => CANNOT_BE_READ.includes(code));
  const left = [...report.ignored.map(({ finding }) => finding), ...unreadable];
  const urns = new Set(left.flatMap(({ urn }) => urn ?? []));
  return [...urns].flatMap((urn) => ["--exclude", urn]);
}

async function previewed(
  target: Target,
  flags: readonly string[],
  expected: ReadonlySet<string>,
): Promise<DigestStep[]> {
  const ask = async (more: readonly string[]) =>
    parseDigest(await target.pulumi(["preview", "--json", ...more, ...flags]), "pulumi preview");
  await refusePending(target, { flags, expected, instead: "; or repair one resource: --only URN" });
  return ask(["--refresh"]);
}
