/** TEMPORARY (lead, for integration): the owner of this file replaces it. */
import { homedir } from "node:os";
import { join } from "node:path";
import type { ConvergeRequest } from "../../plan/kubernetes/types";
import type { Supervisor } from "../supervisor/supervisor";

export async function ensureKubespray(
  kubespray: ConvergeRequest["kubespray"],
  _: { supervisor: Supervisor },
) {
  const cache =
    process.env.OPENCENTER_CACHE ??
    join(process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache"), "opencenter");
  const base = join(cache, "kubespray", kubespray.ref);
  return {
    checkout: join(base, "checkout"),
    ansiblePlaybook: join(base, "venv", "bin", "ansible-playbook"),
    env: {} as Record<string, string>,
  };
}
