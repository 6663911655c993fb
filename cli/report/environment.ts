/** The environment of a stack before and after a change. A change that lowers it must not choose who approves it. */
import { parse } from "yaml";
import { rules } from "../../policy/rules";
import { ENVIRONMENTS, type Environment } from "../../policy/rule";
import { readSettings, STRICTEST, type Settings } from "../../policy/settings";

/** What the rules read from a stack's file. */
export function settingsIn(text: string): Settings {
  return readSettings(valuesOf(text), rules);
}

/** @returns undefined where the file does not tell */
function environmentIn(text: string): Environment | undefined {
  try {
    const cluster = JSON.parse(valuesOf(text).get("opencenter:cluster") ?? "{}") as { environment?: unknown };
    return ENVIRONMENTS.find((one) => one === cluster.environment);
  } catch {
    return undefined;
  }
}

const isStricter = (one: Environment, other: Environment): boolean =>
  ENVIRONMENTS.indexOf(one) > ENVIRONMENTS.indexOf(other);

/**
 * Whose approval a change needs: the stricter one of before and after, and the strictest where a file was broken before.
 * @param before text of the file before the change; undefined where it was not there
 */
export function stricterEnvironment(environment: Environment, before: string | undefined): Environment {
  if (before === undefined) return environment;
  const old = environmentIn(before) ?? STRICTEST.environment;
  return isStricter(old, environment) ? old : environment;
}

/** The environment before a change that takes approval, protection or rules away; undefined where none does. */
export function loweredFrom(environment: Environment, before: string | undefined): Environment | undefined {
  const old = before === undefined ? undefined : environmentIn(before);
  return old !== undefined && isStricter(old, environment) ? old : undefined;
}

/** As the engine hands values over: objects as JSON. */
function valuesOf(text: string): Map<string, string> {
  const { config } = (parse(text) ?? {}) as { readonly config?: Readonly<Record<string, unknown>> };
  const entries = Object.entries(config ?? {});
  return new Map(
    entries.map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
  );
}
