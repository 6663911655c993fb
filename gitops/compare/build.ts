/**
 * The objects of a generated tree. Own code: kustomize is no npm package, and of it only what our own files use is
 * needed here, without a program on the machine.
 */
import { posix } from "node:path";
import { parseAllDocuments } from "yaml";
import { mergeValues, type Operation } from "../render/values";
import type { Files, Manifest } from "../types";

interface KustomizationFile {
  readonly resources?: readonly string[];
  readonly patches?: readonly {
    readonly path?: string;
    readonly patch?: string;
    readonly target?: { readonly kind?: string; readonly name?: string };
  }[];
}

/** All documents of a file that hold something. */
export function documentsOf(text: string): unknown[] {
  const documents = parseAllDocuments(text);
  const values: unknown[] = Array.isArray(documents)
    ? documents.map((document) => document.toJS() as unknown)
    : [];
  return values.filter((value) => value !== null && value !== undefined);
}

const isManifest = (value: unknown): value is Manifest =>
  typeof (value as Manifest | null)?.kind === "string" &&
  typeof (value as Manifest).metadata?.name === "string";

/** What is encrypted is left out: it differs each time without having changed. */
function manifestsOf(text: string): Manifest[] {
  return documentsOf(text)
    .filter(isManifest)
    .filter((manifest) => !("sops" in manifest));
}

/** `HelmRelease kyverno/kyverno` */
export function identityOf({ kind, metadata: { namespace, name } }: Manifest): string {
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

/** Objects that a folder applies; files that are not there, such as encrypted ones, are passed over. */
export function buildFolder(files: Files, folder: string): readonly Manifest[] {
  const [kustomization] = documentsOf(files.get(`${folder}/kustomization.yaml`) ?? "") as KustomizationFile[];
  const { resources = [], patches = [] } = kustomization ?? {};
  let objects = resources.flatMap((resource) => {
    const path = posix.join(folder, resource);
    const text = files.get(path);
    return text === undefined ? buildFolder(files, path) : manifestsOf(text);
  });
  for (const { path, patch, target } of patches) {
    if (path !== undefined) objects = merged(objects, manifestsOf(files.get(posix.join(folder, path)) ?? ""));
    else if (patch !== undefined)
      objects = objects.map((object) =>
        target?.kind === object.kind && target.name === object.metadata.name
          ? operated(object, documentsOf(patch)[0] as readonly Operation[])
          : object,
      );
  }
  return objects;
}

function merged(objects: readonly Manifest[], patches: readonly Manifest[]): Manifest[] {
  return objects.map((object) => {
    const patch = patches.find((candidate) => identityOf(candidate) === identityOf(object));
    return patch === undefined ? object : (mergeValues(object, patch) as Manifest);
  });
}

function operated(object: Manifest, operations: readonly Operation[]): Manifest {
  const copy = structuredClone(object) as Record<string, unknown>;
  for (const { path, value } of operations) {
    const parts = path.slice(1).split("/").map(unescaped);
    const last = parts.pop() ?? "";
    const parent = parts.reduce<Record<string, unknown> | undefined>(
      (at, part) => at?.[part] as Record<string, unknown> | undefined,
      copy,
    );
    if (parent !== undefined) parent[last] = value;
  }
  return copy as unknown as Manifest;
}

const unescaped = (part: string) => part.replaceAll("~1", "/").replaceAll("~0", "~");
