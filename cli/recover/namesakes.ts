/** Another organisation's cluster of the same name in the same project: its untagged objects cannot be told from this one's. */
import type { Listed } from "../belongings/match";
import type { OpenStackClient } from "../cloud/client";

const CLUSTER = "opencenter-cluster";
const ORGANIZATION = "opencenter-organization";

export interface ClusterOwner {
  readonly organization: string;
  /** Of the cluster. */
  readonly name: string;
}

function isNamesake({ tags, metadata }: Listed, { organization, name }: ClusterOwner): boolean {
  const valueOf = (key: string) =>
    metadata?.[key] ?? tags?.find((tag) => tag.startsWith(`${key}=`))?.slice(key.length + 1);
  const owner = valueOf(ORGANIZATION);
  return valueOf(CLUSTER) === name && owner !== undefined && owner !== organization;
}

/** Every cluster has servers, and before these security groups. */
export async function hasNamesake(cloud: OpenStackClient, owner: ClusterOwner): Promise<boolean> {
  const [servers, groups] = await Promise.all([
    cloud.service("compute").list<Listed>("/servers/detail", "servers"),
    cloud.service("network").list<Listed>("/security-groups", "security_groups"),
  ]);
  return [...servers, ...groups].some((object) => isNamesake(object, owner));
}
