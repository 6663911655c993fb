/** Kubeconfigs of a control plane. */
import { stringify } from "yaml";
import type { Pki } from "./certificates";

/**
 * A kubeconfig with everything inside, as `/etc/kubernetes/admin.conf` has it.
 * @param user name of the client certificate: `user` is what kubeadm gives away, `admin` what it keeps
 */
export function kubeconfig(cluster: string, server: string, pki: Pki, user: "admin" | "user"): string {
  const base64 = (file: string) => Buffer.from(pki.read(file)).toString("base64");
  const name = "kubernetes-admin";
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: cluster, cluster: { "certificate-authority-data": base64("ca.crt"), server } }],
    contexts: [{ name: `${name}@${cluster}`, context: { cluster, user: name } }],
    "current-context": `${name}@${cluster}`,
    preferences: {},
    users: [
      {
        name,
        user: {
          "client-certificate-data": base64(`${user}.crt`),
          "client-key-data": base64(`${user}.key`),
        },
      },
    ],
  });
}
