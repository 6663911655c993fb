/** What `opencenter backup` does, by action. */
import { ExitCode } from "../errors";
import type { Operation, Outcome } from "../operation";
import { contentsOf, createSet } from "./create";
import type { Manifest } from "./manifest";
import { openPlace, type PlaceOptions } from "./place";
import { prune, toPrune } from "./prune";
import { chooseSet, newestComplete, readSets } from "./sets";
import { setJson, shownChecks, shownSets } from "./shown";
import { verifySet } from "./verify";
import type { Skippable } from "./whole";

export interface BackupOptions extends PlaceOptions {
  readonly skip: readonly Skippable[];
  /** Delete what may go afterwards. */
  readonly prune: boolean;
  /** Of every set. */
  readonly all: boolean;
}

export async function create(operation: Operation, options: BackupOptions): Promise<Outcome> {
  const { target, narrator } = operation;
  const place = await openPlace(target, options);
  const { store, owner, identities } = place;
  const contents = await contentsOf(target, options.skip);
  for (const { part, why } of contents.without) narrator.note(`Without ${part}: ${why}.`);
  const before = await readSets(store, owner, identities);
  if (operation.options.dryRun) {
    const goes = options.prune ? toPrune(operation, before) : [];
    const text = [
      `A backup of ${target.config.name} would be made in ${store.shown}.`,
      ...contents.without.map(({ part, why }) => `Without ${part}: ${why}.`),
      ...goes.map(({ name, why }) => `${name} would be deleted: ${why}.`),
    ].join("\n");
    return { text, json: { wouldDelete: goes, without: contents.without }, summary: "nothing was done" };
  }
  const made = await createSet({ operation, store, identities, skip: options.skip }, contents);
  const sets = await readSets(store, owner, identities);
  const set = chooseSet(sets, made.name, store.shown);
  const goes = options.prune ? toPrune(operation, sets) : [];
  await prune(operation, store, sets, goes, contents.api);
  const broken = brokenIn(made, contents.faults.length > 0);
  return {
    text: [shownSets([set], store.shown), ...broken].join("\n"),
    json: { backup: setJson(set), velero: made.velero?.phase ?? null, deleted: goes },
    summary: `${made.name}, ${goes.length} deleted`,
    // The set is there and complete; somebody has to look at what it lacks.
    exitCode: broken.length > 0 ? ExitCode.failed : ExitCode.ok,
  };
}

/** What is wrong with Velero's part, in a line; a set without it passes for a backup until it is needed. */
function brokenIn({ name, velero }: Manifest, down: boolean): string[] {
  if (down)
    return [
      "Velero is on in the configuration, and does not run: this set has no objects and no snapshots of volumes. " +
        "kubectl -n velero get pods",
    ];
  if (velero === undefined || velero.phase === "Completed") return [];
  const { phase, errors } = velero;
  return [`Velero's part ended ${phase} with ${errors} error(s): velero backup describe ${name} --details`];
}

export async function list({ target }: Operation, options: BackupOptions): Promise<Outcome> {
  const { store, owner, identities } = await openPlace(target, options);
  const sets = await readSets(store, owner, identities);
  return {
    text: shownSets(sets, store.shown),
    json: {
      store: store.shown,
      newest: newestComplete(sets)?.name ?? null,
      backups: sets.map((set) => setJson(set)),
    },
    summary: `${sets.length} backup(s)`,
  };
}

export async function verify(operation: Operation, options: BackupOptions, name?: string): Promise<Outcome> {
  const place = await openPlace(operation.target, options);
  const { store, owner, identities } = place;
  const sets = await readSets(store, owner, identities);
  const chosen = options.all
    ? sets.filter(({ state }) => state !== "incomplete").map((set) => set.name)
    : [chooseSet(sets, name, store.shown).name];
  const results = [];
  for (const one of chosen) {
    const set = sets.find((candidate) => candidate.name === one);
    if (set?.manifest === undefined || set.state !== "complete") {
      results.push({ name: one, checks: [{ what: "set", size: 0, problem: set?.problem ?? "is gone" }] });
      continue;
    }
    const complete = { ...set, manifest: set.manifest };
    const checks = await operation.step(`Checking ${one}`, () => verifySet(place, complete));
    results.push({ name: one, checks });
  }
  const bad = results.filter(({ checks }) => checks.some(({ problem }) => problem !== undefined));
  return {
    text: results.map(({ name: one, checks }) => `${one}\n${shownChecks(checks)}`).join("\n\n"),
    json: { backups: results.map((result) => ({ ...result, sound: !bad.includes(result) })) },
    summary: `${results.length} checked, ${bad.length} not sound`,
    exitCode: bad.length === 0 ? ExitCode.ok : ExitCode.failed,
  };
}

export async function pruneOnly(operation: Operation, options: BackupOptions): Promise<Outcome> {
  const { target } = operation;
  const { store, owner, identities } = await openPlace(target, options);
  const sets = await readSets(store, owner, identities);
  const goes = toPrune(operation, sets);
  const shown = goes.map(({ name, why }) => `${name}: ${why}`).join("\n");
  if (goes.length > 0 && !operation.options.dryRun) {
    await operation.confirm(`Delete ${goes.length} backup(s) for good?\n${shown}\n`);
    const api = (await target.kubeconfig()) === undefined ? undefined : await target.api();
    await prune(operation, store, sets, goes, api);
  }
  const verb = operation.options.dryRun ? "Would be deleted" : "Deleted";
  return {
    text: goes.length === 0 ? "Nothing to delete." : `${verb}:\n${shown}`,
    json: {
      deleted: operation.options.dryRun ? [] : goes,
      wouldDelete: operation.options.dryRun ? goes : [],
    },
    summary: `${goes.length} deleted`,
  };
}
