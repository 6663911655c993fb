/** `docs/configuration.md`: every key with type, default and meaning, from the schema's own descriptions. */
import { schemaModel, type SchemaNode } from "./checking/schemaModel";
import type { Path } from "./issue";
import { GIVEN as GIVEN_KEYS } from "./stackFile/given";

interface Section {
  readonly path: Path;
  readonly node: SchemaNode;
  /** Of a mapping with several forms the key that tells this one. */
  readonly form?: string;
}

function given(): string {
  const rows = Object.entries(GIVEN_KEYS).map(
    ([name, { secret, about }]) => `| \`opencenter:${name}\` | ${secret ? "secret" : "text"} | ${about} |`,
  );
  return rows.join("\n");
}

const INTRODUCTION = `# Configuration

<!-- Made by \`npx tsx config/writeReference.ts\`; a test fails when it is stale. -->

A cluster is the stack file \`stacks/Pulumi.<cluster>.yaml\`. Under \`config:\` stand these keys:

| Key | Type | Meaning |
| --- | --- | --- |
| \`opencenter:organization\` | text, required | {organization} |
| \`opencenter:cluster\` | mapping, required | The whole cluster, as below. |
| \`opencenter:policy\` | mapping | Settings of rules, for \`pulumi preview --policy-pack policy\`: [policy](policy/README.md). |
${given()}

Secrets are set by \`pulumi config set --secret opencenter:<key>\`.

\`npx opencenter validate <cluster>\` names every problem at once, with its line. Unknown keys are errors.
Put this line at the top of the file and an editor completes and checks the keys:

\`\`\`yaml
# yaml-language-server: $schema=../schema/cluster.schema.json
\`\`\`
`;

/** Names that the user gives, as they stand in headings. */
const GIVEN = "<name>";

function entriesOf(node: SchemaNode): SchemaNode | undefined {
  const open = typeof node.additionalProperties === "object" ? node.additionalProperties : node.items;
  return open?.properties === undefined ? undefined : open;
}

/** The mappings that a key may be, where it may be one of several, or something else too. */
function formsOf(node: SchemaNode): readonly SchemaNode[] {
  const forms = node.anyOf?.filter((choice) => choice.properties !== undefined) ?? [];
  return forms.length === 0 ? [node] : forms;
}

/** The key that only this form requires; undefined where there is no other form. */
function keyOf(form: SchemaNode, forms: readonly SchemaNode[]): string | undefined {
  const others = forms.filter((other) => other !== form);
  if (others.length === 0) return undefined;
  return form.required?.find((key) => others.every((other) => other.properties?.[key] === undefined));
}

/** Sections in the order of the schema, each before those inside of it. */
function sections(node: SchemaNode, path: Path): Section[] {
  const forms = formsOf(node);
  return forms.flatMap((form) => sectionsOf(form, path, keyOf(form, forms)));
}

function sectionsOf(own: SchemaNode, path: Path, form: string | undefined): Section[] {
  const inner = entriesOf(own);
  if (inner !== undefined)
    return sections(inner, own.items === undefined ? [...path, GIVEN] : markList(path));
  if (own.properties === undefined) return [];
  const below = Object.entries(own.properties).flatMap(([key, child]) => sections(child, [...path, key]));
  return [{ path, node: own, form }, ...sharedOnce(below)];
}

const markList = (path: Path): Path => [...path.slice(0, -1), `${path.at(-1)}[]`];

/** Services have the same keys, most of them no others: one table for all, and one for each with keys of its own. */
function sharedOnce(list: readonly Section[]): Section[] {
  const seen = new Set<string>();
  return list.flatMap((section) => {
    const [head, , ...rest] = section.path;
    if (head !== "services" || section.path.length === 1) return [section];
    const keys = JSON.stringify([rest, Object.keys(section.node.properties ?? {})]);
    const isShared = list.some((other) => other !== section && sameKeys(other, section));
    if (!isShared) return [section];
    if (seen.has(keys)) return [];
    seen.add(keys);
    return [{ ...section, path: [head, GIVEN, ...rest] }];
  });
}

function sameKeys(one: Section, other: Section): boolean {
  const keysOf = ({ path, node }: Section) => [path[0], path.slice(2), Object.keys(node.properties ?? {})];
  return JSON.stringify(keysOf(one)) === JSON.stringify(keysOf(other));
}

function typeText(node: SchemaNode): string {
  if (node.enum !== undefined) return node.enum.map((value) => `\`${String(value)}\``).join(", ");
  if (node.const !== undefined) return `\`${String(node.const)}\``;
  if (node.anyOf !== undefined && node.anyOf.length <= 2)
    return [...new Set(node.anyOf.map(typeText))].join(" or ");
  if (node.items !== undefined) return `list of ${typeText(node.items)}`;
  if (node.type === "string") return "text";
  if (node.type === "integer") return `whole number${range(node)}`;
  if (node.type === "boolean") return "true or false";
  return "mapping";
}

function range({ minimum, maximum }: SchemaNode): string {
  const from = typeof minimum === "number" ? `${minimum}` : "";
  // Where the schema sets no limit the library puts the largest exact integer.
  const to = typeof maximum === "number" && maximum < Number.MAX_SAFE_INTEGER ? `${maximum}` : "";
  return from === "" && to === "" ? "" : to === "" ? ` from ${from}` : `, ${from} to ${to}`;
}

/** An empty mapping as default only says that the keys inside have defaults. */
function defaultText(node: SchemaNode, required: boolean): string {
  if (required) return "required";
  const described = /@default\s+([\s\S]+)$/.exec(node.description ?? "")?.[1];
  if (described !== undefined) return described.trim();
  if (node.default === undefined) return "";
  return formsOf(node).every(({ properties }) => properties === undefined)
    ? `\`${JSON.stringify(node.default)}\``
    : "";
}

const cell = (text: string): string => text.replace(/\|/g, "\\|").replace(/<(?=[a-z])/g, "\\<");

function row(key: string, node: SchemaNode, required: boolean): string {
  const meaning = (node.description ?? "").replace(/\s*@default[\s\S]*$/, "");
  const cells = [`\`${key}\``, typeText(node), cell(defaultText(node, required)), cell(meaning)];
  return `| ${cells.join(" | ")} |`;
}

function table({ path, node, form }: Section): string {
  const rows = Object.entries(node.properties ?? {}).map(([key, child]) =>
    row(key, child, node.required?.includes(key) === true),
  );
  const title = path.length === 0 ? "cluster" : path.join(".");
  return [
    `## \`${title}\`${form === undefined ? "" : ` with \`${form}\``}`,
    "",
    "| Key | Type | Default | Meaning |",
    "| --- | --- | --- | --- |",
    ...rows,
    "",
  ].join("\n");
}

/** The page as the text of its file. */
export function referencePage(): string {
  const { organization, cluster } = schemaModel().properties ?? {};
  const introduction = INTRODUCTION.replace("{organization}", organization?.description ?? "");
  const tables = sections(cluster ?? {}, []).map(table);
  return [introduction, ...tables].join("\n");
}
