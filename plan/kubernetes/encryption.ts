/** Files of encryption at rest, as the API server reads them. */
import { parse, stringify } from "yaml";
import { z } from "zod";

/** A key in such a file; which one it is, is said by the generation. */
export interface EncryptionKey {
  /** Values in etcd begin with it. */
  readonly name: string;
  /** Of the stack's keys; null for one that the stack does not know. */
  readonly generation: number | null;
}

/** The one name that Kubespray knows: it writes the file again in every run, with one key. */
export const KUBESPRAY_KEY = "key";

/** By generation; secret. */
export type EncryptionTokens = Readonly<Record<string, string>>;

const keyed = z.object({ keys: z.array(z.object({ name: z.string(), secret: z.string() })) });
const fileSchema = z.object({
  resources: z.array(
    z.object({
      resources: z.array(z.string()).default([]),
      providers: z.array(z.record(z.string(), z.json())),
    }),
  ),
});

const SECRETS = "secrets";

/**
 * @param algorithm provider: secretbox, aescbc, aesgcm
 * @param keys the first encrypts, all of them decrypt
 * @returns a secret
 */
export function encryptionFile(
  algorithm: string,
  keys: readonly { readonly name: string; readonly generation: number }[],
  tokens: EncryptionTokens,
): string {
  const written = keys.map(({ name, generation }) => {
    const token = tokens[generation];
    if (token === undefined) throw new Error(`there is no encryption key of generation ${generation}`);
    return { name, secret: Buffer.from(token).toString("base64") };
  });
  return stringify({
    apiVersion: "apiserver.config.k8s.io/v1",
    kind: "EncryptionConfiguration",
    resources: [{ resources: [SECRETS], providers: [{ [algorithm]: { keys: written } }, { identity: {} }] }],
  });
}

/** Keys of a file, the first of which encrypts. @throws Error when it is none */
export function keysOfFile(text: string, tokens: EncryptionTokens): EncryptionKey[] {
  const known = new Map(Object.entries(tokens).map(([generation, token]) => [token, Number(generation)]));
  const { resources } = fileSchema.parse(parse(text));
  return resources.flatMap(({ providers }) =>
    providers.flatMap((provider) =>
      Object.values(provider).flatMap((settings) =>
        (keyed.safeParse(settings).data?.keys ?? []).map(({ name, secret }) => ({
          name,
          generation: known.get(Buffer.from(secret, "base64").toString()) ?? null,
        })),
      ),
    ),
  );
}

/**
 * What a file encrypts beside Secrets. Neither the rotation nor Kubespray's own writing knows of it: the key that opens
 * it would go.
 */
export function othersInFile(text: string): string[] {
  const { resources } = fileSchema.parse(parse(text));
  const others = resources.flatMap((entry) => entry.resources).filter((name) => name !== SECRETS);
  return [...new Set(others)].sort();
}

/** Names of a file's keys; what Kubespray left is one, with its name. */
export function isRotating(names: readonly string[]): boolean {
  return names.length > 0 && (names.length > 1 || names[0] !== KUBESPRAY_KEY);
}
