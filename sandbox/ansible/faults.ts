/** Failures on demand. */
import { spawn } from "node:child_process";
import { appendFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { updateJson } from "../kubernetes/files";

/** One entry of `faults.json`. */
export interface Fault {
  /** `cluster.yml`; `wait.yml` for a playbook of the program's own. */
  readonly playbook: string;
  /** Part of the play's name. */
  readonly play: string;
  /** @default the first host of the play that is not yet done */
  readonly host?: string;
  /**
   * - `fail` the task fails on the host
   * - `unreachable` the host does not answer
   * - `hang` nothing happens any more until the process is killed; a child `sleep` is left to be looked for
   * - `slow` it takes longer, and then goes on
   */
  readonly mode: "fail" | "unreachable" | "hang" | "slow";
  /** How long `slow` and the child of `hang` take. @default 5 and 600 */
  readonly seconds?: number;
  readonly message?: string;
  /** How often it strikes. */
  readonly times: number;
}

export function faultsFile(directory: string): string {
  return join(directory, "faults.json");
}

/** Takes the first fault that fits, so that no other run gets it too. */
export function takeFault(
  directory: string,
  playbook: string,
  play: string,
  hosts: readonly string[],
): Fault | undefined {
  let taken: Fault | undefined;
  updateJson<Fault[]>(faultsFile(directory), [], (faults) => {
    const index = faults.findIndex(
      (fault) =>
        fault.playbook === playbook &&
        play.includes(fault.play) &&
        (fault.host === undefined || hosts.includes(fault.host)),
    );
    taken = faults[index];
    if (taken === undefined) return undefined;
    const left = { ...taken, times: taken.times - 1 };
    return faults.flatMap((fault, other) => (other !== index ? [fault] : left.times > 0 ? [left] : []));
  });
  return taken;
}

export async function delay({ mode, seconds }: Fault, directory: string): Promise<void> {
  if (mode === "slow") await sleep((seconds ?? 5) * 1000);
  if (mode !== "hang") return;
  // Not killed here: whoever started ansible-playbook has to end its whole process group, as with ssh's children.
  const child = spawn("sleep", [String(seconds ?? 600)], { stdio: "ignore" });
  appendFileSync(
    join(directory, "hanging.jsonl"),
    `${JSON.stringify({ pid: process.pid, child: child.pid })}\n`,
  );
  await new Promise<never>(() => setInterval(() => undefined, 60_000));
}
