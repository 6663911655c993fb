/** What a service of the catalogue is in the cluster, as data that the renderer turns into files. */
import type { ClusterConfig } from "../../config/resolve";
import type { ServiceName } from "../../config/services";
import type { Manifest, SecretValues } from "../types";

/** Values of a Helm chart. */
export type HelmValues = Readonly<Record<string, unknown>>;

/** What a definition may look at. */
export interface ServiceContext {
  readonly config: ClusterConfig;
  /** Whether a service is on: what the user wrote, else the catalogue. */
  isEnabled(name: ServiceName): boolean;
}

/** Traffic that a namespace with default-deny lets in or out, beside DNS and traffic within the namespace. */
export interface AllowedTraffic {
  /** Part of the policy's name, for example `metrics`. */
  readonly name: string;
  /** A NetworkPolicy's spec without its policyTypes, which follow from what is there. */
  readonly podSelector?: Readonly<Record<string, string>>;
  readonly ingress?: readonly unknown[];
  readonly egress?: readonly unknown[];
}

export interface SecretDefinition {
  /** Name of the Secret, in the service's namespace; file `secret-<name>.yaml` of its overlay. */
  readonly name: string;
  readonly type?: string;
  stringData(values: SecretValues, context: ServiceContext): Readonly<Record<string, string>>;
}

export interface ServiceDefinition {
  readonly name: ServiceName;
  /** Pod Security level that its namespace enforces. */
  readonly podSecurity: "privileged" | "baseline" | "restricted";
  /** Its HelmRelease; absent for services that are plain manifests. */
  readonly release?: {
    readonly name: string;
    /** Defaults that are right for any cluster of this program: part of the base, shared by an organisation. */
    readonly base: HelmValues;
    /** What depends on this cluster's configuration: part of its overlay. */
    overlay?(context: ServiceContext): HelmValues;
  };
  /** Manifests beside the release; may use `${name}` of cluster-info. Part of the overlay. */
  objects?(context: ServiceContext): readonly Manifest[];
  /** Objects of kinds that the service itself brings: applied after it, as Kustomization `<name>-config`. */
  configuration?(context: ServiceContext): readonly Manifest[];
  secrets?(context: ServiceContext): readonly SecretDefinition[];
  allowedTraffic?(context: ServiceContext): readonly AllowedTraffic[];
}
