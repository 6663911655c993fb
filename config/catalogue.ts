/**
 * The platform services as data: what a rule or a table has to know of them. What they look like in the cluster is in
 * `gitops/services/`.
 */
import type { ServiceName } from "./services";

export interface CatalogueEntry {
  /** What it is for, in a few words. */
  readonly summary: string;
  readonly namespace: string;
  /** Absent for services that are plain manifests. */
  readonly chart?: {
    readonly name: string;
    /** `https://…` of a Helm repository, or `oci://…` without the chart's name. */
    readonly repository: string;
    /** Pinned; `services.<name>.version` overrides it. */
    readonly version: string;
  };
  /** Whether a cluster has it unless it says otherwise: the set that production needs on two workers. */
  readonly defaultOn: boolean;
  /** Services without which it cannot work: enabling it without them is an error. */
  readonly needs: readonly ServiceName[];
  /** Services that come first where both are enabled. */
  readonly after: readonly ServiceName[];
}
