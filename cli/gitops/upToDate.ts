/** What of a cluster's files in a folder is not what its configuration says. */
import { baseOf, isOwn, namedBases } from "../../delivery/content";
import { onlyOnce } from "../../gitops";
import { HEADER } from "../../gitops/render/yaml";
import type { Files } from "../../gitops/types";
import type { ClusterConfig } from "../../config/resolve";

/** Text by path; undefined for what is no longer generated. */
export type Edits = ReadonlyMap<string, string | undefined>;

const isComponents = (path: string) => path.endsWith("/flux-system/gotk-components.yaml");

/**
 * What would bring the folder up to date. The user's files, encrypted ones and those of other clusters are never in it.
 * @param tree what is generated
 * @param present what is in the folder
 */
export function editsOf(config: ClusterConfig, tree: Files, present: Files): Edits {
  const once = onlyOnce(config);
  const edits = new Map<string, string | undefined>();
  for (const [path, text] of tree)
    if (present.get(path) !== text && !(once.has(path) && present.has(path))) edits.set(path, text);
  const own = new Set([...tree.keys()].map(baseOf));
  const used = namedBases(tree);
  for (const name of namedBases([...present].filter(([path]) => !isOwn(path, config.name)))) used.add(name);
  for (const [path, text] of present) {
    if (tree.has(path)) continue;
    const base = baseOf(path);
    const stale =
      base === undefined
        ? isOwn(path, config.name) && (text.startsWith(HEADER) || isComponents(path))
        : !used.has(base) || own.has(base);
    if (stale) edits.set(path, undefined);
  }
  return new Map([...edits].sort(([a], [b]) => (a < b ? -1 : 1)));
}
