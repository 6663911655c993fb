/** What a stack's own file says to the rules: its environment, and `opencenter:policy`. */
import { isCidr } from "../config/address";
import {
  ENVIRONMENTS,
  LEVELS,
  type Environment,
  type Level,
  type Option,
  type OptionSchema,
  type Rule,
} from "./rule";

type ItemSchema = Extract<OptionSchema, { type: "array" }>["items"];

/** What applies to the stack that is being looked at. */
export interface Settings {
  readonly environment: Environment;
  readonly cluster?: string;
  readonly organization?: string;
  /** By name of the rule: `level` and options. */
  readonly rules: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
  /** What is wrong with `opencenter:policy`, in words for the person who wrote it. */
  readonly problems: readonly string[];
}

/** Nothing is known of the stack: the strictest environment is the safe guess. */
export const STRICTEST: Settings = { environment: "production", rules: {}, problems: [] };

type Mapping = Readonly<Record<string, unknown>>;

/**
 * Settings from a stack's configuration.
 * @param config values by key, objects as JSON, as the engine hands them over
 */
export function readSettings(config: ReadonlyMap<string, string>, rules: readonly Rule[]): Settings {
  const cluster = mapping(parsed(config.get("opencenter:cluster")));
  const given = parsed(config.get("opencenter:policy"));
  const environment = ENVIRONMENTS.find((one) => one === cluster?.["environment"]);
  const name = cluster?.["name"];
  const problems = given === undefined ? [] : problemsOf(given, rules);
  return {
    environment: environment ?? STRICTEST.environment,
    cluster: typeof name === "string" ? name : undefined,
    organization: config.get("opencenter:organization"),
    rules: problems.length > 0 ? {} : ((given ?? {}) as Settings["rules"]),
    problems,
  };
}

/** The level of a rule in this stack. */
export function levelOf(rule: Rule, { environment, rules }: Settings): Level {
  return (rules[rule.name]?.["level"] as Level | undefined) ?? rule.levels[environment];
}

/** Options of a rule: its defaults, over them the stack's file, over that what the command line gave. */
export function optionsOf(rule: Rule, { environment, rules }: Settings, given: Mapping = {}): Mapping {
  const defaults = Object.entries(rule.options).map(([name, option]) => [name, option.default[environment]]);
  const { level: _, ...own } = rules[rule.name] ?? {};
  const { enforcementLevel: __, ...native } = given;
  return { ...(Object.fromEntries(defaults) as Mapping), ...own, ...native };
}

function problemsOf(given: unknown, rules: readonly Rule[]): string[] {
  const settings = mapping(given);
  if (settings === undefined) return ["opencenter:policy must be a mapping from rules to their settings."];
  return Object.entries(settings).flatMap(([name, value]) => {
    const rule = rules.find((one) => one.name === name);
    if (rule === undefined) return [`opencenter:policy names ${name}, and there is no such rule.`];
    const own = mapping(value);
    if (own === undefined) return [`opencenter:policy.${name} must be a mapping, such as {level: advisory}.`];
    return Object.entries(own).flatMap(([key, setting]) => problemOf(rule, key, setting));
  });
}

function problemOf(rule: Rule, key: string, value: unknown): string[] {
  const where = `opencenter:policy.${rule.name}.${key}`;
  if (key === "level")
    return LEVELS.some((level) => level === value) ? [] : [`${where} must be one of ${LEVELS.join(", ")}.`];
  const option = rule.options[key];
  if (option === undefined) {
    const known = ["level", ...Object.keys(rule.options)].join(", ");
    return [`${where} is not a setting of this rule; there are: ${known}.`];
  }
  return fits(option, value) ? [] : [`${where} must be ${wanted(option)}.`];
}

function fits({ schema }: Option<unknown>, value: unknown): boolean {
  switch (schema.type) {
    case "integer":
      return Number.isInteger(value) && (value as number) >= (schema.minimum ?? -Infinity);
    case "array":
      return Array.isArray(value) && value.every((item) => fitsItem(schema.items, item));
    case "object":
      return Object.values(mapping(value) ?? { none: "" }).every(Number.isInteger);
  }
}

function fitsItem({ type, pattern }: ItemSchema, item: unknown): boolean {
  if (type === "integer") return Number.isInteger(item);
  return (
    typeof item === "string" && (pattern === undefined || (new RegExp(pattern).test(item) && isCidr(item)))
  );
}

function wanted({ schema }: Option<unknown>): string {
  switch (schema.type) {
    case "integer":
      return `a whole number of at least ${schema.minimum ?? 0}`;
    case "array":
      return `a list of ${schema.items.pattern === undefined ? schema.items.type : "network"}s`;
    case "object":
      return "a mapping from names to whole numbers";
  }
}

function mapping(value: unknown): Mapping | undefined {
  return typeof value === "object" && value !== null && !Array.isArray(value)
    ? (value as Mapping)
    : undefined;
}

function parsed(text: string | undefined): unknown {
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}
