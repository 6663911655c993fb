/**
 * What a set is made of, and the proof that it is what somebody with the cluster's keys once wrote.
 *
 * The proof is an HMAC under a key that is derived from the cluster's age identity. Everybody who can write to the store
 * can encrypt for the recipients, which are public, and compute digests: neither would show a forgery. The identity is
 * what the cluster's owners have, what a restore needs anyway to decrypt, and what they are told to keep elsewhere; a key
 * of its own would be one more thing to lose. Signatures would need a key pair that nothing else needs.
 */
import { createHmac, hkdfSync, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import type { AgeIdentity } from "./keys";

const file = z.strictObject({
  /** Object of the store. */
  file: z.string(),
  size: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
});

export const PARTS = ["state", "stackFile", "configuration", "recipients", "etcd", "secrets"] as const;
export type PartName = (typeof PARTS)[number];

const part = file.extend({ part: z.enum(PARTS) });

const velero = z.strictObject({
  /** Name of the Backup in namespace velero. */
  backup: z.string(),
  phase: z.string(),
  items: z.int().min(0),
  warnings: z.int().min(0),
  errors: z.int().min(0),
  /** Where Velero keeps it; it has to stay there for Velero to find it. */
  bucket: z.string(),
  prefix: z.string(),
  files: z.array(file),
});

const manifest = z.strictObject({
  format: z.literal(1),
  name: z.string(),
  cluster: z.string(),
  organization: z.string(),
  stack: z.string(),
  createdAt: z.iso.datetime(),
  /** After which it may be deleted. */
  expiresAt: z.iso.datetime(),
  versions: z.strictObject({
    program: z.string(),
    kubernetes: z.string().optional(),
    kubespray: z.string().optional(),
    velero: z.string().optional(),
  }),
  parts: z.array(part),
  velero: velero.optional(),
  /** What a set of this cluster could not have, and why. */
  without: z.array(z.strictObject({ part: z.string(), why: z.string() })),
});

export type StoredFile = z.infer<typeof file>;
export type Part = z.infer<typeof part>;
export type VeleroPart = z.infer<typeof velero>;
export type Manifest = z.infer<typeof manifest>;

const envelope = z.strictObject({
  /** Checked by its own schema, after its proof. */
  manifest: z.record(z.string(), z.unknown()),
  authentication: z.array(
    z.strictObject({ recipient: z.string(), hmacSha256: z.string().regex(/^[0-9a-f]{64}$/) }),
  ),
});

/** Whose set it has to be: a set of another cluster is as good as none. */
export interface Owner {
  readonly organization: string;
  readonly name: string;
}

const DOMAIN = "opencenter backup manifest v1";

function proof(content: unknown, owner: Owner, { identity }: AgeIdentity): Buffer {
  const info = `${owner.organization}/${owner.name}`;
  const key = Buffer.from(hkdfSync("sha256", identity, DOMAIN, info, 32));
  return createHmac("sha256", key)
    .update(`${DOMAIN}\n${info}\n${JSON.stringify(content)}`)
    .digest();
}

/** One proof per generation of the key: any one of them is enough later. */
export function sealManifest(content: Manifest, identities: readonly AgeIdentity[]): string {
  const owner = { organization: content.organization, name: content.cluster };
  const authentication = identities.map((identity) => ({
    recipient: identity.recipient,
    hmacSha256: proof(content, owner, identity).toString("hex"),
  }));
  return `${JSON.stringify({ manifest: content, authentication }, null, 2)}\n`;
}

export type Opened = { readonly manifest: Manifest } | { readonly problem: string };

/**
 * @param name of the folder in which the manifest was found
 * @returns the manifest, or in a line why it is not to be believed
 */
export function openManifest(
  text: string,
  name: string,
  owner: Owner,
  identities: readonly AgeIdentity[],
): Opened {
  const outer = envelope.safeParse(parsed(text));
  if (!outer.success) return { problem: "its manifest cannot be read" };
  const { manifest: content, authentication } = outer.data;
  // Whoever writes a forgery could leave out the proof that would show it: one that fails is enough to refuse.
  const known = authentication.flatMap(({ recipient, hmacSha256 }) => {
    const identity = identities.find((candidate) => candidate.recipient === recipient);
    if (identity === undefined) return [];
    return [timingSafeEqual(Buffer.from(hmacSha256, "hex"), proof(content, owner, identity))];
  });
  if (known.includes(false))
    return { problem: "its manifest was changed, or written by somebody without this cluster's age key" };
  if (known.length === 0)
    return { problem: `none of this cluster's age keys proves it${madeWith(authentication)}` };
  const inner = manifest.safeParse(content);
  if (!inner.success)
    return { problem: "it was made by another version of opencenter, whose format this one does not know" };
  return inner.data.name === name
    ? { manifest: inner.data }
    : { problem: `its manifest is that of ${inner.data.name}` };
}

function madeWith(authentication: readonly { readonly recipient: string }[]): string {
  const recipients = authentication.map(({ recipient }) => recipient);
  return recipients.length === 0
    ? ""
    : ` (it was made with ${recipients.join(", ")}; give an older key with --identity)`;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
