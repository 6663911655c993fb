/** What a preview said, read from the events that `pulumi preview --json` streams. */
import { z } from "zod";
import { digestOfValue } from "./digestOfValue";

/** One resource that would change. */
export interface Change {
  readonly op: "create" | "update" | "replace" | "delete";
  readonly type: string;
  readonly name: string;
  /** Properties: for a replacement those that cause it. Never their values. */
  readonly properties: readonly string[];
  /** Digest of what it is to become; absent for what goes. */
  readonly becomes?: string;
}

export interface PolicyResult {
  readonly level: "mandatory" | "advisory";
  readonly rule: string;
  /** Without the rule's own description, one line per sentence. */
  readonly message: string;
}

export interface Outcome {
  readonly changes: readonly Change[];
  readonly policies: readonly PolicyResult[];
  /** Playbooks that would run, in their order. */
  readonly playbooks: readonly string[];
  /** Files of the GitOps repository, with what becomes of them. */
  readonly files: readonly string[];
  readonly errors: readonly string[];
}

const metadata = z.object({
  op: z.string(),
  urn: z.string(),
  type: z.string(),
  keys: z.array(z.string()).nullish(),
  diffs: z.array(z.string()).nullish(),
  detailedDiff: z.record(z.string(), z.unknown()).nullish(),
  old: z.object({ custom: z.boolean().optional() }).nullish(),
  new: z
    .object({ custom: z.boolean().optional(), inputs: z.record(z.string(), z.unknown()).nullish() })
    .nullish(),
});

const event = z.object({
  resourcePreEvent: z.object({ metadata }).optional(),
  policyEvent: z
    .object({ policyName: z.string(), enforcementLevel: z.string(), message: z.string() })
    .optional(),
  diagnosticEvent: z
    .object({ message: z.string(), severity: z.string(), ephemeral: z.boolean().optional() })
    .optional(),
});

type Event = z.infer<typeof event>;

/** A replacement is three steps for the engine, of which one says all. */
const OPS: readonly string[] = ["create", "update", "replace", "delete"];

const PLAYBOOKS = "Kubernetes will be changed by:";
const FILES = /^Files that will be .*:$/;

/** @param stream lines of JSON; what is no event is left alone */
export function readOutcome(stream: string): Outcome {
  const events = stream.split("\n").flatMap(parsed);
  const said = events.flatMap(({ diagnosticEvent: one }) =>
    one === undefined || one.ephemeral === true ? [] : [{ ...one, message: plainText(one.message) }],
  );
  const listed = (isHead: (line: string) => boolean) =>
    said.flatMap(({ message }) => {
      const [head = "", ...lines] = message.split("\n");
      return isHead(head) ? lines.map((line) => line.trim()).filter(Boolean) : [];
    });
  const errors = said.filter(({ severity }) => severity === "error").map(({ message }) => message);
  return {
    changes: events.flatMap(changeOf),
    policies: unique(events.flatMap(policyOf)),
    playbooks: listed((line) => line === PLAYBOOKS).map((line) => line.replace(/^\d+\. /, "")),
    files: listed((line) => FILES.test(line)),
    // What is said about policies is in the policies' own events.
    errors: [...new Set(errors.map(firstWords))].filter((text) => text !== "preview failed"),
  };
}

function parsed(line: string): Event[] {
  try {
    return [event.parse(JSON.parse(line))];
  } catch {
    return [];
  }
}

function changeOf({ resourcePreEvent }: Event): Change[] {
  if (resourcePreEvent === undefined) return [];
  const { op, urn, type, keys, diffs, detailedDiff, old, new: made } = resourcePreEvent.metadata;
  const custom = (made ?? old)?.custom === true && !type.startsWith("pulumi:");
  if (!custom || !OPS.includes(op)) return [];
  const properties = op === "create" ? [] : firstOf(keys, diffs, Object.keys(detailedDiff ?? {}));
  const change = { op: op as Change["op"], type, name: urn.split("::").at(-1) ?? urn, properties };
  return [made?.inputs ? { ...change, becomes: digestOfValue(made.inputs) } : change];
}

function firstOf(...lists: readonly (readonly string[] | null | undefined)[]): readonly string[] {
  return lists.find((list) => (list?.length ?? 0) > 0) ?? [];
}

function policyOf({ policyEvent }: Event): PolicyResult[] {
  if (policyEvent === undefined) return [];
  const { policyName: rule, enforcementLevel, message } = policyEvent;
  if (enforcementLevel === "none" || enforcementLevel === "disabled") return [];
  // The description comes first, on a line of its own.
  const [, ...lines] = plainText(message).trim().split("\n");
  const level = enforcementLevel === "mandatory" ? "mandatory" : "advisory";
  return [{ level, rule, message: lines.map((line) => line.trim()).join("\n") }];
}

function unique(results: readonly PolicyResult[]): PolicyResult[] {
  return [...new Map(results.map((one) => [JSON.stringify(one), one])).values()];
}

/** The engine's own marks for colours. */
function plainText(text: string): string {
  return text.replace(/<\{%[^%]*%\}>/g, "").trim();
}

function firstWords(message: string): string {
  return message.replace(/^error: /, "");
}
