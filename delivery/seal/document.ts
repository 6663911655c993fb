/** YAML documents in the format of SOPS: chosen values encrypted, a MAC over all of them. */
import { createHash, randomBytes } from "node:crypto";
import { parseDocument, stringify } from "yaml";
import { z } from "zod";
import { RunFailure } from "../../runner/errors";
import { unwrapKey, wrapKey } from "./dataKey";
import { bytesOf, decryptValue, encryptValue, type Scalar } from "./values";

/** Whose values are encrypted, as SOPS writes it into the file. */
export const ENCRYPTED_REGEX = "^(data|stringData)$";

/** The program whose format this is; readers of the format ask for it. */
const SOPS_VERSION = "3.13.3";
/** What SOPS writes when nothing else was chosen. */
const DEFAULT_SUFFIX = "_unencrypted";

type Entries = Iterable<readonly [string, unknown]>;
type Leaf = (value: Scalar, path: readonly string[]) => Scalar | undefined;

/** Everything of the `sops` block that a file of ours can have. */
const metadata = z.object({
  age: z.array(z.object({ recipient: z.string(), enc: z.string() })).min(1),
  lastmodified: z.string(),
  mac: z.string(),
  encrypted_regex: z.string().optional(),
});

/** Goes through the values in the order of the document, since the MAC depends on it. */
function walk(value: unknown, path: readonly string[], leaf: Leaf): unknown {
  if (Array.isArray(value)) return value.map((item: unknown) => walk(item, path, leaf));
  if (typeof value === "object" && value !== null) {
    const entries = (value instanceof Map ? value : Object.entries(value)) as Entries;
    return new Map([...entries].map(([key, item]) => [key, walk(item, [...path, String(key)], leaf)]));
  }
  return value === null || value === undefined ? value : leaf(value as Scalar, path);
}

function selector(pattern: string): (path: readonly string[]) => boolean {
  const regex = new RegExp(pattern);
  return (path) => path.some((part) => regex.test(part));
}

const contextOf = (path: readonly string[]) => `${path.join(":")}:`;

/** Plain objects again: the walk makes Maps, which keep the order of keys that look like numbers. */
function toObject(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(toObject);
  if (!(value instanceof Map)) return value;
  return Object.fromEntries([...(value as Map<string, unknown>)].map(([key, item]) => [key, toObject(item)]));
}

/** RFC 3339 without fractions, which SOPS would cut off and then miss in the MAC. */
function timestamp(now: Date): string {
  return `${now.toISOString().slice(0, 19)}Z`;
}

/**
 * Encrypts the values below `data` and `stringData`; a different text each time.
 *
 * @param recipients age recipients; each of them alone can decrypt
 * @returns YAML
 */
export async function encryptDocument(
  document: Readonly<Record<string, unknown>>,
  recipients: readonly string[],
  now = new Date(),
): Promise<string> {
  const key = randomBytes(32);
  const mac = createHash("sha512");
  const selected = selector(ENCRYPTED_REGEX);
  const lastmodified = timestamp(now);
  const sealed = walk(document, [], (value, path) => {
    mac.update(bytesOf(value));
    return selected(path) ? encryptValue(value, key, contextOf(path)) : value;
  });
  const sops = {
    age: await wrapKey(key, recipients),
    lastmodified,
    mac: encryptValue(mac.digest("hex").toUpperCase(), key, lastmodified),
    encrypted_regex: ENCRYPTED_REGEX,
    version: SOPS_VERSION,
  };
  // YAML 1.1 quotes what older readers, SOPS among them, take for a time or a boolean.
  return stringify({ ...(toObject(sealed) as object), sops }, { version: "1.1", lineWidth: 0 });
}

interface Parsed {
  readonly content: Map<string, unknown>;
  readonly sops: z.infer<typeof metadata>;
}

function parse(text: string): Parsed | undefined {
  const document = parseDocument(text);
  if (document.errors.length > 0) return undefined;
  const content: unknown = document.toJS({ mapAsMap: true });
  if (!(content instanceof Map)) return undefined;
  const sops = metadata.safeParse(toObject(content.get("sops")));
  if (!sops.success) return undefined;
  content.delete("sops");
  return { content: content as Map<string, unknown>, sops: sops.data };
}

/** @returns recipients of an encrypted file; undefined when it is none */
export function recipientsOf(text: string): string[] | undefined {
  return parse(text)?.sops.age.map(({ recipient }) => recipient);
}

/** @returns the part that is not encrypted, and the encrypted texts in their places; undefined when it is no such file */
export function readSealed(text: string): Record<string, unknown> | undefined {
  const parsed = parse(text);
  return parsed && (toObject(parsed.content) as Record<string, unknown>);
}

/**
 * Decrypts what SOPS, or this program, encrypted.
 *
 * @param identities age identities, `AGE-SECRET-KEY-1…`
 * @throws RunFailure when it is no such file, is for others, or was changed after it was encrypted
 */
export async function decryptDocument(
  text: string,
  identities: readonly string[],
): Promise<Record<string, unknown>> {
  const parsed = parse(text);
  if (parsed === undefined) throw new RunFailure("It is no file that SOPS encrypted with age.");
  const { content, sops } = parsed;
  const key = await unwrapKey(sops.age, identities);
  if (key === undefined) {
    const recipients = sops.age.map(({ recipient }) => recipient).join(", ");
    throw new RunFailure(`No age key at hand decrypts it; it is encrypted for ${recipients}.`);
  }
  const mac = createHash("sha512");
  const selected = sops.encrypted_regex
    ? selector(sops.encrypted_regex)
    : (path: readonly string[]) => !path.some((part) => part.endsWith(DEFAULT_SUFFIX));
  const plain = walk(content, [], (value, path) => {
    const clear = selected(path) ? decryptAt(String(value), key, path) : value;
    if (clear !== undefined) mac.update(bytesOf(clear));
    return clear;
  });
  if (decryptAt(sops.mac, key, undefined, sops.lastmodified) !== mac.digest("hex").toUpperCase())
    throw new RunFailure("It was changed after it was encrypted: its MAC does not match.", [
      "Edit it with sops, or undo the change.",
    ]);
  return toObject(plain) as Record<string, unknown>;
}

function decryptAt(
  text: string,
  key: Buffer,
  path: readonly string[] | undefined,
  context = contextOf(path ?? []),
): Scalar | undefined {
  try {
    return decryptValue(text, key, context);
  } catch {
    const place = path === undefined ? "Its MAC" : `The value at ${path.join(".")}`;
    throw new RunFailure(`${place} does not decrypt: it was changed or is not encrypted.`);
  }
}
