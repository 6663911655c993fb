/**
 * What the Commands read from files: their own inputs must not change with the cluster, or every node's Command would
 * run again when one node comes. The files are copies; the stack's state is the truth.
 */
import { join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { writePrivate } from "../runner/files";
import { readKnown, writeKnown } from "../kubespray/known";
import type { RunSecrets } from "../kubespray/run";
import { statePaths } from "../plan/names";
import type { ConvergeRecord } from "../plan/kubernetes/record";
import type { ConvergeRequest } from "../plan/kubernetes/types";

export interface ConvergeFiles {
  readonly root: string;
  readonly cluster: { readonly organization: string; readonly name: string };
  /** The request as JSON. */
  readonly request: pulumi.Output<string>;
  /** Secret. */
  readonly secrets: pulumi.Output<RunSecrets>;
  /** Secret; OpenSSH format. */
  readonly sshPrivateKey: pulumi.Output<string>;
  readonly previous?: ConvergeRecord;
  /** Whether the state knows of a cluster. @default with a record */
  readonly converged?: boolean;
}

/**
 * Writes the files of a run, in an update.
 * @returns the request as text, known only after everything was written: who waits for it finds the files
 */
export function writeConvergeFiles(files: ConvergeFiles): pulumi.Output<string> {
  const { root, cluster, request, secrets, sshPrivateKey } = files;
  if (pulumi.runtime.isDryRun()) return request;
  const paths = statePaths(cluster);
  const written = pulumi.all([request, secrets, sshPrivateKey]).apply(([text, secretValues, key]) => {
    writePrivate(join(root, paths.converge), text);
    writePrivate(join(root, paths.kubespraySecrets), JSON.stringify(secretValues));
    writePrivate(join(root, paths.sshPrivateKey), key);
    rememberNodes(join(root, paths.known), files, JSON.parse(text) as ConvergeRequest);
    return true;
  });
  // The files hold secrets, the request does not.
  return pulumi.all([request, pulumi.unsecret(written)]).apply(([text]) => text);
}

/**
 * The state knows best; what a failed run on this machine learnt beside it is kept. So is that there is a cluster: of a
 * run that was killed when converge had ended, the state does not know it. It holds for the servers of that run alone,
 * because a stack that was destroyed begins anew.
 */
function rememberNodes(
  path: string,
  { previous, converged = previous !== undefined }: ConvergeFiles,
  { facts: { machines } }: ConvergeRequest,
): void {
  const local = readKnown(path);
  const nodes = previous?.hostKeys ?? [];
  const isNew = ({ name, serverId }: { name: string; serverId: string }) =>
    !nodes.some((node) => node.name === name && node.serverId === serverId);
  const servers = new Set(Object.values(machines).map(({ serverId }) => serverId));
  const stands = local.converged && local.nodes.some(({ serverId }) => servers.has(serverId));
  writeKnown(path, { converged: converged || stands, nodes: [...nodes, ...local.nodes.filter(isNew)] });
}
