/** Digests that say whether something changed without saying what it is. */
import { createHash } from "node:crypto";
import type { ConvergeRequest, Json } from "./types";

/** Digests of what cannot be compared value by value. What only a run knows is absent in a preview. */
export interface ConvergeDigests {
  /** Of the group variables. */
  readonly variables: string;
  /** Of what the cloud gave: endpoint, networks. */
  readonly surroundings?: string;
  /** Which credential the cloud controller is to have. */
  readonly credential?: string;
}

/**
 * The version has steps of its own. What the kubelet may talk to is made of networks that never change and of name servers
 * that another variable has too; with it every cluster of before would be told of a change that is none.
 */
const LEFT_OUT = new Set(["kube_version", "kubelet_secure_addresses"]);

function sorted(value: Json): Json {
  if (Array.isArray(value)) return value.map((item: Json) => sorted(item));
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value as Record<string, Json>);
  return Object.fromEntries(
    entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]),
  );
}

/** Short, and the same for the same value in whatever order its keys were written. */
export function digest(value: Json): string {
  return createHash("sha256")
    .update(JSON.stringify(sorted(value)))
    .digest("hex")
    .slice(0, 16);
}

/** Digest of the variables that no step of its own brings into the cluster. */
export function variablesDigest(groupVars: ConvergeRequest["groupVars"]): string {
  const variables = Object.values(groupVars).map((vars) =>
    Object.fromEntries(Object.entries(vars).filter(([name]) => !LEFT_OUT.has(name))),
  );
  return digest(variables);
}

/** @param credential id of the cloud controller's application credential; the secret itself changes with it */
export function digestsOf(
  { variables, facts }: ConvergeRequest,
  credential: string,
): Required<ConvergeDigests> {
  const { endpoint, networkId, subnetId, externalNetworkId } = facts;
  const { address, floatingIp = null } = endpoint;
  const surroundings = digest({ address, floatingIp, networkId, subnetId, externalNetworkId });
  return { variables, surroundings, credential };
}
