/** Snapshots of volumes: only the cloud knows of all. Velero leaves no trace of its own in the cluster. */
import type { Snapshots } from "../../delivery/flux/held";
import type { OpenStackClient } from "../cloud/client";
import { CloudError } from "../cloud/errors";

interface Snapshot {
  readonly id: string;
  readonly volume_id: string;
  readonly status?: string;
}

/** Of every volume of the project, but those that are being deleted. */
export async function snapshotsIn(cloud: OpenStackClient): Promise<Snapshots> {
  const found = new Map<string, string[]>();
  for (const { id, volume_id: volume, status } of await listed(cloud))
    if (status !== "deleting") found.set(volume, [...(found.get(volume) ?? []), id]);
  return found;
}

async function listed(cloud: OpenStackClient): Promise<Snapshot[]> {
  try {
    return await cloud.service("volume").list<Snapshot>("/snapshots/detail", "snapshots");
  } catch (error) {
    // A cloud without Cinder has no volumes either.
    if (error instanceof CloudError && error.kind === "service-missing") return [];
    throw error;
  }
}
