import { createHash, generateKeyPair, type KeyObject } from "node:crypto";
import { promisify } from "node:util";
import { encodeOpenSsh } from "./openssh";

/** The inputs of `tls:index/privateKey:PrivateKey` after their defaults. */
export interface PrivateKeyInputs {
  readonly algorithm: "RSA" | "ECDSA" | "ED25519";
  /** Bits. @default 2048 */
  readonly rsaBits: number;
  /** @default "P224" */
  readonly ecdsaCurve: keyof typeof CURVES;
}

/** Its outputs, named and formatted as those of the official provider. */
export interface PrivateKeyOutputs extends PrivateKeyInputs {
  readonly privateKeyPem: string;
  readonly privateKeyPemPkcs8: string;
  /** Empty for P224, which OpenSSH does not know; so are the other OpenSSH fields. */
  readonly privateKeyOpenssh: string;
  readonly publicKeyPem: string;
  readonly publicKeyOpenssh: string;
  readonly publicKeyFingerprintMd5: string;
  readonly publicKeyFingerprintSha256: string;
}

export const ALGORITHMS = ["RSA", "ECDSA", "ED25519"] as const;
export const CURVES = {
  P224: "secp224r1",
  P256: "prime256v1",
  P384: "secp384r1",
  P521: "secp521r1",
} as const;
export const DEFAULTS = { rsaBits: 2048, ecdsaCurve: "P224" } as const;
/** The outputs that must never be shown. */
export const SECRET_OUTPUTS = ["privateKeyPem", "privateKeyPemPkcs8", "privateKeyOpenssh"] as const;

const generate = promisify(generateKeyPair);

/**
 * Makes a new key pair.
 *
 * @returns the outputs, and an id: the SHA-1 of the public key, as from the official provider
 */
export async function createPrivateKey(
  inputs: PrivateKeyInputs,
): Promise<{ id: string; outputs: PrivateKeyOutputs }> {
  const { privateKey, publicKey } = await generatePair(inputs);
  const hasOpenSsh = inputs.algorithm !== "ECDSA" || inputs.ecdsaCurve !== "P224";
  const ssh = hasOpenSsh ? encodeOpenSsh(privateKey) : undefined;
  return {
    id: createHash("sha1")
      .update(publicKey.export({ type: "spki", format: "der" }))
      .digest("hex"),
    outputs: {
      ...inputs,
      privateKeyPem: traditionalPem(privateKey, inputs.algorithm),
      privateKeyPemPkcs8: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
      privateKeyOpenssh: ssh?.privateKey ?? "",
      publicKeyPem: publicKey.export({ type: "spki", format: "pem" }).toString(),
      publicKeyOpenssh: ssh?.publicKey ?? "",
      publicKeyFingerprintMd5: ssh?.fingerprintMd5 ?? "",
      publicKeyFingerprintSha256: ssh?.fingerprintSha256 ?? "",
    },
  };
}

function generatePair(inputs: PrivateKeyInputs): Promise<{ privateKey: KeyObject; publicKey: KeyObject }> {
  switch (inputs.algorithm) {
    case "ED25519":
      return generate("ed25519", {});
    case "RSA":
      return generate("rsa", { modulusLength: inputs.rsaBits });
    case "ECDSA":
      return generate("ec", { namedCurve: CURVES[inputs.ecdsaCurve] });
  }
}

/** Each algorithm's own PEM; Ed25519 never had one besides PKCS#8. */
function traditionalPem(key: KeyObject, algorithm: PrivateKeyInputs["algorithm"]): string {
  const type = ({ RSA: "pkcs1", ECDSA: "sec1", ED25519: "pkcs8" } as const)[algorithm];
  return key.export({ type, format: "pem" }).toString();
}
