/** What reconciliation would do: pure, so that a reviewed plan and the one that is carried out can be compared. */
import { createHash } from "node:crypto";
import { differencesOf } from "../drift/cloud/findings";
import { isChange, kindOf, nameParts, type DigestStep } from "../drift/cloud/digest";
import type { Difference, Finding, Layer } from "../drift/report";

/** Who carries it out. */
export type Means = "pulumi" | "cloud" | "nodes" | "flux";

export interface Action {
  readonly means: Means;
  readonly subject: string;
  readonly urn?: string;
  readonly id?: string;
  /** `update`, `replace`, `create`, `delete`, `set`, `put back`, `uncordon`, `resume`, `look again`. */
  readonly does: string;
  /** From what is there to what is to be. */
  readonly differences: readonly Difference[];
}

export interface ReconcilePlan {
  /** Of everything below: what is approved is exactly this. */
  readonly id: string;
  readonly actions: readonly Action[];
  /** What Pulumi would replace or delete, and what follows from that: not done, see {@link gentle}. */
  readonly held: readonly Action[];
  /** What nobody but a person can repair. */
  readonly byHand: readonly Finding[];
}

/** Which part of the drift is meant: a layer, a URN, or everything. */
export type Scope = { readonly layer: Layer } | { readonly urn: string } | undefined;

export function inScope({ layer, urn }: Finding, scope: Scope): boolean {
  if (scope === undefined) return true;
  return "layer" in scope ? layer === scope.layer : urn === scope.urn;
}

export interface PlanInput {
  /** Of `pulumi preview --refresh`, with the targets of the scope. */
  readonly steps: readonly DigestStep[];
  /** Steps that are held back. @default none */
  readonly held?: readonly DigestStep[];
  /** In scope, and not ignored. */
  readonly findings: readonly Finding[];
}

const takesAway = ({ op }: DigestStep): boolean => /replace|delete/.test(op);

export interface Gentle {
  readonly steps: readonly DigestStep[];
  readonly held: readonly DigestStep[];
}

/**
 * What is repaired in place comes first, alone: one difference can make another one up. A renamed network makes every
 * server look as if it had lost its port, and all of them would be replaced, although giving the network its name back
 * is all that it takes.
 *
 * @param drifted URNs of what differs in the cloud
 * @param allowed whether what is left may be replaced or deleted
 */
export function gentle(steps: readonly DigestStep[], drifted: ReadonlySet<string>, allowed: boolean): Gentle {
  const changes = steps.filter(isChange);
  if (!changes.some(takesAway)) return { steps: changes, held: [] };
  const inPlace = changes.filter((step) => !takesAway(step) && drifted.has(step.urn));
  if (inPlace.length === 0 && allowed) return { steps: changes, held: [] };
  return { steps: inPlace, held: changes.filter((step) => !inPlace.includes(step)) };
}

/**
 * What `pulumi up --refresh` is told to keep to. It plans anew: whatever came up since the plan was shown, such as a
 * renamed network that makes every server look as if it had lost its port, it would do along with it.
 *
 * What differs and needs no step is only read into the state, once nothing is held back.
 * @param all steps that the preview had
 * @param drifted URNs of what differs in the cloud
 */
export function targetsOf(
  { steps, held }: Gentle,
  all: readonly DigestStep[],
  drifted: ReadonlySet<string>,
): string[] {
  const changing = new Set(all.filter(isChange).map(({ urn }) => urn));
  const read = held.length > 0 ? [] : [...drifted].filter((urn) => !changing.has(urn));
  return [...new Set([...steps.map(({ urn }) => urn), ...read])];
}

export function planReconcile({ steps, held = [], findings }: PlanInput): ReconcilePlan {
  const byPulumi = steps.filter(isChange).flatMap(pulumiAction);
  const planned = findings.map((finding) => ({ finding, action: directAction(finding) }));
  const actions = [...byPulumi, ...planned.flatMap(({ action }) => action ?? [])];
  const later = held.flatMap(pulumiAction);
  const repaired = new Set([...byPulumi, ...later].map(({ urn }) => urn));
  const byHand = planned
    .filter(({ finding, action }) => action === undefined && !repairs(repaired, finding))
    .map(({ finding }) => finding);
  return { id: planId(actions), actions, held: later, byHand };
}

const repairs = (urns: ReadonlySet<string | undefined>, { urn, code }: Finding) =>
  urn !== undefined && (code === "changed" || code === "deleted") && urns.has(urn);

/** Pulumi's own order of doing it is its own; replacing is one thing to a reader, not three steps. */
const PARTS_OF_REPLACE = new Set(["create-replacement", "delete-replaced"]);

function pulumiAction(step: DigestStep): Action[] {
  if (PARTS_OF_REPLACE.has(step.op)) return [];
  const { type, name } = nameParts(step.urn);
  if (type.startsWith("pulumi:")) return [];
  const id = step.oldState?.id;
  const subject = `${kindOf(type)} ${name}`;
  return [
    {
      means: "pulumi",
      subject,
      urn: step.urn,
      ...(id === undefined ? {} : { id }),
      does: step.op,
      // A preview goes from what is there (expected of a refresh) to what is to be.
      differences: step.op === "update" || step.op === "replace" ? swapped(differencesOf(step)) : [],
    },
  ];
}

const swapped = (differences: readonly Difference[]): Difference[] =>
  differences.map(({ path, expected, actual }) => ({
    path,
    ...(actual === undefined ? {} : { expected: actual }),
    ...(expected === undefined ? {} : { actual: expected }),
  }));

/** Of what neither the provider nor its state can get over. */
export const PUT_BACK = "put back";

const DIRECT: Readonly<Record<string, readonly [Means, string]>> = {
  "changed-unseen": ["cloud", "set"],
  "route-missing": ["cloud", PUT_BACK],
  "node-cordoned": ["nodes", "uncordon"],
  "node-labels": ["nodes", "set"],
  "node-taints": ["nodes", "set"],
  suspended: ["flux", "resume"],
  "not-ready": ["flux", "look again"],
  "behind-git": ["flux", "look again"],
};

/** What Pulumi cannot do, and can be done without it. */
export function directAction({ code, subject, urn, id, differences = [] }: Finding): Action | undefined {
  const [means, does] = DIRECT[code] ?? [];
  if (means === undefined || does === undefined) return undefined;
  // Certificates of cert-manager are no object of Flux.
  if (means === "flux" && subject.startsWith("Certificate ")) return undefined;
  return { means, subject, does, differences, ...(urn && { urn }), ...(id && { id }) };
}

/** The same for the same actions, in whatever order they were found. */
export function planId(actions: readonly Action[]): string {
  const lines = actions.map(({ means, subject, urn = "", id = "", does, differences }) =>
    JSON.stringify([
      means,
      subject,
      urn,
      id,
      does,
      differences.map(({ path, expected, actual }) => [path, expected, actual]),
    ]),
  );
  return createHash("sha256").update(lines.sort().join("\n")).digest("hex").slice(0, 12);
}
