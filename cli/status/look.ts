/** A cluster in one line: what it is, what is pending, what differs, how old its backup is. */
import { standingOf } from "../../delivery/flux/conditions";
import { KUSTOMIZATIONS } from "../../delivery/flux/names";
import { parseRecord } from "../../plan/kubernetes/record";
import { RunFailure } from "../../runner/errors";
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";
import { CloudError } from "../cloud/errors";
import { apiHealth, daysLeft } from "../drift/certificates";
import { isChange, nameParts, parseDigest } from "../drift/cloud/digest";
import { lookForDrift } from "../drift/layers";
import { findingsOf, summaryOf } from "../drift/report";
import { UserError } from "../errors";
import type { Target } from "../operation";
import { currentHolder } from "../operation/lease";

export const PARTS = ["cluster", "pending", "drift"] as const;
/** What is looked at: the cluster itself in a second, the others by a run of Pulumi each. */
export type Part = (typeof PARTS)[number];

/** What could not be found out says why, and hides nothing else. */
export type Answer<T> = T | { readonly unknown: string };

export interface Pending {
  readonly changes: number;
  /** Operations by name: `create`, `replace`. */
  readonly operations: Readonly<Record<string, number>>;
  /** Replaced or deleted: what a reviewer reads first. */
  readonly destructive: readonly string[];
}

export interface ClusterState {
  /** Days until the first certificate ends. */
  readonly certificateDays: number;
  /** Ready and all Kustomizations; absent without `gitops`. */
  readonly flux?: { readonly ready: number; readonly total: number };
  /** Hours since the newest complete backup; absent where there is none. */
  readonly backupHours?: number;
  /** Who is at work. */
  readonly lock?: string;
}

export interface ClusterStatus {
  readonly stack: string;
  readonly environment: string;
  /** `not built`, `day-1`, `day-2`. */
  readonly lifecycle: string;
  readonly kubernetes?: string;
  readonly kubespray?: string;
  readonly cluster?: Answer<ClusterState>;
  readonly pending?: Answer<Pending>;
  readonly drift?: Answer<{ readonly findings: number; readonly summary: string; readonly blind: boolean }>;
}

export async function lookAtStatus(
  target: Target,
  parts: readonly Part[],
  now = new Date(),
): Promise<ClusterStatus> {
  const outputs = await outputsIfAny(target);
  const record = parseRecord(outputs["kubernetes"]);
  const lifecycle = outputs["lifecycle"];
  const about = {
    stack: target.stack,
    environment: target.config.environment,
    lifecycle: typeof lifecycle === "string" ? lifecycle : "not built",
    ...(record && { kubernetes: record.mark.version, kubespray: record.mark.kubesprayRef }),
  };
  const built = about.lifecycle !== "not built";
  const asked = async <T>(part: Part, needsCluster: boolean, look: () => Promise<T>) =>
    parts.includes(part) && (built || !needsCluster) ? { [part]: await answer(look) } : {};
  const [cluster, pending, drift] = await Promise.all([
    asked("cluster", true, () => clusterState(target, now)),
    asked("pending", false, () => pendingChanges(target)),
    asked("drift", true, () => driftOf(target, now)),
  ]);
  return { ...about, ...cluster, ...pending, ...drift };
}

/** A file without a stack is a cluster that nobody has built yet. */
async function outputsIfAny(target: Target): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await target.outputs();
  } catch (error) {
    if (error instanceof UserError && /no stack named/.test(error.message)) return {};
    throw error;
  }
}

async function answer<T>(look: () => Promise<T>): Promise<Answer<T>> {
  try {
    return await look();
  } catch (error) {
    const expected = error instanceof UserError || error instanceof RunFailure || error instanceof CloudError;
    if (!expected) throw error;
    return { unknown: error.message.split("\n")[0] ?? "" };
  }
}

async function clusterState(target: Target, now: Date): Promise<ClusterState> {
  const kubeconfig = await target.kubeconfig();
  const api = await target.api();
  const holder = await currentHolder(api);
  const health = await apiHealth(kubeconfig ?? "");
  const days = health.certificates.map((certificate) => daysLeft(certificate, now));
  const flux = target.config.gitops === undefined ? undefined : await fluxState(api);
  const backupHours = newestBackup(await api.list("velero.io/v1", "Backup"), now);
  return {
    certificateDays: Math.min(...days),
    ...(flux && { flux }),
    ...(backupHours === undefined ? {} : { backupHours }),
    ...(holder && { lock: `${holder.identity}, since ${holder.since}` }),
  };
}

async function fluxState(api: ClusterObjects) {
  const all = await api.list(KUSTOMIZATIONS.apiVersion, KUSTOMIZATIONS.kind);
  return { ready: all.filter((one) => standingOf(one).ready).length, total: all.length };
}

const HOUR_MS = 3_600_000;

export function newestBackup(backups: readonly AnyObject[], now: Date): number | undefined {
  const ended = backups
    .filter(({ status }) => status?.["phase"] === "Completed")
    .map(({ status }) => Date.parse(String(status?.["completionTimestamp"])))
    .filter(Number.isFinite);
  return ended.length === 0 ? undefined : Math.floor((now.getTime() - Math.max(...ended)) / HOUR_MS);
}

async function pendingChanges(target: Target): Promise<Pending> {
  const steps = parseDigest(await target.pulumi(["preview", "--json"]), "pulumi preview").filter(isChange);
  const operations: Record<string, number> = {};
  for (const { op } of steps) operations[op] = (operations[op] ?? 0) + 1;
  const destructive = steps.filter(({ op }) => op === "replace" || op === "delete");
  return {
    changes: steps.length,
    operations,
    destructive: destructive.map(({ op, urn }) => `${op} ${nameParts(urn).name}`),
  };
}

async function driftOf(target: Target, now: Date) {
  const report = await lookForDrift(target, { now });
  return {
    findings: findingsOf(report).length,
    summary: summaryOf(report),
    blind: report.layers.some(({ looked }) => !looked),
  };
}
