/** A namespace to restore into and to throw away: nothing in it runs, or reaches anything outside of it. */
import { setTimeout as sleep } from "node:timers/promises";
import { RunFailure } from "../../runner/errors";
import type { AnyObject, ClusterObjects } from "../../runner/kubernetes/objects";

const LABEL = "opencenter.io/drill";
const POLL_MS = 1_000;
const LIMIT_MS = 180_000;

const refOf = (name: string) => ({ apiVersion: "v1", kind: "Namespace", name });

/**
 * Kinds that a drill restores. What acts on the world outside stays away: a Service may be a load balancer, a route
 * takes over a name, a Certificate is asked for, a Job runs, a claim is a volume.
 */
export const DRILLED: Readonly<Record<string, { readonly apiVersion: string; readonly kind: string }>> = {
  configmaps: { apiVersion: "v1", kind: "ConfigMap" },
  serviceaccounts: { apiVersion: "v1", kind: "ServiceAccount" },
  "deployments.apps": { apiVersion: "apps/v1", kind: "Deployment" },
  "statefulsets.apps": { apiVersion: "apps/v1", kind: "StatefulSet" },
  "daemonsets.apps": { apiVersion: "apps/v1", kind: "DaemonSet" },
  "roles.rbac.authorization.k8s.io": { apiVersion: "rbac.authorization.k8s.io/v1", kind: "Role" },
  "rolebindings.rbac.authorization.k8s.io": {
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "RoleBinding",
  },
  "networkpolicies.networking.k8s.io": { apiVersion: "networking.k8s.io/v1", kind: "NetworkPolicy" },
};

/** In every namespace by itself. */
export const IN_EVERY_NAMESPACE = ["ConfigMap/kube-root-ca.crt", "ServiceAccount/default"];

export async function makeScratch(api: ClusterObjects, set: string): Promise<string> {
  const name = `opencenter-drill-${Date.now().toString(36)}`;
  await api.create({ apiVersion: "v1", kind: "Namespace", metadata: { name, labels: { [LABEL]: set } } });
  await api.create({
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "nothing-runs-here", namespace: name },
    // What is restored must not do its work a second time.
    spec: { hard: { pods: "0" } },
  });
  return name;
}

/** All that drills ever left; under the cluster's lock none is going on. */
export async function scratchNamespaces(api: ClusterObjects): Promise<string[]> {
  const all = await api.list("v1", "Namespace");
  return all
    .filter(({ metadata }) => metadata?.labels?.[LABEL] !== undefined)
    .map(({ metadata }) => metadata?.name ?? "");
}

/** @throws RunFailure when it does not go */
export async function removeScratch(api: ClusterObjects, name: string): Promise<void> {
  await api.remove(refOf(name));
  for (const until = Date.now() + LIMIT_MS; (await api.read(refOf(name))) !== undefined; await sleep(POLL_MS))
    if (Date.now() > until)
      throw new RunFailure(`Namespace ${name} of the drill does not go.`, [
        `See why: kubectl get namespace ${name} -o yaml. The next drill asks for it again.`,
      ]);
}

export async function objectsIn(api: ClusterObjects, namespace: string): Promise<AnyObject[]> {
  const kinds = [...Object.values(DRILLED), { apiVersion: "v1", kind: "Secret" }];
  const found = await Promise.all(
    kinds.map(({ apiVersion, kind }) => api.listExact(apiVersion, kind, namespace)),
  );
  return found.flat();
}
