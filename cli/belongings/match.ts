/** Whose something is. Only whole words count: `prod` must never see what is `prod-2`'s, or another organisation's. */
import { ownTags } from "../../plan/names";
import type { Owner } from "./types";

export interface Listed {
  readonly id: string;
  readonly name?: string | null;
  readonly description?: string | null;
  readonly tags?: readonly string[] | null;
  readonly metadata?: Readonly<Record<string, string>> | null;
  readonly [field: string]: unknown;
}

const tagsOf = ({ organization, cluster }: Owner) => ownTags({ organization, name: cluster });

export function hasTags({ tags }: Listed, owner: Owner): boolean {
  return tagsOf(owner).every((tag) => tags?.includes(tag) === true);
}

export function hasMetadata(metadata: Listed["metadata"], { organization, cluster }: Owner): boolean {
  return metadata?.["opencenter-organization"] === organization && metadata["opencenter-cluster"] === cluster;
}

/** Load balancers of Services are called `kube_service_<cluster>_<namespace>_<service>`; none of these has an underscore. */
export function isServiceBalancer({ name }: Listed, { cluster }: Owner): boolean {
  return name?.startsWith(`kube_service_${cluster}_`) === true;
}

/** The cloud controller ends its descriptions with the cluster's name. */
export function isDescribedAsOf({ description }: Listed, { cluster }: Owner): boolean {
  return description?.endsWith(` cluster ${cluster}`) === true;
}

export function isClaimedVolume({ metadata }: Listed, { cluster }: Owner): boolean {
  return metadata?.["cinder.csi.openstack.org/cluster"] === cluster;
}

/** `prod-g1`, and not `prod-2-g1`. */
export function isKeyPair(name: string, { names: { keyPairPrefix } }: Owner): boolean {
  return name.startsWith(keyPairPrefix) && /^g\d+$/.test(name.slice(keyPairPrefix.length));
}
