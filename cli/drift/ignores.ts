/** Leaves out of a report what the configuration says is meant, and says so. */
import type { DriftPolicy, IgnoredDrift } from "../../plan/drift";
import type { Finding, Ignored, LayerReport } from "./report";

export interface Sifted {
  readonly layers: readonly LayerReport[];
  readonly ignored: readonly Ignored[];
}

export function sift(layers: readonly LayerReport[], { ignored: entries }: DriftPolicy): Sifted {
  const ignored: Ignored[] = [];
  const kept = layers.map((layer): LayerReport => {
    if (!layer.looked) return layer;
    const findings = layer.findings.flatMap((finding) => {
      const rest = withoutIgnored(finding, entries, ignored);
      return rest ?? [];
    });
    return { ...layer, findings };
  });
  return { layers: kept, ignored };
}

/** What of a finding is left; nothing when all of it is meant. */
function withoutIgnored(
  finding: Finding,
  entries: readonly IgnoredDrift[],
  ignored: Ignored[],
): Finding | undefined {
  const about = entries.filter(({ subject }) => subject === finding.subject);
  const whole = about.find(({ property }) => property === undefined);
  const note = (part: Finding, { reason, until }: IgnoredDrift) =>
    ignored.push({ finding: part, reason, until });
  if (whole !== undefined) {
    note(finding, whole);
    return undefined;
  }
  const { differences } = finding;
  if (about.length === 0 || differences === undefined) return finding;
  const rest = differences.filter((difference) => {
    const entry = about.find(({ property }) => property === difference.path);
    if (entry !== undefined) note({ ...finding, differences: [difference] }, entry);
    return entry === undefined;
  });
  if (rest.length === differences.length) return finding;
  return rest.length === 0
    ? undefined
    : { ...finding, differences: rest, message: `differs in ${rest.map(({ path }) => path).join(", ")}` };
}

/** So that a decision that was put off comes back. */
export function expiryFindings({ expired }: DriftPolicy): Finding[] {
  return expired.map(({ subject, property, reason, until }) => ({
    layer: "cloud",
    code: "ignore-expired",
    subject: `drift.ignore for ${subject}${property === undefined ? "" : ` (${property})`}`,
    message: `ended on ${until}; it was ignored because: ${reason}`,
    repair: "Repair it, adopt it, or give the entry a new date; then take it out of drift.ignore.",
  }));
}
