/** States of clusters as a table: one line each. */
import type { Paint } from "../style";
import { table } from "../table";
import type { Answer, ClusterState, ClusterStatus, Pending } from "./look";

const HEADER = [
  "CLUSTER",
  "ENVIRONMENT",
  "LIFECYCLE",
  "KUBERNETES",
  "PENDING",
  "DRIFT",
  "BACKUP",
  "CERTS",
  "FLUX",
];

/** Nobody asked. */
const NOT_ASKED = "-";
/** Somebody asked, and nobody could say. */
const UNKNOWN = "?";

export interface Row {
  readonly stack: string;
  readonly status?: ClusterStatus;
  /** Why there is no status. */
  readonly problem?: string;
}

export function statusText(rows: readonly Row[], paint: Paint): string {
  const lines = rows.map(({ stack, status }) =>
    status === undefined ? [stack, paint("red", "?")] : cells(status, paint),
  );
  const notes = rows.flatMap(notesOf);
  return [table([HEADER, ...lines]), ...(notes.length > 0 ? ["", ...notes] : [])].join("\n");
}

/** The answer, where there is one. */
function known<T extends object>(answer: Answer<T> | undefined): T | undefined {
  return answer === undefined || "unknown" in answer ? undefined : answer;
}

const isUnknown = (answer: object | undefined): answer is { unknown: string } =>
  answer !== undefined && "unknown" in answer;

function cell<T extends object>(answer: Answer<T> | undefined, show: (value: T) => string): string {
  const value = known(answer);
  if (value !== undefined) return show(value);
  return answer === undefined ? NOT_ASKED : UNKNOWN;
}

function cells(
  { stack, environment, lifecycle, kubernetes = NOT_ASKED, ...status }: ClusterStatus,
  paint: Paint,
) {
  const { pending, drift, cluster } = status;
  const worry = (bad: boolean, text: string) => (bad ? paint("yellow", text) : text);
  return [
    stack,
    environment,
    lifecycle,
    kubernetes,
    cell(pending, ({ changes, destructive }: Pending) =>
      changes === 0
        ? "none"
        : worry(destructive.length > 0, `${changes}${destructive.length > 0 ? "!" : ""}`),
    ),
    cell(drift, ({ findings, blind }) =>
      worry(findings > 0, `${findings === 0 ? "none" : findings}${blind ? " ?" : ""}`),
    ),
    cell(cluster, ({ backupHours }: ClusterState) =>
      backupHours === undefined ? "none" : `${backupHours} h`,
    ),
    cell(cluster, ({ certificateDays }: ClusterState) => worry(certificateDays < 30, `${certificateDays} d`)),
    cell(cluster, ({ flux }: ClusterState) =>
      flux === undefined ? NOT_ASKED : worry(flux.ready < flux.total, `${flux.ready}/${flux.total}`),
    ),
  ];
}

/** What does not fit into a cell. */
function notesOf({ stack, status, problem }: Row): string[] {
  if (status === undefined) return [`${stack}: ${problem ?? "no answer"}`];
  const { cluster, pending, drift } = status;
  const reasons = [cluster, pending, drift].flatMap((answer) => (isUnknown(answer) ? [answer.unknown] : []));
  const { lock } = known(cluster) ?? {};
  const destructive = known(pending)?.destructive ?? [];
  const busy = lock === undefined ? [] : [`in use by ${lock}`];
  const replaced = destructive.length > 0 ? [`pending: ${destructive.join(", ")}`] : [];
  return [...new Set([...reasons, ...busy, ...replaced])].map((note) => `${stack}: ${note}`);
}

/** Whether everything that was asked got an answer. */
export function isWhole({ cluster, pending, drift }: ClusterStatus): boolean {
  return [cluster, pending, drift].every((answer) => !isUnknown(answer));
}
