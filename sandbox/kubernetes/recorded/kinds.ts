/** The resources that the stand-in knows: what converge, the playbook double, Flux's installation and `kubectl get` ask for. */

export interface Kind {
  /** Path of its group and version: `/api/v1`. */
  readonly prefix: string;
  /** Plural name in paths. */
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const core = (resource: string, kind: string, namespaced = true): Kind => ({
  prefix: "/api/v1",
  resource,
  kind,
  namespaced,
});
const of = (group: string, resource: string, kind: string, namespaced = true): Kind => ({
  prefix: `/apis/${group}/v1`,
  resource,
  kind,
  namespaced,
});

export const KINDS: readonly Kind[] = [
  core("nodes", "Node", false),
  core("namespaces", "Namespace", false),
  core("persistentvolumes", "PersistentVolume", false),
  core("pods", "Pod"),
  core("configmaps", "ConfigMap"),
  core("secrets", "Secret"),
  core("services", "Service"),
  core("serviceaccounts", "ServiceAccount"),
  core("persistentvolumeclaims", "PersistentVolumeClaim"),
  core("events", "Event"),
  core("resourcequotas", "ResourceQuota"),
  of("apps", "deployments", "Deployment"),
  of("apps", "daemonsets", "DaemonSet"),
  of("coordination.k8s.io", "leases", "Lease"),
  of("policy", "poddisruptionbudgets", "PodDisruptionBudget"),
  of("apps", "replicasets", "ReplicaSet"),
  of("apps", "statefulsets", "StatefulSet"),
  of("apiextensions.k8s.io", "customresourcedefinitions", "CustomResourceDefinition", false),
  of("networking.k8s.io", "networkpolicies", "NetworkPolicy"),
  of("rbac.authorization.k8s.io", "roles", "Role"),
  of("rbac.authorization.k8s.io", "rolebindings", "RoleBinding"),
  of("rbac.authorization.k8s.io", "clusterroles", "ClusterRole", false),
  of("rbac.authorization.k8s.io", "clusterrolebindings", "ClusterRoleBinding", false),
  of("storage.k8s.io", "volumeattachments", "VolumeAttachment", false),
  of("source.toolkit.fluxcd.io", "gitrepositories", "GitRepository"),
  of("kustomize.toolkit.fluxcd.io", "kustomizations", "Kustomization"),
];

/** What a path asks for. */
export interface Target {
  readonly kind: Kind;
  readonly namespace?: string;
  readonly name?: string;
  readonly subresource?: string;
}

export function targetOf(path: string): Target | undefined {
  const kindAt = (prefix: string, rest: string[]): Target | undefined => {
    const inNamespace = rest[0] === "namespaces" && rest.length > 2;
    const [resource, name, subresource] = inNamespace ? rest.slice(2) : rest;
    const kind = KINDS.find((known) => known.prefix === prefix && known.resource === resource);
    if (kind === undefined || (inNamespace && !kind.namespaced)) return undefined;
    return { kind, namespace: inNamespace ? rest[1] : undefined, name, subresource };
  };
  const parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  const length = parts[0] === "api" ? 2 : 3;
  return kindAt(`/${parts.slice(0, length).join("/")}`, parts.slice(length));
}

/** What kubectl asks first: which resources there are. */
export function discovery(path: string): unknown {
  if (path === "/api") return { kind: "APIVersions", versions: ["v1"], serverAddressByClientCIDRs: [] };
  if (path === "/apis") return { kind: "APIGroupList", apiVersion: "v1", groups: groups() };
  const known = KINDS.filter(({ prefix }) => prefix === path);
  if (known.length === 0) return undefined;
  const verbs = ["create", "delete", "get", "list", "patch", "update"];
  const resources = known.map(({ resource, kind, namespaced }) => ({
    name: resource,
    singularName: kind.toLowerCase(),
    kind,
    namespaced,
    verbs,
  }));
  return { kind: "APIResourceList", apiVersion: "v1", groupVersion: groupVersion(path), resources };
}

function groups() {
  const prefixes = [...new Set(KINDS.map(({ prefix }) => prefix))].filter((prefix) => prefix !== "/api/v1");
  return prefixes.map((prefix) => {
    const version = { groupVersion: groupVersion(prefix), version: "v1" };
    return { name: prefix.split("/")[2], versions: [version], preferredVersion: version };
  });
}

export function groupVersion(prefix: string): string {
  return prefix.replace(/^\/apis?\//, "");
}
