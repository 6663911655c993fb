/** A gitops-base of somebody else's: its releases and defaults, our namespaces, values, Secrets and order. */
import type { ServiceName } from "../../config/services";
import type { Manifest } from "../types";
import { patchYaml, toYaml } from "./yaml";

/** Its GitRepository. */
export const EXTERNAL_BASE = "opencenter-base";

interface ExternalService {
  /** Folder below `applications/base/services/`. */
  readonly path: string;
  /** What the release calls its Secret with values, `<values>-values-override`; absent for plain manifests. */
  readonly values?: string;
}

/**
 * Services that the layout of openCenter-gitops-base has as one folder with one release of the same chart; releases are
 * in the same namespaces as ours. The others come from this program.
 */
const LAYOUT: Readonly<Partial<Record<ServiceName, ExternalService>>> = {
  "cert-manager": { path: "cert-manager", values: "cert-manager" },
  kyverno: { path: "kyverno/policy-engine", values: "kyverno" },
  velero: { path: "velero", values: "velero" },
  "openstack-ccm": { path: "openstack-ccm", values: "openstack-ccm" },
  "cinder-csi": { path: "openstack-csi", values: "openstack-csi" },
  "external-snapshotter": { path: "external-snapshotter" },
  "gateway-api": { path: "gateway-api", values: "envoy-gateway-api" },
  headlamp: { path: "headlamp", values: "headlamp" },
  "postgres-operator": { path: "postgres-operator", values: "postgres-operator" },
  harbor: { path: "harbor", values: "harbor" },
  longhorn: { path: "longhorn", values: "longhorn" },
  metallb: { path: "metallb", values: "metallb" },
  "sealed-secrets": { path: "sealed-secrets", values: "sealed-secrets" },
  strimzi: { path: "strimzi-kafka-operator", values: "kafka-api" },
  "rbac-manager": { path: "rbac-manager", values: "rbac-manager" },
};

/** Where a service is in an external base; nothing where it comes from this program. */
export function externalService(service: ServiceName): ExternalService | undefined {
  const found = LAYOUT[service];
  return found && { ...found, path: `applications/base/services/${found.path}` };
}

/** Key and label that the releases and Flux look for. */
const VALUES_KEY = "override.yaml";
/** Else a change waits for the interval of the release. */
const WATCHED = { "reconcile.fluxcd.io/watch": "Enabled" };

/**
 * Values as the releases of an external base take them: from a Secret, although nothing in it is secret. In clear text,
 * because Flux puts no variables into what is encoded.
 */
export function valuesOverride(values: string, namespace: string, content: object): Manifest {
  return {
    apiVersion: "v1",
    kind: "Secret",
    metadata: { name: `${values}-values-override`, namespace, labels: WATCHED },
    type: "Opaque",
    stringData: { [VALUES_KEY]: toYaml(content) },
  };
}

/** What has to change in the manifests of an external base. */
export function externalPatches(version: string | undefined, charts: string | undefined): readonly object[] {
  const replace = (kind: string, operations: readonly object[]) => ({
    target: { kind },
    patch: patchYaml(operations),
  });
  return [
    // The namespace is ours: with two owners its Pod Security labels would come and go.
    {
      target: { kind: "Namespace" },
      patch: patchYaml({ apiVersion: "v1", kind: "Namespace", metadata: { name: "any" }, $patch: "delete" }),
    },
    ...(version === undefined
      ? []
      : [replace("HelmRelease", [{ op: "replace", path: "/spec/chart/spec/version", value: version }])]),
    ...(charts === undefined
      ? []
      : [
          replace("HelmRepository", [
            { op: "add", path: "/spec/url", value: charts },
            { op: "add", path: "/spec/type", value: charts.startsWith("oci://") ? "oci" : "default" },
          ]),
        ]),
  ];
}
