/** Velero, through its objects: a backup of everything but Secrets, and restores of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { RunFailure } from "../../runner/errors";
import {
  type AnyObject,
  type ClusterObjects,
  type ObjectRef,
  Unreachable,
} from "../../runner/kubernetes/objects";

const NAMESPACE = "velero";
const API = "velero.io/v1";
/** Where the program has Velero keep its own, in the bucket. */
export const VELERO_PREFIX = "velero";

/** Tells the program's objects from those of schedules. */
export const SET_LABEL = "opencenter.io/backup-set";

/** Velero writes what it backs up in clear: Secrets go into the set, encrypted, and events nobody wants back. */
const LEFT_OUT = ["secrets", "events", "events.events.k8s.io"];

const POLL_MS = 2_000;
const ENDED = ["Completed", "PartiallyFailed", "Failed", "FailedValidation"];

/** How long no progress may be seen, in milliseconds; a large backup takes hours, and says so as it goes. */
const SILENCE_MS = 15 * 60_000;

const ref = (kind: string, name: string): ObjectRef => ({
  apiVersion: API,
  kind,
  name,
  namespace: NAMESPACE,
});

export interface VeleroResult {
  readonly phase: string;
  readonly items: number;
  readonly warnings: number;
  readonly errors: number;
  /** Velero's own words for a phase that begins with Failed; absent where it says none. */
  readonly reason?: string;
}

/** Version of a Velero that runs; undefined where none does. */
export async function veleroVersion(api: ClusterObjects): Promise<string | undefined> {
  const deployment = await api.read({
    apiVersion: "apps/v1",
    kind: "Deployment",
    name: "velero",
    namespace: NAMESPACE,
  });
  if (Number(deployment?.status?.["availableReplicas"] ?? 0) === 0) return undefined;
  type Template = { spec?: { containers?: { image?: string }[] } };
  const { spec } = (deployment?.spec?.["template"] ?? {}) as Template;
  return spec?.containers?.[0]?.image?.split(":").at(-1) ?? "unknown";
}

export interface Location {
  readonly name: string;
  readonly bucket: string;
  readonly prefix: string;
  readonly available: boolean;
}

/** Places that a cluster's Velero looks at. */
export async function locations(api: ClusterObjects): Promise<Location[]> {
  const found = await api.list(API, "BackupStorageLocation");
  return found.map(({ metadata, spec, status }) => {
    const { bucket = "", prefix = "" } = (spec?.["objectStorage"] ?? {}) as {
      bucket?: string;
      prefix?: string;
    };
    return { name: metadata?.name ?? "", bucket, prefix, available: status?.["phase"] === "Available" };
  });
}

/** Runs a backup to its end. @param ttlSeconds after which Velero deletes it */
export async function runBackup(
  api: ClusterObjects,
  name: string,
  ttlSeconds: number,
  report: (line: string) => void,
): Promise<VeleroResult> {
  await api.create({
    ...header("Backup", name, name),
    spec: {
      ttl: goDuration(ttlSeconds),
      includedNamespaces: ["*"],
      excludedResources: LEFT_OUT,
      storageLocation: "default",
    },
  });
  const result = await ended(api, ref("Backup", name), "itemsBackedUp", report);
  if (!result.phase.startsWith("Failed")) return result;
  throw new RunFailure(`Velero's backup ${name} ended ${shownEnd(result)}.`, [
    `See why: velero backup describe ${name} --details, or kubectl -n velero get backup ${name} -o yaml`,
  ]);
}

export interface RestoreOrder {
  readonly name: string;
  readonly backup: string;
  /** @default all */
  readonly namespaces?: readonly string[];
  /** Other names for namespaces. @default their own */
  readonly mapping?: Readonly<Record<string, string>>;
  /** `plural.group`. @default all */
  readonly resources?: readonly string[];
  readonly set: string;
}

