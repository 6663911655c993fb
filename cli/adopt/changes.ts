/** What would change on an object that is taken over. */
import { differencesOf } from "../drift/cloud/findings";
import { nameParts, type DigestStep } from "../drift/cloud/digest";
import { kindFor } from "./kinds";
import type { Adoption, Change } from "./types";

/** What the engine writes in a preview for a value that it does not know yet. */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

const withoutDefaults = (key: string, value: unknown) => (key === "__defaults" ? undefined : value);

const text = (value: unknown): string =>
  value === undefined || value === null
    ? ""
    : typeof value === "string"
      ? value
      : JSON.stringify(value, withoutDefaults);

/** Order says nothing in any list that is compared; `__defaults` is Pulumi's own. */
function normal(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(normal).sort((a, b) => (text(a) < text(b) ? -1 : 1));
  if (typeof value !== "object" || value === null) return value ?? "";
  const entries = Object.entries(value).filter(([key]) => key !== "__defaults");
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([k, v]) => [k, normal(v)]));
}

/** Before the import: the program's inputs beside the cloud's object, as far as the two can be compared. */
export function foreseen({ wanted: { type, inputs }, object }: Adoption): Change[] {
  const { same, fixed } = kindFor(type);
  return Object.entries(same).flatMap(([property, read]) => {
    const [asked, there] = [inputs[property], read(object)];
    if (asked === undefined || text(asked).includes(UNKNOWN)) return [];
    if (text(normal(asked)) === text(normal(there))) return [];
    return [{ property, from: text(there), to: text(asked), replaces: fixed.includes(property) }];
  });
}

export interface Effect {
  readonly urn: string;
  readonly name: string;
  readonly op: string;
  readonly changes: readonly Change[];
}

/** After the import: what the engine would do to what was taken over. */
export function effectsOn(urns: ReadonlySet<string>, steps: readonly DigestStep[]): Effect[] {
  return steps
    .filter(({ urn, op, oldState }) => oldState?.id !== undefined && op !== "same" && urns.has(urn))
    .map((step) => ({ urn: step.urn, name: nameOf(step.urn), op: step.op, changes: changesOf(step) }));
}

const nameOf = (urn: string) => nameParts(urn).name;

function changesOf(step: DigestStep): Change[] {
  // Outputs of a preview are the old ones: what is asked for is in the inputs.
  const asked = { ...step, newState: step.newState && { ...step.newState, outputs: undefined } };
  const all = differencesOf(asked).map(({ path, expected = "", actual = "" }) => ({
    property: path,
    from: expected,
    to: actual.includes(UNKNOWN) ? "(made by this program)" : actual.replace('"__defaults":[],', ""),
    replaces: step.detailedDiff?.[path]?.kind.endsWith("replace") === true,
  }));
  // Nothing against a provider's default is no change that anybody would see.
  return all.filter(({ from, to, replaces }) => replaces || from !== to);
}

/** Whether an object would not outlive it. */
export const destroys = ({ op }: Effect): boolean => /replace|delete/.test(op);
