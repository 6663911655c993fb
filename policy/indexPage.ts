/** docs/policy/README.md: every rule with its levels and options, from the rules themselves. */
import { ENVIRONMENTS, type Option, type Rule } from "./rule";

const HEAD = `# Policy

Guard rails for every preview and every update, for this program and for whatever else a stack grows:

\`\`\`sh
pulumi preview --stack prod --policy-pack policy
pulumi up --stack prod --policy-pack policy
\`\`\`

**mandatory** stops the run (exit code 1), **advisory** is shown, **disabled** is not looked at. Which of them depends on
\`environment\` in the stack's file; where that cannot be read, production's levels hold. Rules about one resource stop it
before it is made; rules about the whole stack speak at the end of a preview, so never skip that (\`--skip-preview\`).

## Settings

In the stack's file, where a reviewer sees them; an unknown rule or setting is refused (\`settings-valid\`):

\`\`\`yaml
config:
  opencenter:policy:
    tagged: { required: [cost-centre] }
    budget-instances: { limit: 40 }
    pool-minimum: { level: advisory }
    no-replacement: { allow: [prod-cp-2] } # and out again after the \`pulumi up\`
\`\`\`

An organisation that wants one set for all its stacks gives \`--policy-pack-config settings.json\`
(\`{"tagged": {"enforcementLevel": "mandatory", "required": ["cost-centre"]}}\`), which wins over the file.

## Examples

Each page has a bad and a good example for every rule. They are resources as Pulumi hands them to a policy:
\`type\` is short for the resource's type, \`!unknown\` is a value that exists only after the run, \`!secret\` one that is
marked as secret, \`uses\` says what an input was made from, \`settings\` are the rule's own. The cluster is \`prod\` of
\`acme\`, in production. A test runs every one of them.

What a policy cannot see: what a run *does*. It gets what is wanted, and of that the ids. Replacements of volumes are
therefore left to \`protect\` (see [stateful-protected](protection.md#stateful-protected)) and to the preview's reader.
`;

function optionText([name, { what, default: values }]: [string, Option<unknown>]): string {
  const shown = ENVIRONMENTS.map((environment) => JSON.stringify(values[environment]));
  const same = new Set(shown).size === 1;
  return `\`${name}\`: ${what} Default ${same ? shown[0] : shown.join(" · ")}.`;
}

function section(family: string, rules: readonly Rule[]): string {
  const rows = rules.map(({ name, summary, severity, levels, options }) => {
    const cells = [
      `[${name}](${family}.md#${name})`,
      summary,
      severity,
      ...ENVIRONMENTS.map((environment) => levels[environment]),
      Object.entries(options).map(optionText).join(" "),
    ];
    return `| ${cells.join(" | ")} |`;
  });
  const title = `${family.charAt(0).toUpperCase()}${family.slice(1)}`;
  const header = [
    "rule",
    "what holds",
    "severity",
    ...ENVIRONMENTS,
    "settings (development · staging · production)",
  ];
  return [`## ${title}`, "", `| ${header.join(" | ")} |`, `|${" --- |".repeat(header.length)}`, ...rows].join(
    "\n",
  );
}

/** The page, not yet formatted. */
export function indexPage(rules: readonly Rule[]): string {
  const families = [...new Set(rules.map(({ family }) => family))];
  return `${HEAD}\n${families
    .map((family) =>
      section(
        family,
        rules.filter((rule) => rule.family === family),
      ),
    )
    .join("\n\n")}\n`;
}