/** Runs a restore to its end. What is there already stays as it is: that is Velero's default. */
export async function runRestore(
  api: ClusterObjects,
  order: RestoreOrder,
  report: (line: string) => void,
): Promise<VeleroResult> {
  const { name, backup, namespaces = ["*"], mapping, resources, set } = order;
  await api.create({
    ...header("Restore", name, set),
    spec: {
      backupName: backup,
      includedNamespaces: namespaces,
      ...(mapping === undefined ? {} : { namespaceMapping: mapping }),
      ...(resources === undefined ? {} : { includedResources: resources }),
    },
  });
  const result = await ended(api, ref("Restore", name), "itemsRestored", report);
  if (!result.phase.startsWith("Failed")) return result;
  throw new RunFailure(`Velero's restore ${name} ended ${shownEnd(result)}.`, [
    `See why: velero restore describe ${name} --details, or kubectl -n velero get restore ${name} -o yaml`,
  ]);
}

/** Whether a Velero knows a backup: one of another cluster comes with the location that it is in. */
export async function knowsBackup(api: ClusterObjects, name: string): Promise<boolean> {
  return (await api.read(ref("Backup", name))) !== undefined;
}

/** Has Velero delete a backup, its files included; a bare deletion of the object would bring it back from the store. */
export async function deleteBackup(api: ClusterObjects, name: string): Promise<void> {
  if (!(await knowsBackup(api, name))) return;
  await api.create({ ...header("DeleteBackupRequest", `${name}-prune`, name), spec: { backupName: name } });
}

function header(kind: string, name: string, set: string): AnyObject {
  return { apiVersion: API, kind, metadata: { name, namespace: NAMESPACE, labels: { [SET_LABEL]: set } } };
}

/** As Go writes durations: `720h0m0s`. */
const goDuration = (seconds: number) =>
  `${Math.floor(seconds / 3_600)}h${Math.floor((seconds % 3_600) / 60)}m${seconds % 60}s`;

/** A run that failed has one reason, an order that was none a list of them. */
function reasonIn(status: Readonly<Record<string, unknown>>): { reason?: string } {
  const said = [status["failureReason"] ?? [], status["validationErrors"] ?? []].flat();
  return said.length === 0 ? {} : { reason: said.map(String).join("; ") };
}

const shownEnd = ({ phase, reason }: VeleroResult) => (reason === undefined ? phase : `${phase}: ${reason}`);

async function ended(
  api: ClusterObjects,
  object: ObjectRef,
  counted: string,
  report: (line: string) => void,
): Promise<VeleroResult> {
  let said = "";
  for (let heard = Date.now(); ; await sleep(POLL_MS)) {
    const status = await statusOf(api, object);
    const phase = String(status["phase"] ?? "New");
    const progress = (status["progress"] ?? {}) as Readonly<Record<string, number | undefined>>;
    const items = progress[counted] ?? 0;
    const line = `${object.kind} ${object.name}: ${phase}, ${items} of ${progress["totalItems"] ?? "?"} objects`;
    if (line !== said) {
      report(line);
      [said, heard] = [line, Date.now()];
    }
    if (ENDED.includes(phase))
      return {
        phase,
        items,
        warnings: Number(status["warnings"] ?? 0),
        errors: Number(status["errors"] ?? 0),
        ...reasonIn(status),
      };
    if (Date.now() - heard > SILENCE_MS)
      throw new RunFailure(
        `Velero says nothing new of ${object.kind} ${object.name} for ${SILENCE_MS / 60_000} minutes: ${phase}.`,
        ["Is it at work? kubectl -n velero logs deployment/velero"],
      );
  }
}

/** An API server that restarts in the middle of hours of work is no reason to give it up. */
async function statusOf(api: ClusterObjects, object: ObjectRef): Promise<Readonly<Record<string, unknown>>> {
  try {
    return (await api.read(object))?.status ?? {};
  } catch (error) {
    if (error instanceof Unreachable) return { phase: "unknown, the Kubernetes API does not answer" };
    throw error;
  }
}
