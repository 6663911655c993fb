/** A drift report as one page that needs nothing else: for mail, a ticket, an archive. */
import { findingsOf, summaryOf, type DriftReport, type Finding, type LayerReport } from "../report";
import { escapeMarkup as text } from "./markup";

const STYLE = `
:root { color-scheme: light dark; --line: #8884; --ok: #1a7f37; --bad: #b35900; --blind: #c0392b; }
body { font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 64rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; margin: 0; } h2 { font-size: 1.15rem; margin: 2rem 0 .5rem; text-transform: capitalize; }
.verdict { font-weight: 600; } .ok { color: var(--ok); } .bad { color: var(--bad); } .blind { color: var(--blind); }
.about, .repair, small { opacity: .8; } small { font-weight: normal; text-transform: none; }
article { border: 1px solid var(--line); border-radius: .5rem; padding: .75rem 1rem; margin: .75rem 0; }
h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; } p { margin: .25rem 0; }
.table { overflow-x: auto; } table { border-collapse: collapse; margin: .5rem 0; min-width: 60%; }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line); vertical-align: top; }
td { font-family: ui-monospace, monospace; font-size: .875rem; overflow-wrap: anywhere; }
`;

export function driftHtml(report: DriftReport): string {
  const count = findingsOf(report).length;
  const blind = report.layers.some(({ looked }) => !looked);
  const tone = count > 0 ? "bad" : blind ? "blind" : "ok";
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Drift of ${text(report.cluster)}</title>
<style>${STYLE}</style>
</head>
<body>
<header>
<h1>Drift of ${text(report.cluster)}</h1>
<p class="about">Organisation ${text(report.organization)}, looked at <time datetime="${text(report.at)}">${text(report.at)}</time></p>
<p class="verdict ${tone}">${text(summaryOf(report))}</p>
</header>
<main>
${report.layers.map(layerHtml).join("\n")}
${ignoredHtml(report)}
</main>
</body>
</html>
`;
}

function layerHtml(layer: LayerReport): string {
  if (!layer.looked)
    return `<section><h2>${layer.layer}</h2><p class="blind">Could not look: ${text(layer.reason)}</p>${
      layer.hint === undefined ? "" : `<p class="repair">${text(layer.hint)}</p>`
    }</section>`;
  const { checked, findings } = layer;
  const body =
    findings.length === 0 ? `<p class="ok">As it should be.</p>` : findings.map(findingHtml).join("\n");
  return `<section><h2>${layer.layer} <small>${checked} looked at</small></h2>\n${body}</section>`;
}

function findingHtml({ subject, id, message, differences = [], repair }: Finding): string {
  const rows = differences.map(
    ({ path, expected = "", actual = "" }) =>
      `<tr><td>${text(path)}</td><td>${text(expected)}</td><td>${text(actual)}</td></tr>`,
  );
  const table =
    rows.length === 0
      ? ""
      : `<div class="table"><table><thead><tr><th>Property</th><th>Should be</th><th>Is</th></tr></thead><tbody>${rows.join("")}</tbody></table></div>`;
  return `<article>
<h3>${text(subject)}</h3>
<p>${text(message)}</p>${id === undefined ? "" : `\n<p class="about">${text(id)}</p>`}
${table}<p class="repair">${text(repair)}</p>
</article>`;
}

function ignoredHtml({ ignored }: DriftReport): string {
  if (ignored.length === 0) return "";
  const rows = ignored.map(
    ({ finding, reason, until }) =>
      `<tr><td>${text(finding.subject)}</td><td>${text(finding.message)}</td><td>${text(reason)}</td><td>${text(until)}</td></tr>`,
  );
  return `<section><h2>Ignored</h2><div class="table"><table><thead><tr><th>What</th><th>Difference</th><th>Why</th><th>Until</th></tr></thead><tbody>${rows.join("")}</tbody></table></div></section>`;
}
