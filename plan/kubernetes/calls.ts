/** What several sequences of playbooks have in common. */
import type { ConvergeRequest, Json, PlaybookStep } from "./types";

/** Anything but an upgrade must run with the version that runs: a newer one would replace binaries and stop half-way. */
export function pinned(version: string, request: ConvergeRequest): Record<string, Json> {
  return version === request.version ? {} : { kube_version: version };
}

export function extra(vars: Record<string, Json>): { extraVars?: Record<string, Json> } {
  return Object.keys(vars).length === 0 ? {} : { extraVars: vars };
}

export function facts(inventory: PlaybookStep["inventory"]): PlaybookStep {
  return { playbook: "playbooks/facts.yml", why: "a limited run needs the facts of all nodes", inventory };
}
