/**
 * Objects that say whose they are by nothing but a name, which says no organisation: application credentials and key pairs
 * are a user's, of all of its projects. One that cannot be shown to be this stack's is somebody's who is at work with it:
 * deleted, it takes the cloud away from another customer's cluster.
 */
import type { OpenStackClient } from "../cloud/client";
import { CloudError } from "../cloud/errors";
import {
  byName,
  inCollection,
  sameName,
  text,
  type Candidate,
  type Finder,
  type Inputs,
  type Listed,
  type Scope,
} from "./collection";

const namesakes = (cluster: string) =>
  `another organisation's cluster ${cluster} is in this project, and may be its owner`;

/** Why a credential may be another cluster's; undefined where all of it is as this stack's creation asked for. */
async function credentialReason(
  cloud: OpenStackClient,
  { project_id: project, description }: Listed,
  inputs: Inputs,
  { cluster, hasNamesake }: Scope,
): Promise<string | undefined> {
  if (project !== cloud.projectId) return `it opens project ${String(project)}, and not this cluster's`;
  if (String(description ?? "") !== (text(inputs, "description") ?? ""))
    return `it is described as ${JSON.stringify(description ?? "")}`;
  // A user has one list of credentials in all regions, and the servers of the others are not seen from here.
  if (cloud.regions().length > 1) return `a cluster ${cluster} of another region may be its owner`;
  return (await hasNamesake()) ? namesakes(cluster) : undefined;
}

/** Keystone lists a user's own below the user, and not to a login that is such a credential itself. */
export const applicationCredential: Finder = async (cloud, inputs, scope) => {
  const path = `/users/${cloud.userId}/application_credentials`;
  const find = inCollection("identity", path, "application_credentials", byName, { matches: sameName });
  try {
    return await Promise.all(
      (await find(cloud, inputs, scope)).map(async (found) => {
        const reason = await credentialReason(cloud, found as Listed & Candidate, inputs, scope);
        const command = `openstack application credential delete ${found.id}`;
        return reason === undefined ? found : { ...found, doubt: { reason, command } };
      }),
    );
  } catch (error) {
    if (error instanceof CloudError && error.kind === "not-allowed") return [];
    throw error;
  }
};

/** Type and key, without the comment. */
const keyOf = (publicKey: string | undefined) => publicKey?.trim().split(/\s+/).slice(0, 2).join(" ");

interface ListedKeypair {
  readonly keypair: { readonly name: string; readonly public_key?: string };
}

/** The key was made by this stack, so that nobody else has the same. */
export const keypair: Finder = async (cloud, inputs) => {
  const compute = cloud.service("compute");
  const entries = await compute.list<ListedKeypair>("/os-keypairs", "keypairs");
  const own = keyOf(text(inputs, "publicKey"));
  return entries
    .filter(({ keypair: { name } }) => name === text(inputs, "name"))
    .map(({ keypair: { name, public_key: key } }) => {
      const remove = () => compute.delete(`/os-keypairs/${name}`);
      if (own !== undefined && keyOf(key) === own) return { id: name, name, remove };
      const reason = "its key is not the one that this stack has made";
      return { id: name, name, remove, doubt: { reason, command: `openstack keypair delete ${name}` } };
    });
};

const sorted = (value: unknown) => (Array.isArray(value) ? value.map(String).sort() : []);

/** A record that points elsewhere was there before, and somebody is reached by it. */
export const recordSet: Finder = async (cloud, inputs, scope) => {
  const zone = text(inputs, "zoneId");
  const query = () => ({ name: text(inputs, "name"), type: text(inputs, "type") });
  const find = inCollection("dns", `/zones/${zone}/recordsets`, "recordsets", query);
  const wanted = sorted(inputs["records"]).join(", ");
  return (await find(cloud, inputs, scope)).map((found) => {
    const present = sorted((found as Listed & Candidate)["records"]).join(", ");
    if (present === wanted) return found;
    const reason = `it points to ${present}, and not to this cluster's address`;
    return { ...found, doubt: { reason, command: `openstack recordset delete ${zone} ${found.id}` } };
  });
};

/** That it has no members is asked with whether it is free. */
export const serverGroup: Finder = async (cloud, inputs, scope) => {
  const find = inCollection("compute", "/os-server-groups", "server_groups", () => ({}), {
    matches: (item, given) =>
      sameName(item, given) && (item["project_id"] ?? cloud.projectId) === cloud.projectId,
  });
  const found = await find(cloud, inputs, scope);
  if (found.length === 0 || !(await scope.hasNamesake())) return found;
  return found.map((group) => ({ ...group, doubt: groupDoubt(scope.cluster, group.id) }));
};

export const groupDoubt = (cluster: string, id: string) => ({
  ...{ reason: namesakes(cluster), command: `openstack server group delete ${id}` },
});
