/** Differences between two recordings of the same scenario, one by one. */
import type { Normal, Recorded } from "./normal";

export interface Difference {
  readonly step: string;
  readonly call: string;
  /** `status`, `headers.location`, `body.network.mtu` */
  readonly where: string;
  /** As text; absent when that side has nothing there. */
  readonly expected?: string;
  readonly actual?: string;
}

type Found = Omit<Difference, "step" | "call">;

const isObject = (value: unknown): value is Record<string, Normal> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

const shown = (value: unknown) => (value === undefined ? undefined : JSON.stringify(value));

function inValue(where: string, expected: Normal | undefined, actual: Normal | undefined): Found[] {
  if (isObject(expected) && isObject(actual)) {
    const keys = [...new Set([...Object.keys(expected), ...Object.keys(actual)])].sort();
    return keys.flatMap((key) => inValue(`${where}.${key}`, expected[key], actual[key]));
  }
  if (shown(expected) === shown(actual)) return [];
  return [{ where, expected: shown(expected), actual: shown(actual) }];
}

function inStep(expected: Recorded, actual: Recorded): Found[] {
  return [
    ...inValue("call", expected.call, actual.call),
    ...inValue("status", expected.status, actual.status),
    ...inValue("headers", expected.headers, actual.headers),
    ...inValue("body", expected.body, actual.body),
  ];
}

/** @param expected what is taken for right: the real services' answers, or their recording */
export function compare(expected: readonly Recorded[], actual: readonly Recorded[]): Difference[] {
  const others = new Map(actual.map((step) => [step.step, step]));
  const found = expected.flatMap((step): Difference[] => {
    const other = others.get(step.step);
    others.delete(step.step);
    const { step: name, call } = step;
    if (other === undefined) return [{ step: name, call, where: "step", expected: "there" }];
    return inStep(step, other).map((difference) => ({ step: name, call, ...difference }));
  });
  const more = [...others.values()].map(({ step, call }) => ({ step, call, where: "step", actual: "there" }));
  return [...found, ...more];
}

/** One line per difference, grouped by call. */
export function explain(differences: readonly Difference[]): string {
  const lines: string[] = [];
  let last = "";
  for (const { step, call, where, expected = "nothing", actual = "nothing" } of differences) {
    if (step !== last) lines.push(`${step}  (${call})`);
    last = step;
    lines.push(`    ${where}: expected ${expected}, got ${actual}`);
  }
  return lines.join("\n");
}
