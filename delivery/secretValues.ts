/** What Secrets in Git are made from. */
import { hkdfSync } from "node:crypto";
import type { SecretValues } from "../gitops/types";
import type { DeliverySecrets } from "../plan/delivery";
import { RunFailure } from "../runner/errors";

/** No sign that a URL, a shell or Flux's substitution would read as something else. */
const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
const LENGTH = 24;
/** Bytes from here on would make some characters likelier than others. */
const UNBIASED = 256 - (256 % ALPHABET.length);
/** Kinds of characters that services ask a password to have. */
const KINDS = [/[A-Z]/, /[a-z]/, /[0-9]/];

function derive(seed: string, purpose: string, length: number): Buffer {
  return Buffer.from(hkdfSync("sha256", Buffer.from(seed, "hex"), Buffer.alloc(0), purpose, length));
}

/** Always the same for the same seed and name. */
function passwordOf(seed: string, name: string): string {
  for (let attempt = 0; ; attempt++) {
    const bytes = [...derive(seed, `opencenter/password/${name}/${attempt}`, 4 * LENGTH)];
    const password = bytes
      .filter((byte) => byte < UNBIASED)
      .slice(0, LENGTH)
      .map((byte) => ALPHABET[byte % ALPHABET.length])
      .join("");
    if (password.length === LENGTH && KINDS.every((kind) => kind.test(password))) return password;
  }
}

/** @throws RunFailure when the seed is not one */
export function secretValues({ seed, credentials, store }: DeliverySecrets): SecretValues {
  if (!/^[0-9a-f]{64}$/.test(seed))
    throw new RunFailure("The seed of passwords is damaged: 64 hexadecimal digits are wanted.", [
      "It is the output of the Command named …-seed in the stack's state; restore the state from a backup.",
    ]);
  return { credentials, store, password: (name) => passwordOf(seed, name) };
}

/** Key of the digests that say whether an encrypted file still holds what it should. */
export function digestKey({ seed }: Pick<DeliverySecrets, "seed">): Buffer {
  return derive(seed, "opencenter/plaintext-digest", 32);
}
