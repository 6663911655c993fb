/** Names of storage classes, and which one the platform's own volumes are of. */
import type { ServiceContext } from "../definition";

/** The names that clusters of this platform have had so far: volumes keep the name of their class. */
export const CINDER_DELETE = "csi-cinder-sc-delete";
export const CINDER_RETAIN = "csi-cinder-sc-retain";
export const LONGHORN = "longhorn";

/** Class of the platform's own volumes; without one of ours it is what the cluster calls its default. */
export function storageClass(context: ServiceContext): string | undefined {
  if (context.isEnabled("cinder-csi")) return CINDER_DELETE;
  return context.isEnabled("longhorn") ? LONGHORN : undefined;
}

/** A class written as its field, or no field at all. */
export function storageClassField(
  context: ServiceContext,
  field = "storageClass",
): Readonly<Record<string, string>> {
  const name = storageClass(context);
  return name === undefined ? {} : { [field]: name };
}
