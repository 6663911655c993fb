/** `opencenter reconcile`: shows what would repair the drift, asks, does it, looks again. */
import { Command } from "commander";
import { lookForDrift } from "../drift/layers";
import { exitCodeOf, LAYERS, summaryOf, type DriftReport, type Layer } from "../drift/report";
import { driftText } from "../drift/show/text";
import { ExitCode, UserError } from "../errors";
import { asOperation, operate, type Operation, type OperationOptions, type Outcome } from "../operation";
import { adopt, ignore } from "../reconcile/meant";
import { carryOut } from "../reconcile/carryOut";
import { lookAndPlan } from "../reconcile/look";
import type { ReconcilePlan, Scope } from "../reconcile/plan";
import { planText } from "../reconcile/show";
import { hasColours, painter } from "../style";

interface Options extends OperationOptions {
  readonly only?: string;
  readonly replace: boolean;
  readonly approve?: string;
  readonly adopt?: string;
  readonly ignore?: string;
  readonly property?: string;
  readonly reason?: string;
  readonly until?: string;
}

const HELP = `
Exit codes: 0 clean afterwards (or with --dry-run: nothing to do), 2 drift is left, 1 failed, refused, or wrong usage.`;

export function reconcileCommand(): Command {
  const command = new Command("reconcile")
    .argument("<stack>", "name of the stack")
    .option("--only <layer-or-urn>", `one layer (${LAYERS.join(", ")}), or one resource`)
    .option("--approve <plan>", "do exactly the plan that was reviewed; refuse when anything has moved since")
    .option("--replace", "also do what replaces or deletes something, once all else is repaired", false)
    .option("--adopt <urn>", "change the configuration to what is there")
    .option("--ignore <subject>", "leave it alone for a while; needs --reason and --until")
    .option("--property <path>", "with --ignore: only this property")
    .option("--reason <text>", "with --ignore: why")
    .option("--until <date>", "with --ignore: last day, for example 2027-03-31")
    .action(reconcile);
  return asOperation(command, "changes", HELP);
}

function scopeOf(only: string | undefined): Scope {
  if (only === undefined) return undefined;
  if ((LAYERS as readonly string[]).includes(only)) return { layer: only as Layer };
  if (only.startsWith("urn:")) return { urn: only };
  throw new UserError(`--only ${only} is neither a layer (${LAYERS.join(", ")}) nor a URN.`);
}

async function reconcile(stack: string, options: Options): Promise<void> {
  const { only, approve, adopt: urn, ignore: subject } = options;
  const chosen = [only ?? approve, urn, subject].filter((one) => one !== undefined);
  if (chosen.length > 1)
    throw new UserError("repairing, --adopt and --ignore are three different things.", "Say one of them.");
  const scope = scopeOf(only);
  const asked = {
    only,
    approve,
    replace: options.replace,
    adopt: urn,
    ignore: subject,
    until: options.until,
  };
  await operate("reconcile", stack, options, { effect: "changes", asked }, (operation) => {
    if (urn !== undefined) return adopt(operation, urn);
    if (subject !== undefined) return ignore(operation, { ...options, subject });
    return repair(operation, scope, options);
  });
}

/** One difference may hide behind another, and that behind a third. */
const MOST_ROUNDS = 3;

interface Round {
  readonly round: number;
  /** URNs that the round before held back. */
  readonly expected: ReadonlySet<string>;
}

const heldBack = ({ held }: ReconcilePlan) => new Set(held.flatMap(({ urn }) => urn ?? []));

async function repair(
  operation: Operation,
  scope: Scope,
  given: Options,
  { round, expected }: Round = { round: 1, expected: new Set() },
): Promise<Outcome> {
  const { approve: approved, replace } = given;
  const { target, options } = operation;
  const paint = painter(hasColours(process.stdout));
  const { plan, flags, report } = await operation.step("Looking at cloud, nodes, platform", () =>
    lookAndPlan(target, { scope, allowReplace: replace, expected }),
  );
  const shown = planText(plan, paint);
  if (approved !== undefined && approved !== plan.id) throw moved(approved, plan, shown);
  if (options.dryRun || (plan.actions.length === 0 && round === 1)) return planned(plan, shown);
  if (plan.actions.length === 0) return finished(plan, report);
  if (!options.json) process.stderr.write(`${shown}\n\n`);
  if (approved === undefined) await operation.confirm(`Do these ${plan.actions.length} things?`);
  await carryOut(operation, plan, flags);
  // What was held back looks different now; a plan that was approved is done, and nothing beyond it.
  if (plan.held.length > 0 && approved === undefined && round < MOST_ROUNDS)
    return repair(operation, scope, given, { round: round + 1, expected: heldBack(plan) });
  return finished(plan, await operation.step("Looking again", () => lookForDrift(target)));
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

function moved(approved: string, plan: ReconcilePlan, shown: string): UserError {
  return new UserError(
    `plan ${approved} is not what would be done now. Nothing was done. The plan now:\n\n${shown}`,
    `Review it, then: --approve ${plan.id}`,
    ExitCode.failed,
  );
}
