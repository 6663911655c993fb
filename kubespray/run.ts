/** What every verb works with: the request, the secrets, the places, Ansible. */
import { mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { statePaths } from "../plan/names";
import type { ConvergeRequest } from "../plan/kubernetes/types";
import type { AnsibleSurroundings } from "./ansible/playbook";
import { ensureKubespray } from "./source";
import { type Supervisor } from "../runner/supervisor/supervisor";

/** Secrets of a run: they come through the environment or a private file, never through arguments. */
export const runSecrets = z.object({
  /** Variables of the cloud controller's credential, as Kubespray looks them up: `OS_*`. */
  cloud: z.record(z.string(), z.string()),
  /** Digest of what the cloud controller has to be told when it changes: which credential, and where it logs in. */
  credential: z.string(),
  kubeadmCertificateKey: z.string(),
  /** Of the generation in use: what a new control-plane node begins with. */
  encryptionToken: z.string(),
  /** All of them, by generation; only in the private file, because converge must not run again for one more. */
  encryptionTokens: z.record(z.string(), z.string()).default({}),
});

export type RunSecrets = z.infer<typeof runSecrets>;

export interface Run {
  readonly request: ConvergeRequest;
  readonly secrets: RunSecrets;
  /** Absolute paths of the cluster's files. */
  readonly paths: ReturnType<typeof statePaths>;
  readonly ansible: AnsibleSurroundings;
}

export function pathsOf(root: string, { organization, cluster }: ConvergeRequest): Run["paths"] {
  const relative = statePaths({ organization, name: cluster });
  return Object.fromEntries(
    Object.entries(relative).map(([name, path]) => [name, join(root, path)]),
  ) as unknown as Run["paths"];
}

/** Has Kubespray ready and everything in its place. */
export async function openRun(
  root: string,
  request: ConvergeRequest,
  secrets: RunSecrets,
  supervisor: Supervisor,
): Promise<Run> {
  const paths = pathsOf(resolve(root), request);
  mkdirSync(paths.factCache, { recursive: true, mode: 0o700 });
  const kubespray = await ensureKubespray(request.kubespray, { supervisor });
  const { forks, timeoutSeconds } = request.kubespray;
  return {
    request,
    secrets,
    paths,
    ansible: {
      supervisor,
      program: kubespray.ansiblePlaybook,
      checkout: kubespray.checkout,
      inventory: paths.inventory,
      logs: paths.logs,
      factCache: paths.factCache,
      environment: {
        ...kubespray.env,
        ...secrets.cloud,
        OPENCENTER_KUBEADM_CERTIFICATE_KEY: secrets.kubeadmCertificateKey,
        OPENCENTER_ENCRYPTION_TOKEN: secrets.encryptionToken,
      },
      forks,
      timeoutSeconds,
    },
  };
}
