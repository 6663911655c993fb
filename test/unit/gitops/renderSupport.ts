/** Trees on the disk and what programs and Flux would make of them. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, dirname, join, posix } from "node:path";
import { parse, parseAllDocuments } from "yaml";
import { formatIssue } from "../../../config/issue";
import type { ClusterConfig } from "../../../config/resolve";
import { validateStackValues } from "../../../config/validate";
import { sealedFiles } from "../../../gitops";
import type { Files, Manifest } from "../../../gitops/types";
import { findKubernetes } from "../../../sandbox/toolchain";
import { scratch } from "../../support/scratch";

const repository = join(__dirname, "..", "..", "..");

/** A small valid cluster with a repository. */
export function clusterWith(
  written: Readonly<Record<string, unknown>> = {},
  organization = "acme",
): ClusterConfig {
  const file = parse(readFileSync(join(repository, "stacks/Pulumi.minimal.yaml"), "utf8")) as {
    config: { "opencenter:cluster": Record<string, unknown> };
  };
  const gitops = { repository: { url: "https://git.example.com/acme/gitops.git" } };
  const cluster = { ...file.config["opencenter:cluster"], gitops, ...written };
  const { config, issues } = validateStackValues({ organization, cluster });
  assert.ok(config, issues.map((issue) => formatIssue(issue)).join("\n"));
  return config;
}

/** Beside a file of Flux: the smallest install.yaml. */
export const COMPONENTS = `apiVersion: v1
kind: Namespace
metadata:
  name: flux-system
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: source-controller
  namespace: flux-system
spec:
  template:
    spec:
      containers: []
`;

/** The tree with something in the place of each encrypted file. */
export function withSealed(config: ClusterConfig, tree: Files): Files {
  const sealed = sealedFiles(config).map(({ path, secret: { name, namespace } }) => [
    path,
    `apiVersion: v1\nkind: Secret\nmetadata:\n  name: ${name}\n  namespace: ${namespace}\n`,
  ]);
  return new Map([...tree, ...(sealed as [string, string][])]);
}

export function writeTree(tree: Files): string {
  const root = mkdtempSync(join(scratch(), "tree-"));
  for (const [path, text] of tree) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

/** Of the sandbox, else of the machine. */
export function kubectl(): string | undefined {
  const found = findKubernetes();
  if ("programs" in found) return found.programs.kubectl;
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, "kubectl")).find((path) => existsSync(path));
}

export const NO_KUBECTL = "there is no kubectl; get it with: npm run sandbox -- build-kubernetes";

const parsed = new Map<string, readonly Manifest[]>();

/** Most files of two trees are the same, and reading YAML is what takes the time. */
export function documents(text: string): readonly Manifest[] {
  const known = parsed.get(text);
  if (known !== undefined) return known;
  const all = parseAllDocuments(text);
  const manifests = (Array.isArray(all) ? all : [])
    .map((document) => document.toJS() as Manifest | null)
    .filter((value) => value !== null);
  parsed.set(text, manifests);
  return manifests;
}

/** What `kubectl kustomize` makes of a folder. */
export function kustomize(program: string, folder: string): readonly Manifest[] {
  return documents(
    execFileSync(program, ["kustomize", folder], { encoding: "utf8", maxBuffer: 1 << 26, stdio: "pipe" }),
  );
}

export interface Stage {
  readonly name: string;
  /** Without `./` */
  readonly path: string;
  readonly source: string;
  readonly dependsOn: readonly string[];
  readonly manifest: Manifest & { readonly spec: Readonly<Record<string, any>> };
}

/** Flux Kustomizations that the entry point leads to. */
export function stagesOf(tree: Files, cluster: string): Stage[] {
  const reached = reachable(tree, `clusters/${cluster}`);
  return reached
    .flatMap((path) => documents(tree.get(path) ?? ""))
    .filter(({ apiVersion, kind }) => kind === "Kustomization" && apiVersion.startsWith("kustomize.toolkit"))
    .map((manifest) => {
      const spec = manifest.spec as Stage["manifest"]["spec"];
      return {
        name: manifest.metadata.name,
        path: posix.normalize(spec.path as string),
        source: spec.sourceRef.name as string,
        dependsOn: ((spec.dependsOn ?? []) as { name: string }[]).map(({ name }) => name),
        manifest: manifest as Stage["manifest"],
      };
    });
}

/** Files that a folder's `kustomization.yaml` leads to, itself included; fails where one is not there. */
export function reachable(tree: Files, folder: string): string[] {
  const file = `${folder}/kustomization.yaml`;
  assert.ok(tree.has(file), `${file} is not there`);
  const { resources = [], patches = [] } = documents(tree.get(file) ?? "")[0] as unknown as {
    resources?: string[];
    patches?: { path?: string }[];
  };
  const named = [...resources, ...patches.flatMap(({ path }) => path ?? [])].map((name) =>
    posix.join(folder, name),
  );
  return [file, ...named.flatMap((path) => (tree.has(path) ? [path] : reachable(tree, path)))];
}

/** Puts variables in place as Flux does: over the text, pairs of `$` are one. */
export function substituted(text: string, variables: Readonly<Record<string, string>>): string {
  return text.replace(/\$\$|\$\{([^}]*)\}/g, (found, name?: string) => {
    if (name === undefined) return found.slice(1);
    assert.ok(name in variables, `\${${name}} is no key of cluster-info`);
    return variables[name] ?? "";
  });
}
