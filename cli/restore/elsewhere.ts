/** Whether another cluster's Velero sees a backup: only then can it restore it. */
import { stringify } from "yaml";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import type { Manifest } from "../backup/manifest";
import { knowsBackup, locations } from "../backup/velero";
import { ExitCode, UserError } from "../errors";
import type { Operation, Target } from "../operation";
import { audit } from "../operation/audit";
import { acquire } from "../operation/lease";

/** @throws UserError for a cluster of another organisation, whose keys are somebody else's */
export function requireSameOrganization(source: Target, destination: Target): void {
  const [from, to] = [source.config.organization, destination.config.organization];
  if (from === to) return;
  throw new UserError(
    `${destination.stack} belongs to organisation ${to}, and the backup to ${from}: a restore stays within one.`,
    undefined,
    ExitCode.failed,
  );
}

/** @throws UserError with what has to be applied */
export async function requireVisible(api: ClusterObjects, { velero }: Manifest, into: string): Promise<void> {
  if (velero === undefined || (await knowsBackup(api, velero.backup))) return;
  const found = await locations(api);
  const location = found.find(({ bucket, prefix }) => bucket === velero.bucket && prefix === velero.prefix);
  if (location !== undefined)
    throw new UserError(
      `Velero of ${into} looks at ${velero.bucket} (${location.name}${location.available ? "" : ", not available"}), and does not know backup ${velero.backup} yet.`,
      "It looks once a minute: try again. Its log says why it cannot: kubectl -n velero logs deployment/velero",
      ExitCode.failed,
    );
  throw new UserError(
    `Velero of ${into} does not look at ${velero.bucket}, where backup ${velero.backup} is.`,
    `Apply this to ${into}, with its own provider, and try again in a minute (read only, so that it deletes nothing there):\n${stringify(readOnlyLocation(velero))}`,
    ExitCode.failed,
  );
}

function readOnlyLocation({ bucket, prefix }: { readonly bucket: string; readonly prefix: string }) {
  return {
    apiVersion: "velero.io/v1",
    kind: "BackupStorageLocation",
    metadata: { name: bucket, namespace: "velero" },
    spec: {
      provider: "community.openstack.org/openstack",
      accessMode: "ReadOnly",
      objectStorage: { bucket, prefix },
    },
  };
}

/**
 * What another cluster gets is written there: its lock is held and its log has it, beside those of the source.
 * @param work gets what throws once somebody broke that lock
 */
export async function writingTo(
  destination: Target,
  { target, options }: Pick<Operation, "target" | "options">,
  backup: string,
  work: (mayGoOn: () => void) => Promise<void>,
): Promise<void> {
  if (destination === target) return work(() => {});
  const told = { verb: "restore", asked: { backup, from: target.stack } };
  audit(destination, { ...told, result: "started" });
  try {
    const held = await acquire(await destination.api(), "restore", options.breakLock);
    try {
      await work(() => {
        if (held.lost())
          throw new UserError(`the lock of ${destination.stack} was taken away.`, undefined, ExitCode.failed);
      });
    } finally {
      // One that stays expires within a minute.
      await held.release().catch(() => {});
    }
    audit(destination, { ...told, result: "done", message: `${backup} of ${target.stack}` });
  } catch (error) {
    const message = (error as Error).message.split("\n")[0];
    audit(destination, { ...told, result: "failed", message });
    throw error;
  }
}
