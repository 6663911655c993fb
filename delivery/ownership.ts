/** Whose a cluster's folder is: two clusters of one name would take each other's services away. */
import type { Files } from "../gitops/types";
import { RunFailure } from "../runner/errors";
import type { GitopsConfig } from "./git/access";
import { listed, unreadable } from "./rotation";
import { recipientsInRules } from "./seal/secret";

/**
 * Before Flux is at work nobody reviews what is pushed, and a folder of this name may be that of a cluster which is
 * alive: of a stack's file that was copied, or of a state that was lost. Its Flux would delete every service that is
 * off here, and could not decrypt the others'. Age keys tell: each stack makes its own.
 *
 * @param texts what is on the branch
 * @param recipients of all generations whose keys this stack has
 * @throws RunFailure with the files that are somebody else's
 */
export function requireOwnFolder(
  texts: Files,
  cluster: string,
  recipients: readonly string[],
  { repository: { branch, url } }: GitopsConfig,
): void {
  const rules = `overlays/${cluster}/.sops.yaml`;
  const ruled = recipientsInRules(texts.get(rules) ?? "");
  const othersRules = ruled !== undefined && !ruled.some((recipient) => recipients.includes(recipient));
  const others = [...(othersRules ? [rules] : []), ...unreadable(texts, cluster, recipients)];
  if (others.length === 0) return;
  throw new RunFailure(
    [
      `Branch ${branch} of ${url} has a cluster ${cluster} already, encrypted for age keys that this stack does not ` +
        "have. Nothing was pushed:",
      ...listed(others),
    ].join("\n"),
    [
      `It is another cluster: give this one a name of its own (name below opencenter:cluster), or another repository.`,
      "It is this cluster, and its state is lost or in another backend: log in to that backend, or bring the state back " +
        "(npx opencenter restore <stack> --backup <name> --state --identity <file>). A generation that was taken out of " +
        "secrets.age.generations: put it back.",
      `It was this cluster, and it is destroyed: git rm -r clusters/${cluster} overlays/${cluster}, push, and run pulumi ` +
        "up again. Keep your own files (customer-managed/) elsewhere, and encrypt them again afterwards.",
    ],
  );
}
