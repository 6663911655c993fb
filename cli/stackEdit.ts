/** Editing a stack's file as a person would: comments and order stay. */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { parseDocument } from "yaml";

const CLUSTER = ["config", "opencenter:cluster"];

/** A value below `opencenter:cluster`. */
export interface Edit {
  readonly path: readonly string[];
  readonly value: unknown;
}

/**
 * Sets values inside the cluster in one go: the file is never half changed.
 * @param drops keys that the new values take the place of
 */
export function editCluster(
  stackFile: string,
  edits: readonly Edit[],
  drops: readonly (readonly string[])[] = [],
): void {
  const document = parseDocument(readFileSync(stackFile, "utf8"));
  for (const drop of drops) document.deleteIn([...CLUSTER, ...drop]);
  for (const { path, value } of edits)
    document.setIn([...CLUSTER, ...path], document.createNode(value, { flow: Array.isArray(value) }));
  const draft = `${stackFile}.tmp`;
  writeFileSync(draft, document.toString());
  renameSync(draft, stackFile);
}
