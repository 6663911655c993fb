/** Objects of one cluster in a tree, by what they belong to. */
import { posix } from "node:path";
import type { Files, Manifest } from "../types";
import { buildFolder, documentsOf, identityOf } from "./build";

/** By identity, such as `HelmRelease kyverno/kyverno`. */
export type Objects = ReadonlyMap<string, Manifest>;

interface Stage extends Manifest {
  readonly spec: { readonly path: string; readonly sourceRef: { readonly name: string } };
}

/** A service's name, for its configuration too; else the name of the stage. */
function ownerOf(file: string): string {
  return posix.basename(file, ".yaml").replace(/-config$/, "");
}

const isStage = ({ apiVersion, kind }: Manifest) =>
  kind === "Kustomization" && apiVersion.startsWith("kustomize.toolkit.fluxcd.io/");

/** What a stage applies, as far as it is in this tree. */
function applied(files: Files, manifest: Manifest): readonly Manifest[] {
  if (!isStage(manifest)) return [];
  const { path, sourceRef } = (manifest as Stage).spec;
  return sourceRef.name === "flux-system" ? buildFolder(files, posix.normalize(path)) : [];
}

/**
 * Everything that Flux applies for a cluster, by service, or by stage for what belongs to none. The user's own folder is
 * left out.
 */
export function clusterObjects(files: Files, cluster: string): ReadonlyMap<string, Objects> {
  const entry = `clusters/${cluster}`;
  const [kustomization] = documentsOf(files.get(`${entry}/kustomization.yaml`) ?? "") as {
    readonly resources?: readonly string[];
  }[];
  const all = new Map<string, Map<string, Manifest>>();
  for (const resource of kustomization?.resources ?? []) {
    const path = posix.join(entry, resource);
    const text = files.get(path);
    const own =
      text === undefined ? [...buildFolder(files, path)] : (documentsOf(text) as readonly Manifest[]);
    const inner =
      text === undefined || resource === "customer-managed.yaml"
        ? []
        : own.flatMap((manifest) => applied(files, manifest));
    const owner = ownerOf(resource);
    const objects = all.get(owner) ?? new Map<string, Manifest>();
    for (const object of [...own, ...inner]) objects.set(identityOf(object), object);
    all.set(owner, objects);
  }
  return all;
}
