/** `opencenter restore`: checked as a whole first, shown, asked for, and then done part by part. */
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import { openPlace, type PlaceOptions } from "../backup/place";
import { parseSecrets, placedSecrets, restoreSecrets } from "../backup/secrets";
import { chooseSet, type CompleteSet, readSets } from "../backup/sets";
import { runRestore, veleroVersion } from "../backup/velero";
import { type Place, readPart, requireSound } from "../backup/verify";
import { ExitCode, UserError } from "../errors";
import { type Operation, type Outcome, Target } from "../operation";
import { sameContent, timeOf } from "../operation/importState";
import { parseState } from "../recover/state";
import { requireSameOrganization, requireVisible, writingTo } from "./elsewhere";
import { afterwards, awaitApi, restoreEtcd, staleMembers, typedName, unreadableSecrets } from "./etcd";
import {
  isNewer,
  planRestore,
  type RestoreOrder,
  type RestorePlan,
  shownPlan,
  type StateRelation,
} from "./plan";
import { keysOf, keysRefusals, survivors } from "./keys";
import { isEmpty, presentState, replaceState } from "./state";

export interface RestoreOptions extends PlaceOptions {
  readonly backup: string;
  /** Another cluster of the organisation. */
  readonly into?: string;
  readonly namespace?: readonly string[];
  readonly state: boolean;
  /** Of the state only what a new cluster takes over from a lost one. */
  readonly keys: boolean;
  readonly etcd: boolean;
  readonly force: boolean;
  /** The cluster's name, where there is no terminal to type it at. */
  readonly confirmName?: string;
}

export async function restore(operation: Operation, options: RestoreOptions): Promise<Outcome> {
  const { target, narrator } = operation;
  const place = await openPlace(target, options);
  const sets = await readSets(place.store, place.owner, place.identities);
  const set = chooseSet(sets, options.backup, place.store.shown);
  await operation.step(`Fetching and checking ${set.name}`, () => requireSound(place, set));
  const order = orderOf(target, options);
  const restoration = new Restoration(operation, options, place, set, order);
  const plan = await restoration.plan();
  const shown = shownPlan(set.name, plan);
  if (plan.refusals.length > 0)
    throw new UserError(`nothing was restored: ${plan.refusals.join("; ")}.`, undefined, ExitCode.failed);
  if (operation.options.dryRun)
    return { text: shown, json: { backup: set.name, plan: plan.steps }, summary: "nothing was done" };
  narrator.note(shown.replaceAll("\n", "\n  "));
  await restoration.ask(plan);
  const done = await restoration.run(plan);
  return {
    text: done.map(({ text }) => text).join("\n"),
    json: { backup: set.name, into: order.into, done },
    summary: `${set.name} into ${order.into}: ${plan.steps.map(({ what }) => what).join(", ")}`,
    exitCode: done.some(({ problem }) => problem) ? ExitCode.failed : ExitCode.ok,
  };
}

/** Objects are what a restore is about, unless it is asked for something that only a person asks for. */
function orderOf(target: Target, options: RestoreOptions): RestoreOrder {
  const { backup, into, namespace, state, keys, etcd } = options;
  const objects = namespace !== undefined || !(state || keys || etcd);
  return { set: backup, into: into ?? target.stack, namespaces: namespace, objects, state, keys, etcd };
}

interface Done {
  readonly what: string;
  readonly text: string;
  readonly problem?: boolean;
}

class Restoration {
  private readonly destination: Target;
  private presentState?: string;

  constructor(
    private readonly operation: Operation,
    private readonly options: RestoreOptions,
    private readonly place: Place,
    private readonly set: CompleteSet,
    private readonly order: RestoreOrder,
  ) {
    const { target } = operation;
    this.destination = order.into === target.stack ? target : Target.open(order.into, target.project);
    requireSameOrganization(target, this.destination);
  }

  async plan(): Promise<RestorePlan> {
    const { order, set } = this;
    const times = order.state ? await this.stateRelation() : {};
    const plan = await this.withKeys(await this.withEtcd(planRestore(set.manifest, order, times)));
    if (order.objects && set.manifest.velero !== undefined && plan.refusals.length === 0) {
      const api = await this.api();
      if ((await veleroVersion(api)) === undefined)
        throw new UserError(
          `Velero does not run in ${order.into}.`,
          "Enable services.velero and merge, first.",
          ExitCode.failed,
        );
      await requireVisible(api, set.manifest, order.into);
    }
    const force = this.options.force && this.operation.options.yes;
    if (order.state && isNewer(times) && !force && !this.operation.options.dryRun)
      return {
        ...plan,
        refusals: [...plan.refusals, plan.steps.find(({ warning }) => warning)?.warning ?? ""],
      };
    return plan;
  }

  /** Whether the stack is one for which a lost cluster's keys are meant. */
  private async withKeys(plan: RestorePlan): Promise<RestorePlan> {
    if (!this.order.keys) return plan;
    const { target } = this.operation;
    const saved = (await this.savedState()).toString("utf8");
    const seen = (this.presentState = await presentState(target));
    const alive = await survivors(await target.cloud(), saved);
    const present = seen !== undefined && !isEmpty(seen);
    return { ...plan, refusals: [...plan.refusals, ...keysRefusals(keysOf(saved), { present, alive })] };
  }

