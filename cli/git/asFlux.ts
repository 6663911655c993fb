/** The Git host, asked with the login that Flux has: it is what must work. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closeAccess, type GitAccess, openAccess } from "../../delivery/git/access";
import { remoteHeads } from "../../delivery/git/remote";
import { Repository } from "../../delivery/git/repository";
import { snapshotOf } from "../../delivery/publishing";
import type { Files } from "../../gitops/types";
import type { ClusterObjects } from "../../runner/kubernetes/objects";
import { Supervisor } from "../../runner/supervisor/supervisor";
import type { Target } from "../operation";

const LOGIN = { apiVersion: "v1", kind: "Secret", name: "flux-system", namespace: "flux-system" } as const;

/**
 * Commits by branch; none without `gitops`.
 * @throws RunFailure when the host refuses or does not answer
 */
export async function gitHeads(target: Target, api: ClusterObjects): Promise<Map<string, string>> {
  const heads = await asFlux(target, api, ({ access, supervisor }) => remoteHeads(access, supervisor));
  return heads ?? new Map<string, string>();
}

/**
 * Every file of a branch, by default of the one that Flux reads; none without `gitops`, or where the branch is not there.
 * @throws RunFailure when the host refuses or does not answer
 */
export async function filesInGit(
  target: Target,
  api: ClusterObjects,
  branch = target.config.gitops?.repository.branch ?? "",
): Promise<Files> {
  const files = await asFlux(target, api, async ({ access, supervisor, folder }) => {
    const repository = await Repository.open(join(folder, "copy"), access, supervisor);
    await repository.fetch(branch);
    const head = (await repository.branches("")).get(branch);
    return head === undefined ? undefined : (await snapshotOf(repository, head)).texts;
  });
  return files ?? new Map<string, string>();
}

interface Asking {
  readonly access: GitAccess;
  readonly supervisor: Supervisor;
  /** Private, and gone afterwards. */
  readonly folder: string;
}

async function asFlux<T>(
  target: Target,
  api: ClusterObjects,
  ask: (asking: Asking) => Promise<T>,
): Promise<T | undefined> {
  const { gitops } = target.config;
  if (gitops === undefined) return undefined;
  const secret = await api.read(LOGIN);
  const decoded = (key: string): string | undefined => {
    const text = (secret?.["data"] as Record<string, string> | undefined)?.[key];
    return text === undefined ? undefined : Buffer.from(text, "base64").toString();
  };
  const folder = mkdtempSync(join(tmpdir(), "opencenter-git-"));
  const supervisor = new Supervisor();
  try {
    const login = { token: decoded("password"), sshPrivateKey: decoded("identity") };
    const learntHosts = (decoded("known_hosts") ?? "").split("\n").filter(Boolean);
    const access = openAccess(gitops, login, { gitKey: join(folder, "key", "id"), learntHosts });
    try {
      return await ask({ access, supervisor, folder });
    } finally {
      closeAccess(access);
    }
  } finally {
    supervisor.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
