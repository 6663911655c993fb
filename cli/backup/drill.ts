/** A restore that changes nothing: into a scratch namespace, compared with what was saved, and taken away again. */
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { ExitCode, UserError } from "../errors";
import type { Operation, Outcome } from "../operation";
import { table } from "../table";
import { archiveName, type ArchivedObject, readArchive } from "./archive";
import { type Comparison, compare } from "./compare";
import { openPlace, type PlaceOptions } from "./place";
import {
  DRILLED,
  IN_EVERY_NAMESPACE,
  makeScratch,
  objectsIn,
  removeScratch,
  scratchNamespaces,
} from "./scratch";
import { parseSecrets, placedSecrets, restoreSecrets, type SavedSecret } from "./secrets";
import { chooseSet, type CompleteSet, readSets } from "./sets";
import { shownChecks } from "./shown";
import { runRestore } from "./velero";
import { type Check, type Place, readPart, requireSound } from "./verify";

export interface DrillOptions extends PlaceOptions {
  /** @default that with the most objects */
  readonly namespace?: string;
}

/** Of the platform: restored from Git, not from here. */
const SYSTEM = /^(kube-.*|flux-system|velero|opencenter-drill-.*)$/;

interface Material {
  readonly set: CompleteSet;
  readonly objects: readonly ArchivedObject[];
  readonly secrets: readonly SavedSecret[];
}

export async function drill(operation: Operation, options: DrillOptions, name?: string): Promise<Outcome> {
  const { target } = operation;
  const place = await openPlace(target, options);
  const set = chooseSet(await readSets(place.store, place.owner, place.identities), name, place.store.shown);
  const checks = await operation.step(`Fetching and checking ${set.name}`, () => requireSound(place, set));
  const material = await read(place, set);
  const namespace = chooseNamespace(material, options.namespace);
  if (namespace === undefined || operation.options.dryRun) return checkedOnly(set, checks, namespace);
  const comparison = await rehearse(operation, await target.api(), material, namespace);
  return outcome(set, checks, namespace, comparison);
}

async function read(place: Place, set: CompleteSet): Promise<Material> {
  const { velero } = set.manifest;
  const archive = velero && (await place.veleroStore?.read(archiveName(velero.prefix, velero.backup)));
  const objects = archive === undefined ? [] : await readArchive(archive);
  const secrets = await readPart(place, set, "secrets");
  return { set, objects, secrets: secrets === undefined ? [] : parseSecrets(secrets.toString("utf8")) };
}

/** What has an owner is made by it again, and is no part of a restore. */
function drilled({ objects }: Material): ArchivedObject[] {
  return objects.filter(
    ({ resource, object }) => resource in DRILLED && (object.metadata?.ownerReferences ?? []).length === 0,
  );
}

function chooseNamespace(material: Material, wanted: string | undefined): string | undefined {
  const counts = new Map<string, number>();
  for (const { namespace } of drilled(material)) counts.set(namespace, (counts.get(namespace) ?? 0) + 1);
  if (wanted !== undefined) {
    if (counts.has(wanted)) return wanted;
    throw new UserError(
      `backup ${material.set.name} has nothing of namespace ${wanted} that a drill restores.`,
      `It has: ${[...counts.keys()].sort().join(", ") || "nothing"}.`,
      ExitCode.failed,
    );
  }
  const others = [...counts].filter(([name]) => !SYSTEM.test(name));
  return others.sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))[0]?.[0];
}

async function rehearse(
  operation: Operation,
  api: ClusterObjects,
  material: Material,
  namespace: string,
): Promise<Comparison> {
  const { set } = material;
  const { narrator } = operation;
  for (const left of await scratchNamespaces(api))
    await operation.step(`Removing ${left}, which a stopped drill left`, () => removeScratch(api, left));
  const scratch = await makeScratch(api, set.name);
  const mapping = { [namespace]: scratch };
  try {
    await operation.step(`Restoring ${namespace} into ${scratch}`, async () => {
      const backup = set.manifest.velero?.backup ?? "";
      const resources = Object.keys(DRILLED);
      await runRestore(
        api,
        { name: scratch, backup, namespaces: [namespace], mapping, resources, set: set.name },
        (line) => narrator.note(line),
      );
      await restoreSecrets(api, placedSecrets(material.secrets, [namespace], mapping));
    });
    const saved = drilled(material).filter((archived) => archived.namespace === namespace);
    const secrets = placedSecrets(material.secrets, [namespace]);
    const wanted: AnyObject[] = [
      ...saved.map(({ object }) => object),
      ...secrets.map((one) => ({ ...one, kind: "Secret" })),
    ];
    const compared = wanted.filter(
      ({ kind, metadata }) => !IN_EVERY_NAMESPACE.includes(`${kind}/${metadata?.name}`),
    );
    return await operation.step("Comparing", async () =>
      compare(compared, await objectsIn(api, scratch), mapping),
    );
  } finally {
    // Also after Ctrl-C: a step would refuse to begin.
    await narrator.step(`Removing ${scratch}`, () => removeScratch(api, scratch));
  }
}

function checkedOnly(set: CompleteSet, checks: readonly Check[], namespace: string | undefined): Outcome {
  const why =
    namespace === undefined
      ? "It has no objects that could be restored: its parts were checked, and that is all."
      : `Namespace ${namespace} would be restored into a scratch namespace.`;
  return {
    text: `${set.name}\n${shownChecks(checks)}\n${why}`,
    json: { backup: set.name, checks, namespace: namespace ?? null, comparison: null },
    summary: `${set.name}: parts checked`,
  };
}

function outcome(
  set: CompleteSet,
  checks: readonly Check[],
  namespace: string,
  comparison: Comparison,
): Outcome {
  const { kinds, missing, different } = comparison;
  const rows = kinds.map(({ kind, saved, restored }) => [kind, String(saved), String(restored)]);
  const same = missing.length === 0 && different.length === 0;
  const problems = [
    ...missing.map((object) => `✗ ${object} is missing`),
    ...different.map(({ object, fields }) => `✗ ${object} differs in ${fields.join(", ")}`),
  ];
  const verdict = same ? `✓ Namespace ${namespace} came back as it was saved.` : problems.join("\n");
  return {
    text: [
      set.name,
      shownChecks(checks),
      "",
      table([["KIND", "SAVED", "RESTORED"], ...rows]),
      "",
      verdict,
    ].join("\n"),
    json: { backup: set.name, checks, namespace, comparison: { same, ...comparison } },
    summary: `${set.name}: ${namespace} ${same ? "the same" : `${problems.length} difference(s)`}`,
    exitCode: same ? ExitCode.ok : ExitCode.failed,
  };
}
