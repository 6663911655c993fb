/** The verbs that work on a cluster, one of them at a time. */
import { readFileSync } from "node:fs";
import { text } from "node:stream/consumers";
import type { ConvergeRequest } from "../plan/kubernetes/types";
import { RunFailure } from "../runner/errors";
import { withLock } from "../runner/lock";
import { status } from "../runner/output";
import { Supervisor } from "../runner/supervisor/supervisor";
import { certificates, certificatesOrder } from "./certificates";
import { converge } from "./converge";
import { encryption, encryptionOrder } from "./encryption";
import { readKubeconfig } from "./kubeconfig";
import { removeNode } from "./removeNode";
import { restoreEtcd, restoreEtcdOrder } from "./restoreEtcd";
import { openRun, pathsOf, runSecrets, type Run, type RunSecrets } from "./run";
import { fetchSnapshot } from "./snapshot";
import { sshKeys, sshKeysOrder } from "./sshKeys";

const ROOT = process.cwd();

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

/** By the word that calls it; what each returns is its result. */
export const clusterVerbs = {
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
} satisfies Record<string, () => Promise<string>>;
