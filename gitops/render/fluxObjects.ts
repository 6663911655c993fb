/** Objects of Flux: where things come from and in which order they are applied. */
import type { CatalogueEntry } from "../../config/catalogue";
import type { ClusterConfig } from "../../config/resolve";
import type { HelmValues } from "../services/definition";
import type { Manifest } from "../types";

export const FLUX_NAMESPACE = "flux-system";
/** The GitRepository of the organisation, the Kustomization of the cluster and the Secret with the login. */
export const ROOT = "flux-system";
/** Secret with the age identities, under the key `age.agekey`. */
export const SOPS_SECRET = "sops-age";
/** ConfigMap with what `${name}` stands for. */
export const CLUSTER_INFO = "cluster-info";

export const KUSTOMIZATION_API = "kustomize.toolkit.fluxcd.io/v1";
export const HELM_RELEASE_API = "helm.toolkit.fluxcd.io/v2";
const SOURCE_API = "source.toolkit.fluxcd.io/v1";

/** How often Flux looks for what somebody changed by hand; a new commit is applied at once. */
const DRIFT_INTERVAL = "10m";
const RETRY_INTERVAL = "1m";
/** How long one attempt of Helm may take, hooks and waiting included. */
const RELEASE_TIMEOUT = "10m";
/** Longer than a release takes, or its Kustomization gives up while the release is still being installed. */
const STAGE_TIMEOUT = "15m";
const CHART_INTERVAL = "1h";

const decryption = { provider: "sops", secretRef: { name: SOPS_SECRET } };

/** Something that Flux applies as one. */
export interface Stage {
  readonly name: string;
  /** Folder, relative to its repository. */
  readonly path: string;
  readonly dependsOn: readonly string[];
  /** Whether it is ready only when all of its objects are. @default true */
  readonly wait?: boolean;
  /** What becomes of the objects when the stage itself is deleted. @default as prune says */
  readonly deletionPolicy?: "WaitForTermination" | "Orphan";
  /** GitRepository that the path is in. @default the organisation's */
  readonly source?: string;
  readonly patches?: readonly object[];
}

/** A Flux Kustomization. Without `force`: that deletes and makes again what cannot be changed, volumes included. */
export function stageManifest({ name, path, dependsOn, wait = true, ...rest }: Stage): Manifest {
  const { deletionPolicy, source, patches } = rest;
  return {
    apiVersion: KUSTOMIZATION_API,
    kind: "Kustomization",
    metadata: { name, namespace: FLUX_NAMESPACE },
    spec: {
      interval: DRIFT_INTERVAL,
      retryInterval: RETRY_INTERVAL,
      timeout: STAGE_TIMEOUT,
      path: `./${path}`,
      prune: true,
      wait,
      deletionPolicy,
      sourceRef: { kind: "GitRepository", name: source ?? ROOT },
      ...(dependsOn.length > 0 ? { dependsOn: dependsOn.map((other) => ({ name: other })) } : {}),
      ...(patches === undefined ? {} : { patches }),
      // Of somebody else's repository we do not know what its `${…}` mean.
      ...(source === undefined
        ? { decryption, postBuild: { substituteFrom: [{ kind: "ConfigMap", name: CLUSTER_INFO }] } }
        : {}),
    },
  };
}

/** The repository and the entry point, as they are applied once and then kept in Git, so that Flux finds itself. */
export function fluxSync(config: ClusterConfig): readonly Manifest[] {
  const { gitops } = config;
  if (gitops === undefined) return [];
  const metadata = { name: ROOT, namespace: FLUX_NAMESPACE };
  return [
    {
      apiVersion: SOURCE_API,
      kind: "GitRepository",
      metadata,
      spec: {
        interval: gitops.interval,
        url: gitops.repository.url,
        ref: { branch: gitops.repository.branch },
        secretRef: { name: ROOT },
      },
    },
    {
      apiVersion: KUSTOMIZATION_API,
      kind: "Kustomization",
      metadata,
      spec: {
        interval: DRIFT_INTERVAL,
        retryInterval: RETRY_INTERVAL,
        timeout: STAGE_TIMEOUT,
        path: `./clusters/${config.name}`,
        prune: true,
        // Deleted by mistake, it must not take the whole platform along.
        deletionPolicy: "Orphan",
        sourceRef: { kind: "GitRepository", name: ROOT },
        decryption,
      },
    },
  ];
}

/** The external gitops-base. */
export function baseRepository(name: string, url: string, tag: string): Manifest {
  return {
    apiVersion: SOURCE_API,
    kind: "GitRepository",
    metadata: { name, namespace: FLUX_NAMESPACE },
    spec: { interval: CHART_INTERVAL, url, ref: { tag } },
  };
}

export function helmRepository(name: string, url: string): Manifest {
  return {
    apiVersion: SOURCE_API,
    kind: "HelmRepository",
    metadata: { name, namespace: FLUX_NAMESPACE },
    spec: { interval: CHART_INTERVAL, url, ...(url.startsWith("oci://") ? { type: "oci" } : {}) },
  };
}

/** @param repository name of the HelmRepository */
export function helmRelease(
  metadata: { readonly name: string; readonly namespace: string },
  chart: NonNullable<CatalogueEntry["chart"]>,
  repository: string,
  values: HelmValues,
): Manifest {
  return {
    apiVersion: HELM_RELEASE_API,
    kind: "HelmRelease",
    metadata,
    spec: {
      interval: DRIFT_INTERVAL,
      timeout: RELEASE_TIMEOUT,
      releaseName: metadata.name,
      chart: {
        spec: {
          chart: chart.name,
          version: chart.version,
          interval: CHART_INTERVAL,
          sourceRef: { kind: "HelmRepository", name: repository, namespace: FLUX_NAMESPACE },
        },
      },
      // Helm itself never touches the CRDs of an installed chart: an upgrade would run with those of the old version.
      install: { crds: "CreateReplace", remediation: { retries: 3 } },
      upgrade: { crds: "CreateReplace", remediation: { retries: 3, remediateLastFailure: true } },
      driftDetection: { mode: "enabled" },
      values,
    },
  };
}
