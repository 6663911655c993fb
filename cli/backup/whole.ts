/** What a set has when all is well, and what one lacks. */
import { isEnabled, type ServiceChoice } from "../../config/catalogue";
import type { Manifest } from "./manifest";

/** What may be left out. */
export const SKIPPABLE = ["velero", "etcd", "secrets"] as const;
export type Skippable = (typeof SKIPPABLE)[number];

/** What a set of a cluster with this configuration is to have. */
export function wantedParts(config: ServiceChoice): readonly Skippable[] {
  const wanted: Readonly<Record<Skippable, boolean>> = {
    velero: isEnabled(config, "velero"),
    etcd: config.backup.etcdSnapshots,
    secrets: true,
  };
  return SKIPPABLE.filter((part) => wanted[part]);
}

/** Whether a set has all that is wanted of it. Velero leaves out what fails, and says so only by its phase. */
export function isWhole({ parts, velero }: Manifest, wanted: readonly Skippable[]): boolean {
  return wanted.every((part) =>
    part === "velero" ? velero?.phase === "Completed" : parts.some((one) => one.part === part),
  );
}
