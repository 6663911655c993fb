/** Keys of encryption at rest on the control-plane nodes, and which of them etcd's Secrets are encrypted with. */
import { createHash } from "node:crypto";
import { z } from "zod";
import { encryptionFile, type EncryptionKey, keysOfFile } from "../plan/kubernetes/encryption";
import { RunFailure } from "../runner/errors";
import { keysOnNodes, type KeysOnNodes } from "./probe";
import { askPlaybook } from "./ownPlaybook";
import type { Run } from "./run";

export const encryptionOrder = z.object({
  /** Keys to put on every node, the first to encrypt with. @default none: they are only read */
  write: z.array(z.object({ name: z.string(), generation: z.number() })).optional(),
});

export type EncryptionOrder = z.infer<typeof encryptionOrder>;

export interface EncryptionOfNode {
  readonly keys: readonly EncryptionKey[];
  /** Whether the API server has been started since the file was written. */
  readonly loaded: boolean;
}

export interface EncryptionAnswer {
  readonly nodes: Readonly<Record<string, EncryptionOfNode>>;
  /** How many Secrets in etcd, by the name of their key; an empty name for those in plain text. */
  readonly stored: Readonly<Record<string, number>>;
}

const answer = z.object({
  stored: z.record(z.string(), z.number()),
  nodes: z.record(z.string(), z.object({ file: z.string(), started: z.string().nullable() })),
});

/**
 * Kubespray writes the file again with one key and for Secrets alone; what other keys have encrypted, and what else is
 * encrypted, nobody could read any more.
 * @throws RunFailure
 */
export function refuseToLoseKeys({ rotating, encryptingMore }: KeysOnNodes): void {
  refuseOthers(encryptingMore);
  if (rotating.length === 0) return;
  throw new RunFailure(
    `The keys of encryption at rest are being rotated on ${rotating.join(", ")}; a playbook now would lose one, ` +
      "and every Secret that it has encrypted. Nothing was done.",
    ["Bring the rotation to its end first: npx opencenter rotate encryption-key <stack>"],
  );
}

function refuseOthers(encryptingMore: readonly string[]): void {
  if (encryptingMore.length === 0) return;
  throw new RunFailure(
    `More than Secrets is encrypted at rest: ${encryptingMore.join("; ")}. The file of the keys would be written for ` +
      "Secrets alone, and the rest could not be read any more. Nothing was done.",
    [
      "Have it decrypted first, and taken out of /etc/kubernetes/ssl/secrets_encryption.yaml: docs/operations/rotation.md, " +
        "encryption-key.",
    ],
  );
}

/** @throws RunFailure */
export async function encryption(run: Run, { write }: EncryptionOrder): Promise<EncryptionAnswer> {
  const { request, secrets, ansible } = run;
  const algorithm = request.immutable["kubernetes.encryptionAtRest.algorithm"];
  if (typeof algorithm !== "string") throw new RunFailure("This cluster does not encrypt its Secrets.");
  const tokens = secrets.encryptionTokens;
  const file = write === undefined ? "" : encryptionFile(algorithm, write, tokens);
  // Through the environment: what is said with -e, everybody on the machine can read.
  const environment = { ...ansible.environment, OPENCENTER_ENCRYPTION_FILE: file };
  const call = {
    playbook: "opencenter/encryption.yml",
    extraVars: { encryption_write: write !== undefined },
    why:
      write === undefined ? "which keys encrypt Secrets" : `keys ${write.map(({ name }) => name).join(", ")}`,
  };
  const withFile = { ...run, ansible: { ...ansible, environment } };
  const { nodes, stored } = answer.parse(await askPlaybook(withFile, call, "encryption_out"));
  refuseOthers(
    keysOnNodes(Object.entries(nodes).map(([node, { file: text }]) => [node, text])).encryptingMore,
  );
  return {
    stored,
    nodes: Object.fromEntries(
      Object.entries(nodes).map(([node, { file: text, started }]) => [
        node,
        {
          keys: keysOfFile(text, tokens),
          loaded: started === null || started.trim() === createHash("sha256").update(text).digest("hex"),
        },
      ]),
    ),
  };
}
