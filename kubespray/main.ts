/**
 * What the Commands of the program run. One word says what; everything else comes on standard input, through the
 * environment, or from the files that the program wrote before, so that no secret is ever an argument.
 */
import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { ConvergeRequest } from "../plan/kubernetes/types";
import { certificates, certificatesOrder } from "./certificates";
import { converge } from "./converge";
import { encryption, encryptionOrder } from "./encryption";
import { RunFailure } from "../runner/errors";
import { readKubeconfig } from "./kubeconfig";
import { withLock } from "../runner/lock";
import { complain, status } from "../runner/output";
import { removeNode } from "./removeNode";
import { restoreEtcd, restoreEtcdOrder } from "./restoreEtcd";
import { fetchSnapshot } from "./snapshot";
import { sshKeys, sshKeysOrder } from "./sshKeys";
import { openRun, pathsOf, runSecrets, type Run, type RunSecrets } from "./run";
import { Supervisor } from "../runner/supervisor/supervisor";

const ROOT = process.cwd();

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

function secretsFromEnvironment(): RunSecrets {
  return runSecrets.parse(JSON.parse(process.env.OPENCENTER_SECRETS ?? "{}"));
}

/** What the program wrote for verbs whose own inputs must not change with the cluster. */
function fromFiles(): { request: ConvergeRequest; secrets: RunSecrets } {
  const organization = process.env.OPENCENTER_ORGANIZATION ?? "";
  const cluster = process.env.OPENCENTER_CLUSTER ?? "";
  const paths = pathsOf(ROOT, { organization, cluster } as ConvergeRequest);
  try {
    return {
      request: JSON.parse(readFileSync(paths.converge, "utf8")) as ConvergeRequest,
      secrets: runSecrets.parse(JSON.parse(readFileSync(paths.kubespraySecrets, "utf8"))),
    };
  } catch (error) {
    throw new RunFailure(`Cannot read what the program wrote for this cluster: ${String(error)}`, [
      "Run pulumi up for the whole stack: it writes these files first.",
    ]);
  }
}

/** Runs a verb on a cluster, alone. */
async function onCluster<T>(
  { request, secrets }: { request: ConvergeRequest; secrets: RunSecrets },
  verb: (run: Run) => Promise<T>,
): Promise<T> {
  const supervisor = new Supervisor();
  try {
    return await withLock(pathsOf(ROOT, request).lock, status, async () =>
      verb(await openRun(ROOT, request, secrets, supervisor)),
    );
  } finally {
    supervisor.close();
  }
}

async function inputJson(): Promise<unknown> {
  return JSON.parse(await text(process.stdin));
}

const VERBS: Readonly<Record<string, () => Promise<string>>> = {
  keys: async () => generateKeys(),
  "encryption-key": async () => generateEncryptionToken(),
  converge: async () => {
    const request = (await inputJson()) as ConvergeRequest;
    const record = await onCluster({ request, secrets: secretsFromEnvironment() }, converge);
    // Many short lines: a reader of one long one might stop in the middle.
    return JSON.stringify(record, null, 1);
  },
  kubeconfig: () => onCluster(fromFiles(), readKubeconfig),
  "remove-node": async () => {
    await onCluster(fromFiles(), (run) => removeNode(run, process.env.OPENCENTER_NODE ?? ""));
    return "";
  },
  snapshot: async () => {
    await onCluster(fromFiles(), (run) => fetchSnapshot(run, process.env.OPENCENTER_SNAPSHOT ?? ""));
    return "";
  },
  certificates: async () => {
    const order = certificatesOrder.parse(await inputJson());
    return JSON.stringify(await onCluster(fromFiles(), (run) => certificates(run, order)));
  },
  encryption: async () => {
    const order = encryptionOrder.parse(await inputJson());
    return JSON.stringify(await onCluster(fromFiles(), (run) => encryption(run, order)));
  },
  "restore-etcd": async () => {
    const order = restoreEtcdOrder.parse(await inputJson());
    return JSON.stringify(await onCluster(fromFiles(), (run) => restoreEtcd(run, order)));
  },
  "ssh-keys": async () => {
    const order = sshKeysOrder.parse(await inputJson());
    return JSON.stringify(await onCluster(fromFiles(), (run) => sshKeys(run, order)));
  },
};

async function main(word: string | undefined): Promise<void> {
  const verb = VERBS[word ?? ""];
  if (verb === undefined)
    throw new RunFailure(`Unknown verb ${word}: one of ${Object.keys(VERBS).join(", ")} is wanted.`);
  process.stdout.write(await verb());
}

main(process.argv[2]).catch((error: unknown) => {
  if (error instanceof RunFailure) complain(error.message, error.hints);
  else complain(error instanceof Error ? (error.stack ?? error.message) : String(error), []);
  process.exitCode = 1;
});
