import { createHash, type KeyObject, randomBytes } from "node:crypto";

/**
 * OpenSSH's own encodings of a key pair, by hand because node:crypto writes only PEM and JWK. The formats are RFC 4253
 * §6.6, RFC 5656 §3.1 and PROTOCOL.key of OpenSSH; `ssh-keygen -y` is the test.
 */
export interface OpenSshKey {
  /** `-----BEGIN OPENSSH PRIVATE KEY-----`, without a passphrase. */
  readonly privateKey: string;
  /** One line of `authorized_keys`, without a comment, with its line feed. */
  readonly publicKey: string;
  /** Colon-separated hexadecimal. */
  readonly fingerprintMd5: string;
  /** `SHA256:` and base64 without padding. */
  readonly fingerprintSha256: string;
}

const PEM_LINE_LENGTH = 64;
/** The block size that OpenSSH pads to when the key is not encrypted. */
const PADDING_BLOCK = 8;
const CURVES: Record<string, string> = { "P-256": "nistp256", "P-384": "nistp384", "P-521": "nistp521" };

/**
 * @param key an Ed25519, RSA or ECDSA (P-256, P-384, P-521) private key
 * @throws Error for any other kind of key
 */
export function encodeOpenSsh(key: KeyObject): OpenSshKey {
  const { type, publicFields, privateFields } = fieldsOf(key);
  const publicBlob = Buffer.concat([text(type), ...publicFields]);
  const container = Buffer.concat([
    Buffer.from("openssh-key-v1\0"),
    text("none"),
    text("none"),
    text(""),
    number(1),
    bytes(publicBlob),
    bytes(privateSection(type, privateFields)),
  ]);
  const md5 = createHash("md5").update(publicBlob).digest("hex");
  const sha256 = createHash("sha256").update(publicBlob).digest("base64");
  return {
    privateKey: pem("OPENSSH PRIVATE KEY", container),
    publicKey: `${type} ${publicBlob.toString("base64")}\n`,
    fingerprintMd5: md5.match(/../g)!.join(":"),
    fingerprintSha256: `SHA256:${sha256.replace(/=+$/, "")}`,
  };
}

interface KeyFields {
  readonly type: string;
  readonly publicFields: readonly Buffer[];
  readonly privateFields: readonly Buffer[];
}

function fieldsOf(key: KeyObject): KeyFields {
  const jwk = key.export({ format: "jwk" });
  const field = (name: keyof typeof jwk) => Buffer.from(String(jwk[name]), "base64url");
  if (jwk.kty === "OKP" && jwk.crv === "Ed25519") {
    const point = field("x");
    return {
      type: "ssh-ed25519",
      publicFields: [bytes(point)],
      // The secret half is kept with the public one behind it, as in libsodium.
      privateFields: [bytes(point), bytes(Buffer.concat([field("d"), point]))],
    };
  }
  if (jwk.kty === "RSA") {
    return {
      type: "ssh-rsa",
      publicFields: [integer(field("e")), integer(field("n"))],
      privateFields: (["n", "e", "d", "qi", "p", "q"] as const).map((name) => integer(field(name))),
    };
  }
  const curve = CURVES[String(jwk.crv)];
  if (jwk.kty !== "EC" || curve === undefined)
    throw new Error(`OpenSSH has no format for ${jwk.kty} ${jwk.crv} keys.`);
  const point = bytes(Buffer.concat([Buffer.from([4]), field("x"), field("y")]));
  return {
    type: `ecdsa-sha2-${curve}`,
    publicFields: [text(curve), point],
    privateFields: [text(curve), point, integer(field("d"))],
  };
}

function privateSection(type: string, fields: readonly Buffer[]): Buffer {
  // The same random number twice: how a reader knows that it decrypted with the right passphrase.
  const check = randomBytes(4);
  const section = Buffer.concat([check, check, text(type), ...fields, text("")]);
  const missing = (PADDING_BLOCK - (section.length % PADDING_BLOCK)) % PADDING_BLOCK;
  return Buffer.concat([section, Buffer.from(Array.from({ length: missing }, (_, i) => i + 1))]);
}

function number(value: number): Buffer {
  const buffer = Buffer.alloc(4);
  buffer.writeUInt32BE(value);
  return buffer;
}

function bytes(value: Buffer): Buffer {
  return Buffer.concat([number(value.length), value]);
}

function text(value: string): Buffer {
  return bytes(Buffer.from(value));
}

/** A positive mpint: no leading zeros, but one when the highest bit would read as a sign. */
function integer(value: Buffer): Buffer {
  const first = value.findIndex((byte) => byte !== 0);
  const digits = value.subarray(first === -1 ? value.length : first);
  const signed = digits.length > 0 && digits[0]! >= 0x80;
  return bytes(signed ? Buffer.concat([Buffer.from([0]), digits]) : digits);
}

function pem(label: string, content: Buffer): string {
  const lines = content.toString("base64").match(new RegExp(`.{1,${PEM_LINE_LENGTH}}`, "g")) ?? [];
  return [`-----BEGIN ${label}-----`, ...lines, `-----END ${label}-----`, ""].join("\n");
}
