/** `opencenter reconcile`: shows what would repair the drift, asks, does it, looks again. */
import { Command } from "commander";
import { LAYERS, type Layer } from "../drift/report";
import { UserError } from "../errors";
import { asOperation, operate, type OperationOptions } from "../operation";
import { adopt, ignore } from "../reconcile/meant";
import type { Scope } from "../reconcile/plan";
import { repair } from "../reconcile/repair";

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
    return repair(operation, { ...options, scope });
  });
}
