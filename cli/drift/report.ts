/** What a look at a cluster found: one model for every form in which it is shown. */

/** In the order in which they stand on each other. */
export const LAYERS = ["cloud", "nodes", "platform"] as const;
export type Layer = (typeof LAYERS)[number];

/** A property that is not what it should be. */
export interface Difference {
  /** Where in the object: `flavorName`, `metadata.tier`. */
  readonly path: string;
  /** As text; absent where there should be nothing. */
  readonly expected?: string;
  /** As text; absent where there is nothing. */
  readonly actual?: string;
}

/** One thing that is not as it should be. */
export interface Finding {
  readonly layer: Layer;
  /** Stable and kebab-case, for programs. */
  readonly code: string;
  /** What it is about, as a person calls it: `Instance prod-general-1`, `Kustomization flux-system/velero`. */
  readonly subject: string;
  /** In the cloud. */
  readonly id?: string;
  /** In Pulumi's state; what `reconcile --only` takes. */
  readonly urn?: string;
  readonly message: string;
  readonly differences?: readonly Difference[];
  /** What to do about it. */
  readonly repair: string;
}

/** What was found in one layer, or why nobody could look. */
export type LayerReport =
  | {
      readonly layer: Layer;
      readonly looked: true;
      readonly checked: number;
      readonly findings: readonly Finding[];
    }
  | { readonly layer: Layer; readonly looked: false; readonly reason: string; readonly hint?: string };

/** A difference that the configuration says is meant. */
export interface Ignored {
  readonly finding: Finding;
  readonly reason: string;
  readonly until: string;
}

export interface DriftReport {
  readonly organization: string;
  readonly cluster: string;
  /** ISO 8601, UTC. */
  readonly at: string;
  readonly layers: readonly LayerReport[];
  readonly ignored: readonly Ignored[];
}

export function findingsOf({ layers }: Pick<DriftReport, "layers">): Finding[] {
  return layers.flatMap((layer) => (layer.looked ? layer.findings : []));
}

/** Drift that was seen counts more than a layer that could not be: the report names both. */
export function exitCodeOf(report: Pick<DriftReport, "layers">): 0 | 1 | 2 {
  if (findingsOf(report).length > 0) return 2;
  return report.layers.every(({ looked }) => looked) ? 0 : 1;
}

/** `drift: 2 of 3 layers looked at, 4 findings`, for logs and tables. */
export function summaryOf(report: Pick<DriftReport, "layers">): string {
  const count = findingsOf(report).length;
  const blind = report.layers.filter(({ looked }) => !looked).map(({ layer }) => layer);
  const found = count === 0 ? "clean" : `${count} finding${count === 1 ? "" : "s"}`;
  return blind.length === 0 ? found : `${found}, could not look at: ${blind.join(", ")}`;
}
