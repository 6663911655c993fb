/** Dropping an age generation: only when nothing in Git needs its key any more. */
import type { Files } from "../gitops/types";
import { RunFailure } from "../runner/errors";
import { recipientsOf } from "./seal/document";

/** So many in a message; the number of all is said. */
const MOST_PATHS = 10;

/** Whether a file is applied for a cluster: the user's own encrypted files are decrypted with the same key. */
function isOfCluster(path: string, cluster: string): boolean {
  return path.startsWith(`overlays/${cluster}/`) || path.startsWith(`clusters/${cluster}/`);
}

/** Encrypted files of a cluster, its user's own among them, that none of these recipients' keys opens. */
export function unreadable(texts: Files, cluster: string, recipients: readonly string[]): string[] {
  return [...texts].flatMap(([path, text]) => {
    const readers = isOfCluster(path, cluster) ? recipientsOf(text) : undefined;
    return readers === undefined || readers.some((reader) => recipients.includes(reader)) ? [] : [path];
  });
}

/** For a message, a line each. */
export function listed(paths: readonly string[]): string[] {
  const shown = paths.slice(0, MOST_PATHS).map((path) => `  ${path}`);
  return paths.length > MOST_PATHS ? [...shown, `  … and ${paths.length - MOST_PATHS} more`] : shown;
}

/** sops looks for its rules from the working directory upwards, and would find none, or another cluster's. */
export function updateKeys(cluster: string): string {
  return `sops --config overlays/${cluster}/.sops.yaml updatekeys <file>`;
}

/**
 * The cluster's Secret with the keys is written after this check: a key that goes too early leaves Flux with files that
 * it cannot read, and a service that restarts then has no password.
 *
 * @param texts what is on the branch that Flux reads
 * @param recipients of all generations whose keys Flux will have
 * @throws RunFailure with the files that none of them opens
 */
export function requireReadable(texts: Files, cluster: string, recipients: readonly string[]): void {
  const paths = unreadable(texts, cluster, recipients);
  if (paths.length === 0) return;
  throw new RunFailure(
    [
      "The branch that Flux reads still has files that no age key of secrets.age.generations decrypts:",
      ...listed(paths),
    ].join("\n"),
    [
      "Put the old generation back into secrets.age.generations, merge the pull request with the files encrypted for the " +
        "new one, then take the old one out.",
      `Files of your own (customer-managed/), in the repository's root: ${updateKeys(cluster)}, and commit.`,
    ],
  );
}
