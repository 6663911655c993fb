/** What is made once for a cluster and kept in the stack's state. */
import { randomBytes } from "node:crypto";
import { generateX25519Identity, identityToRecipient } from "age-encryption";

/** A fresh age key, as JSON: identity and recipient. */
export async function makeAgeIdentity(): Promise<string> {
  const identity = await generateX25519Identity();
  return JSON.stringify({ identity, recipient: await identityToRecipient(identity) });
}

/** What passwords are derived from: 32 random bytes in hexadecimal. */
export function makeSeed(): string {
  return randomBytes(32).toString("hex");
}
