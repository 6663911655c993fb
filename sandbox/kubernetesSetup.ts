/** Which control plane the sandbox's clusters get: a real one where its programs are, else a stand-in that says so. */
import { rmSync } from "node:fs";
import { kubesprayReleases } from "../config/compatibility";
import { writePrivate } from "../runner/files";
import { installDouble } from "./ansible/install";
import { binariesFile, startControlPlanes } from "./kubernetes";
import { hasRepository } from "./stackFile";
import { findFlux, findKubernetes } from "./toolchain/kubernetes";
import type { Workspace } from "./workspace";

export interface KubernetesMode {
  /** Whether etcd, kube-apiserver and kwok are the real programs. */
  readonly real: boolean;
  /** Path of kubectl, with the real programs. */
  readonly kubectl?: string;
  /** What is missing and which command gets it. */
  readonly why?: string;
  /** Of Flux, where its programs are missing and the cluster has a repository. */
  readonly whyNoFlux?: string;
}

/** Puts the double in Kubespray's place and has the control planes of earlier runs running again. */
export async function openKubernetes(workspace: Workspace): Promise<KubernetesMode> {
  installDouble(
    workspace.cache,
    kubesprayReleases.map(({ ref }) => ref),
  );
  const found = findKubernetes();
  // What makes Deployments run costs a cluster without Flux memory, and shows nothing.
  const flux = hasRepository(workspace.stackFile) ? findFlux() : undefined;
  const more = flux !== undefined && "programs" in flux ? flux.programs : {};
  const file = binariesFile(workspace.kubernetes);
  if ("programs" in found) writePrivate(file, JSON.stringify({ ...found.programs, ...more }));
  else rmSync(file, { force: true });
  await startControlPlanes(workspace.kubernetes);
  if (!("programs" in found)) return { real: false, why: found.why };
  const whyNoFlux = flux !== undefined && "why" in flux ? flux.why : undefined;
  return { real: true, kubectl: found.programs.kubectl, whyNoFlux };
}
