/** Services that call the cloud, and so have a login of their own. */
import { isEnabled } from "../config/catalogue";
import type { ClusterConfig } from "../config/resolve";

export const credentialServices = ["cinder-csi", "velero", "cert-manager", "openstack-ccm"] as const;

/** Name of a generation's credential: unique per user in Keystone. The first has none of its number, as it always was. */
export function generationName(name: string, generation: number): string {
  return generation === 1 ? name : `${name}-g${generation}`;
}

/** The number that {@link generationName} put there. */
export function generationOf(credential: string): number {
  return Number(/-g(\d+)$/.exec(credential)?.[1] ?? 1);
}

export type CredentialService = (typeof credentialServices)[number];

/** Which of them this cluster has. */
export function servicesWithLogin(config: ClusterConfig): CredentialService[] {
  const { services, backup } = config;
  const needsOne: Readonly<Record<CredentialService, boolean>> = {
    "cinder-csi": true,
    velero: backup.store === "swift",
    "cert-manager": services["cert-manager"]?.acme?.solver === "dns01-designate",
    "openstack-ccm": true,
  };
  return credentialServices.filter((name) => needsOne[name] && isEnabled(config, name));
}
