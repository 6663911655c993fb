/** A chart that belongs to a service beside its own: a solver, a driver. */
import { catalogue } from "../../../config/catalogue";
import type { ServiceName } from "../../../config/services";
import type { Manifest } from "../../types";
import type { HelmValues, ServiceContext } from "../definition";

export interface ExtraChart {
  readonly name: string;
  /** `https://…` */
  readonly repository: string;
  readonly version: string;
}

/** A release in the namespace of a service, with the repository that it comes from. */
export function extraRelease(
  { config }: ServiceContext,
  service: ServiceName,
  chart: ExtraChart,
  values: HelmValues,
): readonly Manifest[] {
  const metadata = { name: chart.name, namespace: catalogue[service].namespace };
  // A site without the Internet has all charts in one place of its own.
  const url = config.gitops?.charts ?? chart.repository;
  return [
    {
      apiVersion: "source.toolkit.fluxcd.io/v1",
      kind: "HelmRepository",
      metadata,
      spec: { interval: "1h", url, ...(url.startsWith("oci://") ? { type: "oci" } : {}) },
    },
    {
      apiVersion: "helm.toolkit.fluxcd.io/v2",
      kind: "HelmRelease",
      metadata,
      spec: {
        interval: "1h",
        timeout: "10m",
        chart: {
          spec: {
            chart: chart.name,
            version: chart.version,
            sourceRef: { kind: "HelmRepository", name: chart.name },
          },
        },
        install: { remediation: { retries: 3 } },
        upgrade: { remediation: { retries: 3 } },
        driftDetection: { mode: "enabled" },
        values,
      },
    },
  ];
}
