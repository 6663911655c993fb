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
}

/**
 * Writes the files of a run, in an update.
 * @returns the request as text, known only after everything was written: who waits for it finds the files
 */
export function writeConvergeFiles(files: ConvergeFiles): pulumi.Output<string> {
  const { root, cluster, request, secrets, sshPrivateKey, previous } = files;
  if (pulumi.runtime.isDryRun()) return request;
  const paths = statePaths(cluster);
  const written = pulumi.all([request, secrets, sshPrivateKey]).apply(([text, secretValues, key]) => {
    writePrivate(join(root, paths.converge), text);
    writePrivate(join(root, paths.kubespraySecrets), JSON.stringify(secretValues));
    writePrivate(join(root, paths.sshPrivateKey), key);
    rememberNodes(join(root, paths.known), previous);
    return true;
  });
  // The files hold secrets, the request does not.
  return pulumi.all([request, pulumi.unsecret(written)]).apply(([text]) => text);
}

/** The state knows best; what a failed run on this machine learnt beside it is kept. */
function rememberNodes(path: string, previous: ConvergeRecord | undefined): void {
  const local = readKnown(path).nodes;
  const nodes = previous?.hostKeys ?? [];
  const isNew = ({ name, serverId }: { name: string; serverId: string }) =>
    !nodes.some((node) => node.name === name && node.serverId === serverId);
  writeKnown(path, { converged: previous !== undefined, nodes: [...nodes, ...local.filter(isNew)] });
}
