/**
 * ConfigMap `cluster-info`: what only exists after provisioning, for Flux to put in place of `${name}` in the manifests,
 * so that Git stays free of the cloud's ids.
 */
import type { ClusterConfig } from "../config/resolve";

/** What the cloud gave. */
export interface ProvisionedFacts {
  readonly authUrl: string;
  readonly region: string;
  readonly networkId: string;
  readonly subnetId: string;
  /** Network that floating IPs come from. */
  readonly externalNetworkId: string;
  readonly apiAddress: string;
  readonly apiUrl: string;
}

export const CLUSTER_INFO_KEYS = [
  "organization",
  "cluster_name",
  "environment",
  "domain",
  "region",
  "auth_url",
  "network_id",
  "subnet_id",
  "floating_network_id",
  "api_address",
  "api_url",
  "backup_bucket",
  "backup_endpoint",
  "backup_region",
] as const;

export type ClusterInfo = Readonly<Record<(typeof CLUSTER_INFO_KEYS)[number], string>>;

export function clusterInfo(config: ClusterConfig, facts: ProvisionedFacts): ClusterInfo {
  const { backup } = config;
  return {
    organization: config.organization,
    cluster_name: config.name,
    environment: config.environment,
    // Flux leaves a name without a value in the text; an empty value is a decision.
    domain: config.domain ?? "",
    region: facts.region,
    auth_url: facts.authUrl,
    network_id: facts.networkId,
    subnet_id: facts.subnetId,
    floating_network_id: facts.externalNetworkId,
    api_address: facts.apiAddress,
    api_url: facts.apiUrl,
    backup_bucket: backup.store === "none" ? "" : backup.bucket,
    backup_endpoint: backup.endpoint ?? "",
    backup_region: backup.region ?? facts.region,
  };
}
