/** The administrator's kubeconfig, with the endpoint that clients outside of the cluster's network use. */
import { RunFailure } from "../runner/errors";
import { writePrivate } from "../runner/files";
import { kubeconfigFor } from "../runner/kubernetes/client";
import { observe } from "./observe";
import type { Run } from "./run";

/** @returns a secret */
export async function readKubeconfig(run: Run): Promise<string> {
  const { adminConf } = await observe(run);
  if (adminConf === undefined)
    throw new RunFailure("No control-plane node has a kubeconfig: there is no cluster.");
  const config = kubeconfigFor(adminConf, run.request.api);
  // How this machine reaches the endpoint is not part of what others are given.
  config.clusters = config.clusters.map(({ proxyUrl: _, ...cluster }) => cluster);
  const { cluster } = run.request;
  const [entry] = config.clusters;
  const [user] = config.users;
  if (entry === undefined || user === undefined)
    throw new RunFailure("The kubeconfig of the control plane is empty.");
  const renamed = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": cluster,
    clusters: [
      { name: cluster, cluster: { server: entry.server, "certificate-authority-data": entry.caData } },
    ],
    users: [
      {
        name: `${cluster}-admin`,
        user: { "client-certificate-data": user.certData, "client-key-data": user.keyData },
      },
    ],
    contexts: [{ name: cluster, context: { cluster, user: `${cluster}-admin` } }],
  };
  // YAML reads JSON, and this way nothing has to be quoted.
  const text = `${JSON.stringify(renamed, null, 2)}\n`;
  writePrivate(run.paths.kubeconfig, text);
  return text;
}
