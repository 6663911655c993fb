/** The examples of docs/policy, which are the rules' fixtures too. */
import { readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { isMap, parseDocument, type Pair, type Scalar, visit } from "yaml";
import { type Resource, TYPE, UNKNOWN } from "../../policy/graph";
import type { Settings } from "../../policy/settings";

export const folder = join(__dirname, "../../docs/policy");

export interface Example {
  readonly resources: readonly Resource[];
  /** Of the rule. */
  readonly settings: Readonly<Record<string, unknown>>;
}

export interface Section {
  readonly family: string;
  readonly name: string;
  readonly text: string;
  readonly bad?: Example;
  readonly good?: Example;
}

/** The stack that all examples are of. */
export const PROD: Settings = {
  environment: "production",
  cluster: "prod",
  organization: "acme",
  rules: {},
  problems: [],
};

const COMPONENT = "urn:pulumi:prod::opencenter::opencenter:cluster:Cluster::prod";

export function pages(): string[] {
  return readdirSync(folder).filter((file) => file !== "README.md");
}

/** Every section of every page. */
export function sections(): Section[] {
  return pages().flatMap((page) => {
    const [, ...parts] = readFileSync(join(folder, page), "utf8").split(/^## /m);
    return parts.map((text) => ({
      family: page.replace(/\.md$/, ""),
      name: text.split("\n")[0]!.trim(),
      text,
      bad: exampleIn(text, "Bad"),
      good: exampleIn(text, "Good"),
    }));
  });
}

function exampleIn(text: string, title: string): Example | undefined {
  const yaml = new RegExp(`^${title}:\\n\\n\`\`\`yaml\\n([\\s\\S]*?)^\`\`\``, "m").exec(text)?.[1];
  return yaml === undefined ? undefined : read(yaml);
}

interface Written {
  readonly type: string;
  readonly name: string;
  readonly uses?: Readonly<Record<string, readonly string[]>>;
  readonly [field: string]: unknown;
}

function read(yaml: string): Example {
  const secrets = new Set<string>();
  const mark = { tag: "!unknown", resolve: () => UNKNOWN };
  const secret = { tag: "!secret", resolve: (text: string) => text };
  const document = parseDocument(yaml, { customTags: [mark, secret] as never });
  visit(document, {
    Scalar(_, node, path) {
      if (node.tag !== "!secret") return;
      const keys = path
        .filter((one): one is Pair => "key" in (one as object))
        .map(({ key }) => String((key as Scalar).value));
      secrets.add(keys.slice(keys.indexOf("props") + 1).join("."));
    },
  });
  if (!isMap(document.contents) || document.errors.length > 0) throw new Error(`not an example:\n${yaml}`);
  const content = document.toJS() as Written & { resources?: Written[]; settings?: Record<string, unknown> };
  const written = content.resources ?? [content];
  const made = written.map(({ uses: _, ...one }) => resource(one, secrets));
  for (const [index, { uses = {} }] of written.entries())
    for (const [property, names] of Object.entries(uses))
      (made[index]!.uses as Record<string, Resource[]>)[property] = names.map((name) => {
        const found = made.find((one) => one.name === name);
        if (found === undefined) throw new Error(`there is no ${name} in:\n${yaml}`);
        return found;
      });
  return { resources: made, settings: content.settings ?? {} };
}

/** A resource with the usual options where nothing else is said. */
export function resource(
  written: Partial<Resource> & { type: string; name: string },
  secrets = new Set<string>(),
): Resource {
  const { type, name, ...rest } = written;
  const full = (TYPE as Record<string, string>)[type] ?? type;
  return {
    props: {},
    secrets,
    protect: false,
    ignoreChanges: [],
    additionalSecretOutputs: [],
    provider: full.startsWith("pulumi:") ? undefined : "prod-provider",
    parent: COMPONENT,
    ...rest,
    type: full,
    name,
    urn: `urn:pulumi:prod::opencenter::${full}::${name}`,
    uses: {},
  };
}
