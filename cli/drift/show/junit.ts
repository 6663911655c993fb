/** A drift report as JUnit XML, which every CI shows: a layer is a suite, a finding a failure. Written by hand: four elements. */
import type { DriftReport, LayerReport } from "../report";
import { escapeMarkup as text } from "./markup";
import { differenceText } from "./text";

export function driftJunit(report: DriftReport): string {
  const suites = report.layers.map((layer) => suite(layer, report));
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites name="drift of ${text(report.cluster)}">\n${suites.join("\n")}\n</testsuites>\n`;
}

function suite(layer: LayerReport, { cluster, at }: DriftReport): string {
  const [failures, errors] = layer.looked ? [layer.findings.length, 0] : [0, 1];
  const cases = casesOf(layer, `${cluster}.${layer.layer}`);
  const counts = `tests="${cases.length}" failures="${failures}" errors="${errors}"`;
  return `  <testsuite name="${layer.layer}" timestamp="${text(at)}" ${counts}>\n${cases.join("\n")}\n  </testsuite>`;
}

function casesOf(layer: LayerReport, classname: string): string[] {
  const open = (name: string) => `    <testcase classname="${text(classname)}" name="${text(name)}"`;
  if (!layer.looked)
    return [
      `${open(`look at ${layer.layer}`)}><error message="${text(layer.reason)}">${text(layer.hint ?? "")}</error></testcase>`,
    ];
  if (layer.findings.length === 0) return [`${open(`${layer.checked} are as they should be`)}/>`];
  return layer.findings.map(({ subject, code, message, differences = [], repair }) => {
    const body = [...differences.map(differenceText), repair].join("\n");
    return `${open(subject)}><failure type="${text(code)}" message="${text(message)}">${text(body)}</failure></testcase>`;
  });
}
