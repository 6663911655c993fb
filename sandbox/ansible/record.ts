/** The list of all playbook calls. */
import { appendFileSync } from "node:fs";
import { join } from "node:path";

/** One line of `playbooks.jsonl`. */
export interface PlaybookRecord {
  /** ISO 8601, when the call began. */
  readonly time: string;
  readonly organization: string;
  readonly cluster: string;
  readonly ref: string;
  readonly playbook: string;
  /** Patterns as given; absent without --limit. */
  readonly limit?: readonly string[];
  readonly tags?: readonly string[];
  /** Values of variables whose name speaks of a secret are left out. */
  readonly extraVars: Readonly<Record<string, unknown>>;
  /** Hosts that were within the limit. */
  readonly hosts: readonly string[];
  /** The group kube_control_plane, in order. */
  readonly controlPlane: readonly string[];
  readonly exit: number;
}

export function recordsFile(directory: string): string {
  return join(directory, "playbooks.jsonl");
}

/** One write, so that two calls at the same time do not mix their lines. */
export function appendRecord(
  directory: string,
  record: PlaybookRecord,
  clean: (text: string) => string,
): void {
  const extraVars = Object.fromEntries(
    Object.entries(record.extraVars).map(([name, value]) => [
      name,
      /token|secret|password|certificate_key|private/i.test(name) ? "********" : value,
    ]),
  );
  const line = clean(JSON.stringify({ ...record, extraVars }));
  appendFileSync(recordsFile(directory), `${line}\n`, { mode: 0o600 });
}
