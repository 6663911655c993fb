/** Reading and editing a stack's file as a person would: comments and order stay. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";

const CLUSTER = ["config", "opencenter:cluster"];

/** The parts of a cluster that the sandbox plays with. */
export interface SandboxCluster {
  readonly name: string;
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

/** Sets a value inside the cluster, and drops the keys that it takes the place of. */
export function editCluster(
  stackFile: string,
  path: readonly string[],
  value: unknown,
  drops: readonly (readonly string[])[] = [],
): void {
  const document = parseDocument(readFileSync(stackFile, "utf8"));
  for (const drop of drops) document.deleteIn([...CLUSTER, ...drop]);
  document.setIn([...CLUSTER, ...path], document.createNode(value, { flow: Array.isArray(value) }));
  const temporary = `${stackFile}.tmp`;
  writeFileSync(temporary, document.toString());
  renameSync(temporary, stackFile);
}
