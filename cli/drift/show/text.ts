/** A drift report for a terminal. */
import type { Paint } from "../../style";
import {
  findingsOf,
  summaryOf,
  type Difference,
  type DriftReport,
  type Finding,
  type LayerReport,
} from "../report";

const NOTHING = "nothing";

export function driftText(report: DriftReport, paint: Paint): string {
  const parts = report.layers.map((layer) => layerText(layer, paint));
  const ignored = report.ignored.map(
    ({ finding, reason, until }) => `  ${finding.subject}: ${finding.message}, until ${until}: ${reason}`,
  );
  return [
    `Cluster ${report.cluster} (${report.organization}), ${report.at}: ${verdict(report, paint)}`,
    ...parts,
    ...(ignored.length > 0 ? [`\nIgnored, as the configuration says:\n${ignored.join("\n")}`] : []),
  ].join("\n");
}

function verdict(report: DriftReport, paint: Paint): string {
  return paint(findingsOf(report).length === 0 ? "green" : "yellow", summaryOf(report));
}

function layerText(layer: LayerReport, paint: Paint): string {
  if (!layer.looked) {
    const hint = layer.hint === undefined ? "" : `\n  → ${layer.hint}`;
    return `\n${paint("bold", layer.layer)}: ${paint("red", "could not look")}\n  ${layer.reason}${hint}`;
  }
  const { checked, findings } = layer;
  const title = `\n${paint("bold", layer.layer)}: ${checked} looked at, ${findings.length === 0 ? "clean" : `${findings.length} differ`}`;
  return [title, ...findings.map((finding) => findingText(finding, paint))].join("\n");
}

function findingText({ subject, id, message, differences = [], repair }: Finding, paint: Paint): string {
  const head = `  ${paint("yellow", "≠")} ${subject}${id === undefined ? "" : ` (${id})`}: ${message}`;
  return [head, ...differences.map((one) => `      ${differenceText(one)}`), `      → ${repair}`].join("\n");
}

export function differenceText({ path, expected = NOTHING, actual = NOTHING }: Difference): string {
  return `${path}: ${expected} → ${actual}`;
}
