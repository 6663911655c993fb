/** Helm values of a base and what is laid over them. */
import type { HelmValues } from "../services/definition";

type Mapping = Readonly<Record<string, unknown>>;

function isMapping(value: unknown): value is Mapping {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** As Helm merges: mappings by key, everything else replaced; `null` stays, for it takes a chart's default away. */
export function mergeValues(base: HelmValues, ...overrides: readonly HelmValues[]): HelmValues {
  const merged: Record<string, unknown> = { ...base };
  const [override, ...rest] = overrides;
  for (const [key, value] of Object.entries(override ?? {})) {
    const under = merged[key];
    merged[key] = isMapping(under) && isMapping(value) ? mergeValues(under, value) : value;
  }
  return rest.length === 0 ? merged : mergeValues(merged, ...rest);
}

/** Of a JSON patch. */
export interface Operation {
  readonly op: "add";
  readonly path: string;
  readonly value: unknown;
}

export interface ValuesPatch {
  /** As a strategic merge, which is what people read and what changes are seen in. */
  readonly merge: HelmValues;
  /** What a strategic merge cannot say. */
  readonly operations: readonly Operation[];
}

/** kustomize reads keys such as `$patch` as orders to itself. */
const isDirective = (key: string) => key.startsWith("$");

const pointer = (path: readonly string[]) =>
  path.map((part) => `/${part.replaceAll("~", "~0").replaceAll("/", "~1")}`).join("");

/**
 * Says an override as patches. Over a strategic merge `null` would take the base's value away and leave the chart's, and
 * a mapping in place of a text is an error.
 */
export function valuesPatch(base: HelmValues, override: HelmValues, at: readonly string[]): ValuesPatch {
  const merge: Record<string, unknown> = {};
  const operations: Operation[] = [];
  for (const [key, value] of Object.entries(override).sort(([a], [b]) => (a < b ? -1 : 1))) {
    const under = base[key];
    const sayable = value !== null && (under === undefined || kindOf(under) === kindOf(value));
    if (!sayable || isDirective(key)) {
      const whole = isMapping(under) && isMapping(value) ? mergeValues(under, value) : value;
      operations.push({ op: "add", path: pointer([...at, key]), value: whole });
    } else if (isMapping(value)) {
      const inner = valuesPatch(isMapping(under) ? under : {}, value, [...at, key]);
      // Also when it is empty: an operation below needs something to stand in.
      merge[key] = inner.merge;
      operations.push(...inner.operations);
    } else merge[key] = value;
  }
  return { merge, operations };
}

function kindOf(value: unknown): string {
  if (isMapping(value)) return "mapping";
  return Array.isArray(value) ? "list" : "scalar";
}
