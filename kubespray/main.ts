/**
 * What the Commands of the program run. One word says what; everything else comes on standard input, through the
 * environment, or from the files that the program wrote before, so that no secret is ever an argument.
 */
import { randomBytes } from "node:crypto";
import { createRequire } from "node:module";
import { RunFailure } from "../runner/errors";
import { complain } from "../runner/output";
import type * as onCluster from "./clusterVerbs";

/** 32 characters, as Kubespray makes them: every algorithm takes 32 bytes. */
function generateEncryptionToken(): string {
  return randomBytes(24).toString("base64url");
}

/** Made once per cluster and kept in the stack's state; the token is that of the first generation. */
function generateKeys(): string {
  // 64 hexadecimal digits for kubeadm.
  const kubeadmCertificateKey = randomBytes(32).toString("hex");
  return JSON.stringify({ kubeadmCertificateKey, encryptionToken: generateEncryptionToken() });
}

type Verb = () => Promise<string>;

/** Random words, which need nothing. */
const KEY_VERBS: Readonly<Record<string, Verb>> = {
  keys: async () => generateKeys(),
  "encryption-key": async () => generateEncryptionToken(),
};

/** Loaded when they are wanted: with the client of Kubernetes that is most of a second of a core, in each of a stack's Commands. */
function clusterVerbs(): Readonly<Record<string, Verb>> {
  const load = createRequire(__filename);
  return (load("./clusterVerbs") as typeof onCluster).clusterVerbs;
}

async function main(word: string | undefined): Promise<void> {
  const verb = KEY_VERBS[word ?? ""] ?? clusterVerbs()[word ?? ""];
  if (verb === undefined) {
    const known = Object.keys({ ...KEY_VERBS, ...clusterVerbs() }).join(", ");
    throw new RunFailure(`Unknown verb ${word}: one of ${known} is wanted.`);
  }
  process.stdout.write(await verb());
}

main(process.argv[2]).catch((error: unknown) => {
  if (error instanceof RunFailure) complain(error.message, error.hints);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error), []);
  process.exitCode = 1;
});
