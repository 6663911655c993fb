/** Whether the machines of an inventory are those of the control plane that is remembered under its name. */
import type { Run } from "./engine";
import { serverIdOf } from "./nodes";

/**
 * Forgets a cluster whose machines are all gone: `pulumi destroy` deletes machines and resets nothing, and what runs on
 * this machine in their place would otherwise outlive them.
 */
export async function sameCluster({ controlPlane, inventory, memory }: Run): Promise<void> {
  const known = Object.entries(memory.current.hosts).filter(([, host]) => host.apiServer !== undefined);
  if (known.length === 0) return;
  const alive = inventory
    .group("all")
    .some((host) =>
      known.some(([name, { serverId }]) => name === host.name && serverId === serverIdOf(host)),
    );
  if (alive) return;
  await controlPlane.destroy();
  memory.forget();
}
