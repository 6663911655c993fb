/** The keys and certificates of one control plane. */
import { createHash, createPrivateKey, createPublicKey, webcrypto, X509Certificate } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import type * as X509 from "@peculiar/x509";
import { writePrivate } from "./files";

const ALGORITHM = { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" };
const YEARS_MS = 10 * 365 * 24 * 3600 * 1000;
/** Certificates are valid from a little earlier, for clients whose clock is behind. */
const CLOCK_SKEW_MS = 3600 * 1000;
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
/** Subject of the administrator's login that kubeadm gives to people. */
const USER = "O=kubeadm:cluster-admins, CN=kubernetes-admin";

/** Names under which every API server is reached, wherever it runs. */
const OWN_NAMES = [
  "127.0.0.1",
  "localhost",
  "10.233.0.1",
  "kubernetes",
  "kubernetes.default",
  "kubernetes.default.svc",
  "kubernetes.default.svc.cluster.local",
];

interface Pair {
  readonly key: string;
  readonly certificate: string;
}

/** Files of one cluster's public-key infrastructure. */
export class Pki {
  constructor(readonly directory: string) {}

  path(name: string): string {
    return join(this.directory, name);
  }
  read(name: string): string {
    return readFileSync(this.path(name), "utf8");
  }
  pair(name: string): Pair {
    return { key: this.read(`${name}.key`), certificate: this.read(`${name}.crt`) };
  }

  /**
   * Makes what is missing. The authority is made once: a new one would lock out everybody who trusts the old one.
   * @param names alternative names of the serving certificate, DNS names or addresses
   * @returns whether the serving certificate is a new one, so that the server has to be started again
   */
  async ensure(names: readonly string[]): Promise<boolean> {
    const wanted = [...new Set([...OWN_NAMES, ...names])].sort();
    const digest = createHash("sha256").update(JSON.stringify(wanted)).digest("hex");
    if (existsSync(this.path("names.digest")) && this.read("names.digest") === digest) return false;
    // Both packages take a second to load, and most starts need no certificate.
    await import("reflect-metadata");
    const issuer = new Issuer(await import("@peculiar/x509"), this);
    await issuer.authority();
    await issuer.issue("apiserver", "CN=kube-apiserver", SERVER_AUTH, wanted);
    // Each by itself: what a start that was killed had not come to is made by the next one.
    if (!existsSync(this.path("admin.crt")))
      await issuer.issue("admin", "O=system:masters, CN=kubernetes-super-admin", CLIENT_AUTH);
    if (!existsSync(this.path("user.crt"))) await issuer.issue("user", USER, CLIENT_AUTH);
    if (!existsSync(this.path("sa.pub"))) await issuer.serviceAccountKey();
    // Last: it says that everything else is there.
    writePrivate(this.path("names.digest"), digest);
    return true;
  }

  /** New certificates for server and users, of the same authority, as `kubeadm certs renew all` makes them. */
  async renew(): Promise<void> {
    await import("reflect-metadata");
    const issuer = new Issuer(await import("@peculiar/x509"), this);
    const names = new X509Certificate(this.read("apiserver.crt")).subjectAltName ?? "";
    const alternatives = names.split(", ").map((name) => name.replace(/^(DNS|IP Address):/, ""));
    await issuer.issue("apiserver", "CN=kube-apiserver", SERVER_AUTH, alternatives);
    await issuer.issue("user", USER, CLIENT_AUTH);
  }
}

class Issuer {
  constructor(
    private readonly x509: typeof X509,
    private readonly pki: Pki,
  ) {
    x509.cryptoProvider.set(webcrypto);
  }

  async authority(): Promise<void> {
    if (existsSync(this.pki.path("ca.crt"))) return;
    const keys = await generateKeys();
    const certificate = await this.x509.X509CertificateGenerator.createSelfSigned({
      ...this.validity(),
      name: "CN=kubernetes",
      keys,
      extensions: [
        new this.x509.BasicConstraintsExtension(true, undefined, true),
        new this.x509.KeyUsagesExtension(
          this.x509.KeyUsageFlags.keyCertSign | this.x509.KeyUsageFlags.cRLSign,
          true,
        ),
        await this.x509.SubjectKeyIdentifierExtension.create(keys.publicKey),
      ],
    });
    writePrivate(this.pki.path("ca.key"), await privatePem(keys.privateKey));
    writePrivate(this.pki.path("ca.crt"), certificate.toString("pem"));
  }

  async issue(name: string, subject: string, usage: string, names: readonly string[] = []): Promise<void> {
    const authority = this.pki.pair("ca");
    const keys = await generateKeys();
    const alternatives = names.map((value) => ({ type: isIP(value) === 0 ? "dns" : "ip", value }) as const);
    const issuerCertificate = new this.x509.X509Certificate(authority.certificate);
    const certificate = await this.x509.X509CertificateGenerator.create({
      ...this.validity(),
      subject,
      issuer: issuerCertificate.subject,
      publicKey: keys.publicKey,
      signingKey: await importPrivate(authority.key),
      extensions: [
        new this.x509.KeyUsagesExtension(this.x509.KeyUsageFlags.digitalSignature, true),
        new this.x509.ExtendedKeyUsageExtension([usage]),
        await this.x509.AuthorityKeyIdentifierExtension.create(issuerCertificate),
        ...(names.length > 0 ? [new this.x509.SubjectAlternativeNameExtension(alternatives)] : []),
      ],
    });
    writePrivate(this.pki.path(`${name}.key`), await privatePem(keys.privateKey));
    writePrivate(this.pki.path(`${name}.crt`), certificate.toString("pem"));
  }

  /** Pods have no tokens here, but kube-apiserver does not start without the keys that would sign them. */
  async serviceAccountKey(): Promise<void> {
    const key = await privatePem((await generateKeys()).privateKey);
    writePrivate(this.pki.path("sa.key"), key);
    writePrivate(
      this.pki.path("sa.pub"),
      createPublicKey(key).export({ type: "spki", format: "pem" }).toString(),
    );
  }

  private validity() {
    const now = Date.now();
    return {
      notBefore: new Date(now - CLOCK_SKEW_MS),
      notAfter: new Date(now + YEARS_MS),
      signingAlgorithm: ALGORITHM,
    };
  }
}

async function generateKeys(): Promise<webcrypto.CryptoKeyPair> {
  return await webcrypto.subtle.generateKey(ALGORITHM, true, ["sign", "verify"]);
}

async function privatePem(key: webcrypto.CryptoKey): Promise<string> {
  const der = Buffer.from(await webcrypto.subtle.exportKey("pkcs8", key));
  return createPrivateKey({ key: der, format: "der", type: "pkcs8" })
    .export({ type: "pkcs8", format: "pem" })
    .toString();
}

async function importPrivate(pem: string): Promise<webcrypto.CryptoKey> {
  const der = createPrivateKey(pem).export({ type: "pkcs8", format: "der" });
  return await webcrypto.subtle.importKey("pkcs8", der, ALGORITHM, false, ["sign"]);
}
