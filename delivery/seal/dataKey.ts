/** The key that a file's values are encrypted with, itself encrypted with age for each recipient. */
import { armor, Decrypter, Encrypter } from "age-encryption";

/** An entry of `sops.age`. */
export interface WrappedKey {
  /** `age1…` */
  readonly recipient: string;
  /** In age's armor. */
  readonly enc: string;
}

export async function wrapKey(key: Buffer, recipients: readonly string[]): Promise<WrappedKey[]> {
  return Promise.all(
    recipients.map(async (recipient) => {
      const encrypter = new Encrypter();
      encrypter.addRecipient(recipient);
      return { recipient, enc: armor.encode(await encrypter.encrypt(key)) };
    }),
  );
}

/** @returns undefined when none of the identities opens it */
export async function unwrapKey(
  wrapped: readonly WrappedKey[],
  identities: readonly string[],
): Promise<Buffer | undefined> {
  const decrypter = new Decrypter();
  for (const identity of identities) decrypter.addIdentity(identity);
  for (const { enc } of wrapped) {
    try {
      return Buffer.from(await decrypter.decrypt(armor.decode(enc.trim())));
    } catch {
      // For somebody else; the next one may be for us.
    }
  }
  return undefined;
}
