/** A part on its way to the store and back: compressed, then encrypted for every recipient; `age -d | gunzip` opens it. */
import { createHash } from "node:crypto";
import { promisify } from "node:util";
import { gunzip, gzip } from "node:zlib";
import { Decrypter, Encrypter } from "age-encryption";
import { ExitCode, UserError } from "../errors";
import type { AgeIdentity } from "./keys";

export function sha256(content: Uint8Array): string {
  return createHash("sha256").update(content).digest("hex");
}

export async function seal(content: Uint8Array, recipients: readonly string[]): Promise<Uint8Array> {
  const encrypter = new Encrypter();
  for (const recipient of recipients) encrypter.addRecipient(recipient);
  return encrypter.encrypt(await promisify(gzip)(content));
}

/** @throws UserError when none of the identities opens it */
export async function unseal(
  content: Uint8Array,
  identities: readonly Pick<AgeIdentity, "identity">[],
): Promise<Buffer> {
  const decrypter = new Decrypter();
  for (const { identity } of identities) decrypter.addIdentity(identity);
  try {
    return await promisify(gunzip)(await decrypter.decrypt(content));
  } catch {
    throw new UserError(
      "a part of the set cannot be decrypted with the age keys at hand.",
      "Give the key that was in force when it was made: --identity <file>.",
      ExitCode.failed,
    );
  }
}