  /** What of the snapshot the cluster of now could not use. */
  private async withEtcd(plan: RestorePlan): Promise<RestorePlan> {
    if (!this.order.etcd) return plan;
    const configuration = await readPart(this.place, this.set, "configuration");
    const { target } = this.operation;
    const problems = [
      unreadableSecrets(configuration?.toString("utf8") ?? "", target.config),
      staleMembers(target, parseState(await this.stateOfThen())),
    ].filter((problem) => problem !== undefined);
    return { ...plan, refusals: [...plan.refusals, ...problems] };
  }

  /** The state that the stack has when etcd's turn comes. */
  private async stateOfThen(): Promise<string> {
    if (this.order.state) return (await this.savedState()).toString("utf8");
    return this.operation.target.pulumi(["stack", "export"]);
  }

  private async stateRelation(): Promise<StateRelation> {
    const saved = (await this.savedState()).toString("utf8");
    const present = (this.presentState = await presentState(this.operation.target));
    // A stack that was just made has a time of its own, and nothing that could be lost.
    if (present === undefined || isEmpty(present)) return { saved: timeOf(saved) };
    return { present: timeOf(present), saved: timeOf(saved), edited: !sameContent(present, saved) };
  }

  async ask(plan: RestorePlan): Promise<void> {
    if (this.order.etcd) await typedName(this.operation.target.config.name, this.options.confirmName);
    await this.operation.confirm(`Restore this? ${plan.steps.length} part(s)`);
  }

  async run({ steps }: RestorePlan): Promise<Done[]> {
    const work = {
      objects: () => this.objects(),
      secrets: () => this.secrets(),
      state: () => this.state(),
      keys: () => this.keys(),
      etcd: () => this.etcd(),
    };
    const done: Done[] = [];
    await writingTo(this.destination, this.operation, this.set.name, async (mayGoOn) => {
      for (const { what } of steps) {
        mayGoOn();
        done.push(await this.operation.step(`Restoring: ${what}`, work[what]));
      }
    });
    return done;
  }

  private api(): Promise<ClusterObjects> {
    return this.destination.api();
  }

  private async savedState(): Promise<Buffer> {
    const saved = await readPart(this.place, this.set, "state");
    if (saved === undefined)
      throw new UserError(`backup ${this.set.name} has no state.`, undefined, ExitCode.failed);
    return saved;
  }

  private async objects(): Promise<Done> {
    const { order, set, operation } = this;
    const { backup } = set.manifest.velero!;
    // Each restore has a name of its own: Velero never runs one twice.
    const name = `${set.name}-${Date.now().toString(36)}`;
    const { namespaces } = order;
    const result = await runRestore(await this.api(), { name, backup, namespaces, set: set.name }, (line) =>
      operation.narrator.note(line),
    );
    const { phase, items, warnings, errors } = result;
    const text = `Velero's restore ${name}: ${phase}, ${items} object(s), ${warnings} warning(s), ${errors} error(s).`;
    const problem = phase !== "Completed";
    return {
      what: "objects",
      text: problem ? `${text}\nSee: velero restore describe ${name} --details` : text,
      problem,
    };
  }

  private async secrets(): Promise<Done> {
    const part = await readPart(this.place, this.set, "secrets");
    const saved = placedSecrets(parseSecrets(part?.toString("utf8") ?? "[]"), this.order.namespaces);
    const { made, kept } = await restoreSecrets(await this.api(), saved);
    return { what: "secrets", text: `Secrets: ${made} made, ${kept} were there.` };
  }

  private async state(): Promise<Done> {
    const { target } = this.operation;
    const { presentState: seen, place } = this;
    const saved = await this.savedState();
    const kept = await replaceState(target, { seen, saved, identities: place.identities });
    const back = kept === undefined ? "" : ` That of before: ${kept}.`;
    return { what: "state", text: `State imported.${back} Next: pulumi refresh --stack ${target.stack}` };
  }

  private async keys(): Promise<Done> {
    const { target } = this.operation;
    const { text, names } = keysOf((await this.savedState()).toString("utf8"));
    const saved = Buffer.from(text);
    await replaceState(target, { seen: this.presentState, saved, identities: this.place.identities });
    return {
      what: "keys",
      text: `In the stack now: ${names.join(", ")}. Next: pulumi up --stack ${target.stack}`,
    };
  }

  private async etcd(): Promise<Done> {
    const { operation, set } = this;
    const { target, narrator } = operation;
    const snapshot = await readPart(this.place, set, "etcd");
    const answer = await restoreEtcd(operation, set.name, snapshot ?? Buffer.alloc(0));
    await awaitApi(target, (line) => narrator.note(line));
    // The Lease in the snapshot is that of the backup, whose holder is long gone.
    await operation.retake();
    return { what: "etcd", text: afterwards(target, answer) };
  }
}
