/**
 * Values as SOPS writes them: `ENC[AES256_GCM,data:…,iv:…,tag:…,type:…]`. Own code, because no npm package writes this
 * format, and the sops program would be one more thing that every runner must have.
 */
import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import { RunFailure } from "../../runner/errors";

/** What a value may be before it is encrypted, and beside what is. */
export type Scalar = string | number | boolean;

const ALGORITHM = "aes-256-gcm";
/** In bytes. Unusually long for GCM, and what SOPS uses. */
const IV_LENGTH = 32;
const TAG_LENGTH = 16;

const ENCRYPTED = /^ENC\[AES256_GCM,data:(.+),iv:(.+),tag:(.+),type:(.+)\]$/;

/** The bytes that are encrypted, and that the MAC is over. */
export function bytesOf(value: Scalar): Buffer {
  if (typeof value === "boolean") return Buffer.from(value ? "True" : "False");
  if (typeof value === "number" && String(value).includes("e"))
    throw new RunFailure(`The number ${value} cannot be part of an encrypted file.`, [
      "Write it as a string.",
    ]);
  return Buffer.from(String(value));
}

function typeOf(value: Scalar): string {
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  return typeof value === "boolean" ? "bool" : "str";
}

/** @param context what the text is bound to: elsewhere in the file, it does not decrypt */
export function encryptValue(value: Scalar, key: Buffer, context: string): string {
  // SOPS leaves an empty text as it is, and expects one back.
  if (value === "") return "";
  const iv = randomBytes(IV_LENGTH);
  const cipher = createCipheriv(ALGORITHM, key, iv, { authTagLength: TAG_LENGTH });
  cipher.setAAD(Buffer.from(context));
  const data = Buffer.concat([cipher.update(bytesOf(value)), cipher.final()]);
  const parts = [
    `data:${data.toString("base64")}`,
    `iv:${iv.toString("base64")}`,
    `tag:${cipher.getAuthTag().toString("base64")}`,
    `type:${typeOf(value)}`,
  ];
  return `ENC[AES256_GCM,${parts.join(",")}]`;
}

export function isEncrypted(text: unknown): boolean {
  return typeof text === "string" && ENCRYPTED.test(text);
}

/**
 * @returns the value; undefined for a comment
 * @throws Error when the text was changed, moved, or encrypted with another key
 */
export function decryptValue(text: string, key: Buffer, context: string): Scalar | undefined {
  if (text === "") return "";
  const [, data = "", iv = "", tag = "", type = ""] = ENCRYPTED.exec(text) ?? [];
  if (type === "") throw new Error("it is not encrypted");
  const decipher = createDecipheriv(ALGORITHM, key, Buffer.from(iv, "base64"), { authTagLength: TAG_LENGTH });
  decipher.setAAD(Buffer.from(context));
  decipher.setAuthTag(Buffer.from(tag, "base64"));
  const plain = Buffer.concat([decipher.update(Buffer.from(data, "base64")), decipher.final()]).toString();
  switch (type) {
    case "int":
    case "float":
      return Number(plain);
    case "bool":
      return plain === "True";
    case "comment":
      return undefined;
    default:
      return plain;
  }
}
