/** Reading a stack's file as a person would. */
import { readFileSync } from "node:fs";
import { parseDocument } from "yaml";

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

export function readOrganization(stackFile: string): string {
  const file = parseDocument(readFileSync(stackFile, "utf8")).toJS() as { config?: Record<string, unknown> };
  return String(file.config?.["opencenter:organization"]);
}
