/** A rule, the resources, the settings: what there is to say. */
import type { Resource } from "./graph";
import type { Finding, Rule } from "./rule";
import { optionsOf, type Settings } from "./settings";

/** Where a rule is explained. */
export function pageOf({ family, name }: Pick<Rule, "family" | "name">): string {
  return `docs/policy/${family}.md#${name}`;
}

/**
 * Findings of one rule, each with what to do about it. Whether the rule is asked at all is the engine's business: it
 * knows the levels, also those that the command line gave.
 * @param given options from the command line, over those of the stack's file
 */
export function evaluate(
  rule: Rule,
  resources: readonly Resource[],
  settings: Settings,
  given?: Readonly<Record<string, unknown>>,
): Finding[] {
  const { environment, cluster, organization } = settings;
  const context = { options: optionsOf(rule, settings, given) as never, environment, cluster, organization };
  const found =
    "stack" in rule
      ? rule.stack(resources, context)
      : resources.flatMap((resource) =>
          rule.resource(resource, context).map((one) => located(resource, one)),
        );
  return found.map((one) => advised(rule, typeof one === "string" ? { message: one } : one));
}

function located(resource: Resource, found: string | Finding): Finding {
  return {
    urn: resource.urn,
    ...(typeof found === "string" ? { message: `${resource.name} ${found}` } : found),
  };
}

function advised(rule: Rule, { message, urn }: Finding): Finding {
  return { message: `${message}\n→ ${rule.fix}\n  (${pageOf(rule)})`, urn };
}
