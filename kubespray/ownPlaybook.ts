/** The program's own playbooks that answer: run on every node that is wanted, the answer read from a file. */
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { PlaybookCall } from "../plan/kubernetes/types";
import { runPlaybook } from "./ansible/playbook";
import { writeInventory } from "./inventory";
import type { Run } from "./run";

export type OwnPlaybook = Pick<PlaybookCall, "playbook" | "limit" | "extraVars" | "why">;

/** Names of the nodes that the configuration wants, by role. */
export function nodesOf({ request }: Pick<Run, "request">): PlaybookCall["inventory"] {
  const named = (wanted: string) =>
    request.nodes.filter(({ role }) => role === wanted).map(({ name }) => name);
  return { controlPlane: named("control-plane"), workers: named("worker") };
}

/**
 * @param out variable that tells the playbook where to write its answer
 * @throws RunFailure
 */
export async function askPlaybook(run: Run, call: OwnPlaybook, out: string): Promise<unknown> {
  const inventory = nodesOf(run);
  writeInventory(run, [], inventory);
  const folder = mkdtempSync(join(tmpdir(), "opencenter-answer-"));
  try {
    const file = join(folder, "answer.json");
    await runPlaybook({ ...call, extraVars: { ...call.extraVars, [out]: file }, inventory }, run.ansible);
    return JSON.parse(readFileSync(file, "utf8"));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
