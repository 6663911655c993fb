/** The policy pack: every rule, registered with Pulumi. */
import { PolicyPack, type ResourceValidationPolicy, type StackValidationPolicy } from "@pulumi/policy";
import { toGraph, toResource } from "./adapter";
import { evaluate, pageOf } from "./evaluate";
import { TYPE } from "./graph";
import type { Rule } from "./rule";
import { rules } from "./rules";
import { levelOf, readSettings, type Settings, STRICTEST } from "./settings";
import { Wire } from "./wire";

type Options = Readonly<Record<string, unknown>>;

let settings: Settings = STRICTEST;
const wire = new Wire((config) => {
  settings = readSettings(config, rules);
});
const secretsOf = (urn: string) => wire.secretsOf(urn);

function described(rule: Rule) {
  const { name, summary, fix, severity, options } = rule;
  const properties = Object.fromEntries(
    Object.entries(options).map(([key, { schema, what }]) => [key, { ...schema, description: what }]),
  );
  return {
    name,
    description: summary,
    severity,
    remediationSteps: fix,
    url: pageOf(rule),
    configSchema: { properties },
    // Asked for when the stack's configuration is there: levels depend on its environment.
    get enforcementLevel() {
      return levelOf(rule, settings);
    },
  };
}

function register(rule: Rule): ResourceValidationPolicy | StackValidationPolicy {
  // `enforcementLevel` must stay a question, which spreading it would answer.
  if ("stack" in rule)
    return Object.assign(described(rule), <Pick<StackValidationPolicy, "validateStack">>{
      validateStack(args, report) {
        const graph = toGraph(args.resources, secretsOf);
        for (const { message, urn } of evaluate(rule, graph, settings, args.getConfig<Options>()))
          report(message, urn);
      },
    });
  return Object.assign(described(rule), <Pick<ResourceValidationPolicy, "validateResource">>{
    validateResource(args, report) {
      const resources = [toResource(args, secretsOf)];
      for (const { message } of evaluate(rule, resources, settings, args.getConfig<Options>()))
        report(message);
    },
  });
}

/** A setting that nothing reads is a rule that somebody believes to be off. */
const settingsValid: ResourceValidationPolicy = {
  name: "settings-valid",
  description: "Settings of rules name rules and options that there are.",
  severity: "high",
  enforcementLevel: "mandatory",
  url: "docs/policy/README.md#settings",
  validateResource({ type }, report) {
    if (type === TYPE.stack) for (const problem of settings.problems) report(problem);
  },
};

new PolicyPack("opencenter", { policies: [settingsValid, ...rules.map(register)] });
