/** Text that is nobody's variable: Flux reads `${…}` in everything that it applies. */
import type { SecretValues } from "../types";

/** Also a pair without a brace, of which Flux takes one away, and one at the end, behind which a brace may come. */
const READ_BY_FLUX = /\$\$+|\$(?=\{|$)/g;

/** @returns text that is `text` again when Flux has put its variables in place */
export function escapeText(text: string): string {
  return text.replace(READ_BY_FLUX, (dollars) => dollars + dollars);
}

/** All strings of a value, keys included. */
export function escapeDeep<T>(value: T): T {
  if (typeof value === "string") return escapeText(value) as T;
  if (Array.isArray(value)) return value.map(escapeDeep) as T;
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [escapeText(key), escapeDeep(item as unknown)]);
  return Object.fromEntries(entries) as T;
}

/** Flux puts variables in place after it has decrypted: a password with `${` would arrive as another one. */
export function escapeSecrets(values: SecretValues): SecretValues {
  return {
    credentials: escapeDeep(values.credentials),
    ...(values.store === undefined ? {} : { store: escapeDeep(values.store) }),
    password: (name) => escapeText(values.password(name)),
  };
}
