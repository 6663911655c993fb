/** Repairing: shows what would be done, asks, does exactly that, and looks again. */
import { lookForDrift } from "../drift/layers";
import { exitCodeOf, summaryOf, type DriftReport } from "../drift/report";
import { driftText } from "../drift/show/text";
import { ExitCode, UserError } from "../errors";
import type { Operation, Outcome } from "../operation";
import { hasColours, painter } from "../style";
import { carryOut } from "./carryOut";
import { lookAndPlan, type Reconciliation } from "./look";
import type { ReconcilePlan, Scope } from "./plan";
import { planText } from "./show";

export interface Repair {
  readonly scope: Scope;
  /** Whether what is left, once all else is repaired, may be replaced or deleted. */
  readonly replace: boolean;
  /** Id of the plan that was reviewed. @default asks */
  readonly approve?: string;
}

/** One difference may hide behind another, and that behind a third. */
const MOST_ROUNDS = 3;

interface Round {
  readonly round: number;
  /** URNs that the round before held back. */
  readonly expected: ReadonlySet<string>;
}

const heldBack = ({ held }: ReconcilePlan) => new Set(held.flatMap(({ urn }) => urn ?? []));

/** @throws UserError when the plan has moved since somebody reviewed it, or was asked; or a part of it failed */
export async function repair(
  operation: Operation,
  given: Repair,
  round: Round = { round: 1, expected: new Set() },
): Promise<Outcome> {
  const { approve: approved } = given;
  const { target, options } = operation;
  const look = () => looked(operation, given, round);
  const { plan, targets, report } = await look();
  const shown = shownPlan(plan);
  if (approved !== undefined) refuseMoved(approved, plan, round);
  if (options.dryRun || (plan.actions.length === 0 && round.round === 1)) return planned(plan, shown);
  if (plan.actions.length === 0) return finished(plan, report);
  if (!options.json) process.stderr.write(`${shown}\n\n`);
  if (approved === undefined) await confirmed(operation, plan, round, look);
  await carryOut(operation, plan, targets);
  // What was held back looks different now; a plan that was approved is done, and nothing beyond it.
  if (plan.held.length > 0 && approved === undefined && round.round < MOST_ROUNDS)
    return repair(operation, given, { round: round.round + 1, expected: heldBack(plan) });
  return finished(plan, await operation.step("Looking again", () => lookForDrift(target)));
}

const shownPlan = (plan: ReconcilePlan) => planText(plan, painter(hasColours(process.stdout)));

function looked(
  { step, target }: Operation,
  { scope, replace }: Repair,
  { expected }: Round,
): Promise<Reconciliation> {
  return step("Looking at cloud, nodes, platform", () =>
    lookAndPlan(target, { scope, allowReplace: replace, expected }),
  );
}

/** A question may wait for an answer as long as a person likes: what the answer meant is looked at once more. */
async function confirmed(
  { options, confirm }: Operation,
  { id, actions }: ReconcilePlan,
  round: Round,
  look: () => Promise<Reconciliation>,
): Promise<void> {
  await confirm(`Do these ${actions.length} things?`);
  if (!options.yes) refuseMoved(id, (await look()).plan, round);
}

function finished(plan: ReconcilePlan, after: DriftReport): Outcome {
  const paint = painter(hasColours(process.stdout));
  const held = plan.held.length === 0 ? [] : [planText({ ...plan, actions: [] }, paint), ""];
  return {
    text: [...held, driftText(after, paint)].join("\n"),
    json: { plan, report: after },
    exitCode: plan.held.length > 0 ? 2 : exitCodeOf(after),
    summary: `plan ${plan.id}: ${plan.actions.length} actions; afterwards: ${summaryOf(after)}`,
  };
}

function planned(plan: ReconcilePlan, shown: string): Outcome {
  const left = plan.actions.length + plan.held.length + plan.byHand.length;
  return {
    text: shown,
    json: { plan },
    exitCode: left > 0 ? 2 : ExitCode.ok,
    summary: `plan ${plan.id}: ${plan.actions.length} actions, ${plan.byHand.length} by hand; nothing done`,
  };
}

function refuseMoved(approved: string, plan: ReconcilePlan, { round }: Round): void {
  if (approved === plan.id) return;
  const done = round === 1 ? "Nothing was done." : "Nothing more was done.";
  throw new UserError(
    `plan ${approved} is not what would be done now. ${done} The plan now:\n\n${shownPlan(plan)}`,
    `Review it, then: --approve ${plan.id}`,
    ExitCode.failed,
  );
}
