/** The catalogue as one cluster sees it. */
import { catalogue, chartSettings, isEnabled } from "../../config/catalogue";
import type { ClusterConfig } from "../../config/resolve";
import { serviceNames, type ServiceName } from "../../config/services";
import { UserError } from "../errors";
import { didYouMean } from "../suggest";
import { table } from "../table";

export interface ServiceRow {
  readonly name: ServiceName;
  /** Of the chart; null for plain manifests. */
  readonly version: string | null;
  readonly enabled: boolean;
  /** What decided. */
  readonly why: string;
  readonly needs: readonly ServiceName[];
  readonly summary: string;
}

export function serviceRows(config: ClusterConfig): readonly ServiceRow[] {
  return serviceNames.map((name) => {
    const { chart, needs, summary } = catalogue[name];
    const version = chartSettings(config, name).version ?? chart?.version ?? null;
    return { name, version, enabled: isEnabled(config, name), why: why(config, name), needs, summary };
  });
}

/** Which key, or which default, says that a service is on or off. */
export function why(config: ClusterConfig, name: ServiceName): string {
  if (config.gitops === undefined) return "no gitops";
  if (config.services[name]?.enabled !== undefined) return `services.${name}.enabled`;
  if (isEnabled(config, name) === catalogue[name].defaultOn) return "default";
  const { store, etcdSnapshots } = config.backup;
  if (store === "none") return "default, backup.store: none";
  return etcdSnapshots ? "default, velero is off" : "default, backup.etcdSnapshots: false";
}

export function servicesAsText(rows: readonly ServiceRow[]): string {
  const header = ["SERVICE", "VERSION", "STATE", "WHY", "NEEDS", "WHAT FOR"];
  return table([
    header,
    ...rows.map(({ name, version, enabled, why: reason, needs, summary }) => [
      name,
      version ?? "-",
      enabled ? "on" : "off",
      reason,
      needs.join(", ") || "-",
      summary,
    ]),
  ]);
}

/**
 * @returns the names as services
 * @throws UserError for a name that is none
 */
export function requireServices(names: readonly string[]): readonly ServiceName[] {
  return names.map((name) => {
    const found = serviceNames.find((service) => service === name);
    if (found !== undefined) return found;
    throw new UserError(
      `there is no service ${name}.`,
      `${didYouMean(name, serviceNames)}Services: ${serviceNames.join(", ")}.`,
    );
  });
}
