/** The environment of a stack before and after a change. A change that lowers it must not choose who approves it. */
import { parse } from "yaml";
import { rules } from "../../policy/rules";
import { ENVIRONMENTS, type Environment } from "../../policy/rule";
import { readSettings, STRICTEST, type Settings } from "../../policy/settings";

/** What the rules read from a stack's file. */
export function settingsIn(text: string): Settings {
  return readSettings(valuesOf(text), rules);
}

/** The strictest where nobody can tell: a file that was broken before says nothing about who has to approve. */
export function environmentIn(text: string): Environment {
  try {
    return settingsIn(text).environment;
  } catch {
    return STRICTEST.environment;
  }
}

/** @param before text of the file before the change; undefined where it was not there */
export function stricterEnvironment(environment: Environment, before: string | undefined): Environment {
  if (before === undefined) return environment;
  return isLowered(environment, before) ? environmentIn(before) : environment;
}

/** Whether a change takes approval, protection or rules from a stack. */
export function isLowered(environment: Environment, before: string): boolean {
  return ENVIRONMENTS.indexOf(environment) < ENVIRONMENTS.indexOf(environmentIn(before));
}

/** As the engine hands values over: objects as JSON. */
function valuesOf(text: string): Map<string, string> {
  const { config } = (parse(text) ?? {}) as { readonly config?: Readonly<Record<string, unknown>> };
  const entries = Object.entries(config ?? {});
  return new Map(
    entries.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
