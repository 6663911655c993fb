/** `opencenter adopt`: takes infrastructure that was made elsewhere into a stack, and replaces nothing. */
import { readFileSync } from "node:fs";
import { Command, Option } from "commander";
import { carryOut, previewOf } from "../adopt/carryOut";
import { Catalogue } from "../adopt/catalogue";
import { foreseen, type Effect } from "../adopt/changes";
import { identifyByName, withFollowers, type Found } from "../adopt/identify";
import { importFiles } from "../adopt/importFiles";
import { mapTemplate, parseMap } from "../adopt/map";
import { planAdoption, type AdoptionPlan } from "../adopt/plan";
import { changeLines, effectLines, planLines } from "../adopt/show";
import type { Adoption, AdoptionMap } from "../adopt/types";
import { resourcesOf, takenOf, wantedOf } from "../adopt/wanted";
import { nameParts, type DigestStep } from "../drift/cloud/digest";
import { ExitCode, UserError } from "../errors";
import { asOperation, operate, type Operation, type OperationOptions, type Outcome } from "../operation";

interface Options extends OperationOptions {
  readonly map?: string;
  readonly printMap?: true;
}

const HELP = `
Exit codes: 0 taken over, or nothing to do; 1 refused (nothing was taken over) or failed; 2 wrong usage.
It changes the stack's state and nothing in the cloud; pulumi up does that, after its own preview.`;

export function adoptCommand(): Command {
  const command = new Command("adopt")
    .argument("<stack>", "name of the stack")
    .option("--map <file>", "YAML: logical name of a resource → id of the object in the cloud")
    .addOption(
      new Option("--print-map", "print a map to complete, with ids found by exact name").conflicts("map"),
    )
    .action(adopt);
  return asOperation(command, "changes", HELP);
}

async function adopt(stack: string, { map, printMap, ...options }: Options): Promise<void> {
  if (map === undefined && printMap === undefined)
    throw new UserError(
      "adopt needs a map.",
      `opencenter adopt ${stack} --print-map > map.yaml`,
      ExitCode.wrongUsage,
    );
  const given = map === undefined ? undefined : readMap(map);
  const effect = given === undefined ? "looks" : "changes";
  await operate("adopt", stack, options, { effect, asked: { map, printMap } }, (operation) =>
    given === undefined ? printed(operation) : take(operation, given),
  );
}

function readMap(file: string): AdoptionMap {
  try {
    return parseMap(readFileSync(file, "utf8"), file);
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`${file} cannot be read: ${(error as Error).message}`);
  }
}

async function printed({ target, step }: Operation): Promise<Outcome> {
  const steps = await step("Asking what the program would make", () => previewOf(target));
  const { config } = target;
  const found = await step("Looking for it in the cloud", async () => {
    const catalogue = new Catalogue(await target.cloud());
    const named = await identifyByName(config.name, Object.keys(config.pools), wantedOf(steps), catalogue);
    return withDerived(named, steps, catalogue);
  });
  const wanted = wantedOf(steps);
  const entries = wanted.map(({ name, type }) => ({ name, type, id: found.get(name)?.id ?? null }));
  const known = entries.filter(({ id }) => id !== null).length;
  return {
    text: mapTemplate(target.stack, wanted, found),
    json: { resources: entries },
    summary: `map of ${wanted.length} resources, ${known} found`,
  };
}

async function withDerived(
  named: ReadonlyMap<string, Found>,
  steps: readonly DigestStep[],
  catalogue: Catalogue,
): Promise<Map<string, Found>> {
  const given = new Map(
    [...named].flatMap(([name, { id }]) => (id === undefined ? [] : [[name, id] as const])),
  );
  const ids = await withFollowers(resourcesOf(steps), given, takenOf(steps), catalogue);
  const derived = [...ids].filter(([name]) => !named.has(name)).map(([name, id]) => [name, { id }] as const);
  return new Map([...named, ...derived]);
}

async function take(operation: Operation, given: AdoptionMap): Promise<Outcome> {
  const { target, options, step } = operation;
  const steps = await step("Asking what the program would make", () => previewOf(target));
  const plan = await step("Looking at the objects of the map", async () =>
    planAdoption(given, steps, new Catalogue(await target.cloud())),
  );
  const { adoptions } = plan;
  refuseForeseen(adoptions);
  const shown = planText(plan);
  if (options.dryRun) return dry(plan, shown);
  if (adoptions.length > 0) {
    process.stderr.write(`${shown}\n`);
    await operation.confirm(`Take these ${adoptions.length} into stack ${target.stack}?`);
  }
  const urns = taken(given, adoptions, steps);
  const effects = await carryOut(operation, importFiles(adoptions, steps), urns, steps);
  return outcome(operation, plan, effects);
}

/** URNs of all that the map names, and of what follows from it. */
function taken(given: AdoptionMap, adoptions: readonly Adoption[], steps: readonly DigestStep[]): string[] {
  const before = resourcesOf(steps).filter(({ name }) => typeof given.get(name) === "string");
  return [...new Set([...before, ...adoptions.map(({ wanted }) => wanted)].map(({ urn }) => urn))];
}

function refuseForeseen(adoptions: readonly Adoption[]): void {
  const lost = adoptions.flatMap((adoption) => {
    const changes = foreseen(adoption).filter(({ replaces }) => replaces);
    return changes.length === 0
      ? []
      : [`  ${adoption.wanted.name} → ${adoption.id}`, ...changeLines(changes)];
  });
  if (lost.length === 0) return;
  throw new UserError(
    `these objects would be replaced; nothing was done.\n${lost.join("\n")}`,
    "Change the configuration to what is there, or take them out of the map.",
    ExitCode.failed,
  );
}

function planText({ adoptions, present }: AdoptionPlan): string {
  const has = present.length === 0 ? [] : [`${present.length} of the map are in the stack already.`];
  if (adoptions.length === 0) return [...has, "Nothing to take over."].join("\n");
  return [
    ...has,
    "Becomes part of the stack, with what pulumi up would change:",
    ...planLines(adoptions),
  ].join("\n");
}

const plain = (adoptions: readonly Adoption[]) =>
  adoptions.map((adoption) => {
    const { wanted, id } = adoption;
    return { type: wanted.type, name: wanted.name, id, changes: foreseen(adoption) };
  });

function dry({ adoptions, present }: AdoptionPlan, shown: string): Outcome {
  const summary = `${adoptions.length} to take over; nothing done`;
  return { text: shown, json: { adopted: [], plan: plain(adoptions), present }, summary };
}

function outcome({ target }: Operation, plan: AdoptionPlan, effects: readonly Effect[]): Outcome {
  const { adoptions, present } = plan;
  const did =
    adoptions.length === 0
      ? `Nothing to take over: ${present.length} of the map are in the stack already.`
      : `${adoptions.length} resources are part of stack ${target.stack}.`;
  const follows =
    effects.length === 0
      ? ["pulumi up would change none of them."]
      : ["pulumi up would change them in place:", ...effectLines(effects)];
  return {
    text: [did, ...follows, `Next: pulumi up --stack ${target.stack}`].join("\n"),
    json: {
      adopted: plain(adoptions),
      present,
      effects: effects.map(({ urn, op, changes }) => ({ ...nameParts(urn), op, changes })),
    },
    summary: `${adoptions.length} taken over, ${present.length} before; ${effects.length} would change`,
  };
}
