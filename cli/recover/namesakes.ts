/** Another organisation's cluster of the same name in the same project: its untagged objects cannot be told from this one's. */
import type { Listed } from "../belongings/match";
import type { OpenStackClient } from "../cloud/client";

export const CLUSTER = "opencenter-cluster";
export const ORGANIZATION = "opencenter-organization";

export interface ClusterOwner {
  readonly organization: string;
  /** Of the cluster. */
  readonly name: string;
}

/** What an object says under one of the program's keys: in its metadata, and in its tags. */
export function marksOf({ tags, metadata }: Pick<Listed, "tags" | "metadata">, key: string): string[] {
  const tag = tags?.find((one) => one.startsWith(`${key}=`))?.slice(key.length + 1);
  return [metadata?.[key], tag].filter((mark) => mark !== undefined);
}

function isNamesake(object: Listed, { organization, name }: ClusterOwner): boolean {
  const [owner] = marksOf(object, ORGANIZATION);
  const [cluster] = marksOf(object, CLUSTER);
  return cluster === name && owner !== undefined && owner !== organization;
}

/** Every cluster has servers, and before these security groups. */
export async function hasNamesake(cloud: OpenStackClient, owner: ClusterOwner): Promise<boolean> {
  const [servers, groups] = await Promise.all([
    cloud.service("compute").list<Listed>("/servers/detail", "servers"),
    cloud.service("network").list<Listed>("/security-groups", "security_groups"),
  ]);
  return [...servers, ...groups].some((object) => isNamesake(object, owner));
}
