/** Whether another cluster's Velero sees a backup: only then can it restore it. */
import { stringify } from "yaml";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import type { Manifest } from "../backup/manifest";
import { knowsBackup, locations } from "../backup/velero";
import { ExitCode, UserError } from "../errors";
import type { Target } from "../operation";

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
