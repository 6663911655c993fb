/** Encrypted files, as far as they can be looked at without a key: that they are there, and for whom they are. */
import type { ClusterConfig } from "../../config/resolve";
import { recipientsOf } from "../../delivery/seal/document";
import { recipientsInRules } from "../../delivery/seal/secret";
import { sealedFiles } from "../../gitops";
import type { Files } from "../../gitops/types";

/**
 * Problems of the cluster's encrypted files, a line each. Who should be able to decrypt is known to `pulumi up` alone, so
 * that here all files only have to agree.
 */
export function sealedProblems(config: ClusterConfig, present: Files): readonly string[] {
  const wanted = sealedFiles(config).map(({ path }) => path);
  const rulesPath = `overlays/${config.name}/.sops.yaml`;
  const rulesText = present.get(rulesPath);
  const expected = recipientsInRules(rulesText ?? "")
    ?.sort()
    .join(",");
  const problems: string[] = [];
  if (rulesText === undefined) problems.push(`${rulesPath} is missing: pulumi up writes it`);
  else if (expected === undefined) problems.push(`${rulesPath} names no age recipients: pulumi up writes it`);
  const files = new Map([...present].filter(([path]) => isSecretOf(config, path)));
  for (const path of wanted)
    if (!files.has(path)) problems.push(`${path} is missing: pulumi up writes it, encrypted`);
  for (const [path, text] of files) {
    const recipients = recipientsOf(text)?.sort().join(",");
    if (recipients === undefined)
      problems.push(`${path} is NOT ENCRYPTED: take it out of Git, and its secret out of use`);
    else if (expected !== undefined && recipients !== expected)
      problems.push(`${path} is encrypted for others than ${rulesPath} says: pulumi up mends it`);
  }
  return problems.sort();
}

function isSecretOf({ name }: ClusterConfig, path: string): boolean {
  return new RegExp(`^overlays/${name}/services/[^/]+/secret-[^/]+\\.yaml$`).test(path);
}
