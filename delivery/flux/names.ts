/** Names and kinds of Flux that delivery looks for. */
import type { AnyObject, ObjectRef } from "../../runner/kubernetes/objects";

export const FLUX_NAMESPACE = "flux-system";

export const KUSTOMIZATIONS = {
  apiVersion: "kustomize.toolkit.fluxcd.io/v1",
  kind: "Kustomization",
} as const;
export const HELM_RELEASES = { apiVersion: "helm.toolkit.fluxcd.io/v2", kind: "HelmRelease" } as const;

const ROOT = { name: "flux-system", namespace: FLUX_NAMESPACE } as const;
export const ROOT_KUSTOMIZATION: ObjectRef = { ...KUSTOMIZATIONS, ...ROOT };
export const ROOT_REPOSITORY: ObjectRef = {
  apiVersion: "source.toolkit.fluxcd.io/v1",
  kind: "GitRepository",
  ...ROOT,
};

export function refOf({ apiVersion = "", kind = "", metadata }: AnyObject): ObjectRef {
  return { apiVersion, kind, name: metadata?.name ?? "", namespace: metadata?.namespace };
}

/** `Service shop/front`, as people say it. */
export function nameOf(object: AnyObject): string {
  const { kind, name, namespace } = refOf(object);
  return `${kind} ${namespace === undefined ? "" : `${namespace}/`}${name}`;
}
