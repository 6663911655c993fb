/**
 * Copies of what the stack knows, where people and tools expect files. They are written by every `up` and may be
 * deleted at any time: the stack's state is the truth.
 */
import { chmodSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import * as pulumi from "@pulumi/pulumi";
import { stringify } from "yaml";
import type { ClusterConfig } from "../config/resolve";
import { statePaths } from "../plan/names";
import type { Cluster } from "./cluster";

const PRIVATE = 0o600;
const PUBLIC = 0o644;
const PRIVATE_DIRECTORY = 0o700;

/** Whole or not at all: a reader never sees half a key, and no key is ever readable by others, not even for a moment. */
function writeCopy(path: string, content: string, mode: number): void {
  mkdirSync(dirname(path), { recursive: true, mode: PRIVATE_DIRECTORY });
  // The mode above counts only for folders that are not there yet.
  if (mode === PRIVATE) chmodSync(dirname(path), PRIVATE_DIRECTORY);
  const temporary = `${path}.${process.pid}.tmp`;
  writeFileSync(temporary, content, { mode });
  chmodSync(temporary, mode);
  renameSync(temporary, path);
}

/** Writes the copies of a cluster under `root`; does nothing in a preview. */
export function writeArtifacts(root: string, config: ClusterConfig, cluster: Cluster): void {
  if (pulumi.runtime.isDryRun()) return;
  const paths = statePaths(config);
  writeCopy(join(root, paths.resolvedConfig), stringify(config), PUBLIC);
  cluster.kubernetes.kubeconfig.apply((text) => writeCopy(join(root, paths.kubeconfig), text, PRIVATE));
  cluster.sshKey.privateKey.apply((key) => writeCopy(join(root, paths.sshPrivateKey), key, PRIVATE));
  cluster.sshKey.publicKey.apply((key) => writeCopy(join(root, paths.sshPublicKey), `${key}\n`, PUBLIC));
  const { bastion } = cluster;
  if (bastion === undefined) return;
  pulumi
    .all([bastion.floatingIp, bastion.hostKey])
    .apply(([address, key]) => writeCopy(join(root, paths.sshKnownHosts), `${address} ${key}\n`, PUBLIC));
}
