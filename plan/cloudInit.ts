/** First-boot configuration. It does what the configuration says and nothing else: no upgrade, no reboot, no packages. */
import { stringify } from "yaml";
import type { ClusterConfig } from "../config/resolve";

/** A key pair of an SSH server, in OpenSSH form. */
export interface HostKey {
  readonly privateKey: string;
  readonly publicKey: string;
}

/** What cloud-init is told; everything is optional and absent by default. */
export interface CloudInitInput {
  readonly ntpServers: readonly string[];
  /** CA certificate of the cloud's API, which the cloud controller manager reads from the node's disk. */
  readonly caCertificate?: string;
  /** Host key made by the program, so that the first login can be checked. */
  readonly hostKey?: HostKey;
}

/** Path of the cloud's CA certificate on the nodes; the same on the machine that runs Ansible (Kubespray reads both). */
export const CA_CERTIFICATE_PATH = "/etc/ssl/certs/opencenter-openstack-ca.pem";

/** A `#cloud-config` document. */
export function cloudConfig(input: CloudInitInput): string {
  const document = {
    package_update: false,
    package_upgrade: false,
    package_reboot_if_required: false,
    disable_root: true,
    ssh_pwauth: false,
    ...(input.ntpServers.length > 0 ? { ntp: { enabled: true, servers: [...input.ntpServers] } } : {}),
    ...(input.caCertificate === undefined
      ? {}
      : {
          ca_certs: { trusted: [input.caCertificate] },
          write_files: [{ path: CA_CERTIFICATE_PATH, permissions: "0644", content: input.caCertificate }],
        }),
    ...(input.hostKey === undefined
      ? {}
      : {
          ssh_deletekeys: true,
          ssh_genkeytypes: [],
          ssh_keys: { ed25519_private: input.hostKey.privateKey, ed25519_public: input.hostKey.publicKey },
        }),
  };
  return `#cloud-config\n${stringify(document, { lineWidth: 0 })}`;
}

/** The document of a cluster's machines. */
export function nodeCloudConfig({ network, openstack }: ClusterConfig, hostKey?: HostKey): string {
  return cloudConfig({
    ntpServers: network.ntpServers,
    caCertificate: openstack.caCertificate,
    hostKey,
  });
}
