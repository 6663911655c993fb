/** Services that call the cloud, and so have a login of their own. */
import { isEnabled } from "../config/catalogue";
import type { ClusterConfig } from "../config/resolve";

export const credentialServices = ["cinder-csi", "velero", "cert-manager", "openstack-ccm"] as const;

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
