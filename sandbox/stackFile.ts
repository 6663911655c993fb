/** Reading a stack's file as a person would. */
import { readFileSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";
import { type Edit, editedStack, writeStack } from "../cli/stackEdit";

/** The parts of a cluster that the sandbox plays with. */
export interface SandboxCluster {
  readonly name: string;
  readonly services?: Readonly<
    Record<string, { readonly values?: { readonly replicas?: number } } | undefined>
  >;
  readonly pools: Readonly<Record<string, { readonly count?: number; readonly nodes?: number[] }>>;
}

export function readCluster(stackFile: string): SandboxCluster {
  const file = parseDocument(readFileSync(stackFile, "utf8")).toJS() as Record<
    string,
    Record<string, SandboxCluster>
  >;
  const cluster = file["config"]?.["opencenter:cluster"];
  if (cluster === undefined) throw new Error(`${stackFile} has no opencenter:cluster`);
  return cluster;
}

/** Whether its cluster has a `gitops` part. */
export function hasRepository(stackFile: string): boolean {
  return "gitops" in readCluster(stackFile);
}

/** As the product's own verbs change it. @param drops keys that the new values take the place of */
export function editCluster(
  stackFile: string,
  edits: readonly Edit[],
  drops: readonly (readonly string[])[] = [],
): void {
  const file = { path: stackFile, shown: stackFile, text: readFileSync(stackFile, "utf8") };
  writeStack(file, editedStack(file, edits, drops).text);
}

/** Where the sandbox has put what a cluster's platform is made from. */
export interface Delivery {
  readonly repository: string;
  readonly charts: string;
  /** Path of Flux's install.yaml. @default the official release */
  readonly fluxManifests?: string;
}

/** Puts addresses into the cluster's `gitops` part; comments and everything else stay. */
export function writeDelivery(stackFile: string, { repository, charts, fluxManifests }: Delivery): void {
  const before = readFileSync(stackFile, "utf8");
  const file = parseDocument(before);
  const at = (...path: string[]) => ["config", "opencenter:cluster", "gitops", ...path];
  file.setIn(at("repository", "url"), repository);
  file.setIn(at("charts"), charts);
  if (fluxManifests === undefined) file.deleteIn(at("flux"));
  else file.setIn(at("flux", "manifests", "file"), fluxManifests);
  const after = file.toString({ lineWidth: 0 });
  if (after !== before) writeFileSync(stackFile, after);
}

/** Whether the stack's file has this key of ours. */
export function hasKey(stackFile: string, key: string): boolean {
  return parseDocument(readFileSync(stackFile, "utf8")).hasIn(["config", `opencenter:${key}`]);
}

export function readOrganization(stackFile: string): string {
  const file = parseDocument(readFileSync(stackFile, "utf8")).toJS() as { config?: Record<string, unknown> };
  return String(file.config?.["opencenter:organization"]);
}
